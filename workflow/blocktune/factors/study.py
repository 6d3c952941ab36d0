"""A study of factors, from the tables that the workflow measured to what it says: JSON, a page, LaTeX, figures."""

from pathlib import Path

from ..document.latex import render as render_latex
from ..document.markdown import render as render_markdown
from ..files.factor_results import FactorResults
from ..files.plain import write_text
from .crossing import by_backbone, crossed
from .effects import effects
from .effects_words import answer, sentences
from .limits_words import limits, over_words
from .mixed import over_backbones
from .movement import movement, with_movement
from .movement_words import movement_words
from .pages import conditions, effects_of_all, factors_page
from .tables import Tables


def write_factors(
    tables: Tables, output_json: Path, markdown: Path, latex: Path, figure_folder: Path, dpi: int
) -> list[str]:
    """Analyse a study of factors and write what it says.

    Args:
        tables: what the study measured.
        output_json: where the numbers and the sentences go.
        markdown: where the page goes.
        latex: where the table of effects goes.
        figure_folder: where the figures go, as SVG and PNG.
        dpi: dots per inch of the PNG files.

    Returns:
        The names of the figures, without ending: those of `names.figure_names`.

    Raises:
        BlocktuneError: a file can't be written, or a factor of the design has no run.
    """
    from .draw import draw_factors
    from .panels import Shown

    record = analyse_factors(tables)
    record.write(output_json)
    write_text(markdown, render_markdown(factors_page(record)))
    write_text(latex, render_latex(effects_of_all(record), "tab:factors"))
    return draw_factors(Shown(**vars(tables), record=record), figure_folder, dpi)


def analyse_factors(tables: Tables) -> FactorResults:
    """Return what a study of factors says."""
    design = tables.design
    runs = with_movement(tables.responses, tables.layers)
    backbones = effects(runs, tables.distances, design)
    over = over_backbones({key: crossed(rows) for key, rows in by_backbone(runs, design).items()}, design)
    moved = movement(tables.responses, tables.layers, tables.search)
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
