"""A study of factors, from the tables that the workflow measured to what it says: JSON, a page, LaTeX, figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..analysis.scores import Scores
from ..document.latex import render as render_latex
from ..document.markdown import render as render_markdown
from ..files.design import Design
from ..files.factor_results import FactorResults
from ..files.plain import write_text
from .crossing import by_backbone, crossed
from .effects import effects
from .effects_words import answer, sentences
from .limits_words import limits, over_words
from .mixed import over_backbones
from .movement import movement, read_search, with_movement
from .movement_words import movement_words
from .pages import conditions, effects_of_all, factors_page

if TYPE_CHECKING:
    import pandas as pd


def write_factors(
    responses: "pd.DataFrame",
    layers: "pd.DataFrame",
    distances: "pd.DataFrame | None",
    design: Design,
    search_scores: Sequence[Path],
    output_json: Path,
    markdown: Path,
    latex: Path,
    figure_folder: Path,
    dpi: int,
) -> list[str]:
    """Analyse a study of factors and write what it says.

    Args:
        responses: what `tables.responses_frame` returned.
        layers: what `tables.layers_frame` returned.
        distances: what `tables.distances_frame` returned, if distances were measured.
        design: the design.
        search_scores: a `scores.csv` of the main study's search per backbone; none is needed.
        output_json: where the numbers and the sentences go.
        markdown: where the page goes.
        latex: where the table of effects goes.
        figure_folder: where the figures go, as SVG and PNG.
        dpi: dots per inch of the PNG files.

    Returns:
        The names of the figures, without ending: those of `names.figure_names`.

    Raises:
        BlocktuneError: a file can't be read or written, or holds what is not allowed.
    """
    from .draw import draw_factors
    from .panels import Shown

    search = read_search(search_scores, list(dict.fromkeys(responses["backbone"])))
    record = analyse_factors(responses, layers, distances, design, search)
    record.write(output_json)
    write_text(markdown, render_markdown(factors_page(record)))
    write_text(latex, render_latex(effects_of_all(record), "tab:factors"))
    return draw_factors(Shown(record, responses, layers, distances, design, search), figure_folder, dpi)


def analyse_factors(
    responses: "pd.DataFrame",
    layers: "pd.DataFrame",
    distances: "pd.DataFrame | None",
    design: Design,
    search: Scores,
) -> FactorResults:
    """Return what a study of factors says.

    Args:
        responses: what `tables.responses_frame` returned.
        layers: what `tables.layers_frame` returned.
        distances: what `tables.distances_frame` returned, if distances were measured.
        design: the design.
        search: scores of the main study's search.
    """
    runs = with_movement(responses, layers)
    backbones = effects(runs, distances, design)
    over = over_backbones({key: crossed(rows) for key, rows in by_backbone(runs, design).items()}, design)
    moved = movement(responses, layers, search)
    return FactorResults(
        study=design.study,
        order=tuple(backbones),
        conditions=conditions(design),
        notes=design.notes,
        backbones=backbones,
        over_backbones=over,
        movement=moved,
        words={
            key: {"answer": answer(entry), "sentences": [*sentences(entry, design), *movement_words(moved[key])]}
            for key, entry in backbones.items()
        },
        words_over=tuple(over_words(over, len(backbones))),
        limits=tuple(limits(backbones, design)),
    )
