"""All figures of a study of factors."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from ..analysis.figures.style import look, save
from ..analysis.scores import Scores
from ..errors import BlocktuneError
from .choices import choice_figure, effects_figure, where_figure
from .crossing import scored
from .depths import cka_figure
from .levels import rows_of
from .names import FACTORS, WHERE, figure_names
from .panels import Look
from .shifts import distance_figure, target_figure
from .sweeps import source_figure, sweep_figure
from .tables import Design
from .weight_map import map_figure

if TYPE_CHECKING:
    import pandas as pd


def draw_factors(
    record: Mapping[str, Any],
    responses: "pd.DataFrame",
    layers: "pd.DataFrame",
    distances: "pd.DataFrame | None",
    design: Design,
    search: Scores,
    folder: Path,
    dpi: int,
) -> list[str]:
    """Draw every figure whose factor was varied, each as SVG and PNG.

    Args:
        record: What `study.analyse_factors` returned.
        responses: What `tables.read_responses` returned.
        layers: What `tables.read_layers` returned.
        distances: What `tables.read_distances` returned, if distances were measured.
        design: The design.
        search: Scores of the main study's search.
        folder: Where the files go.
        dpi: Dots per inch of the PNG files.

    Returns:
        The names of the figures, without ending: those of `names.figure_names`.

    Raises:
        BlocktuneError: The folder can't be written to, or a factor of the design has no run.
    """
    frames = dict(iter(scored(responses, design).groupby("backbone", sort=False)))
    factors = varied(design)
    for factor in factors:
        if not any(len(rows_of(frame, factor, design)) for frame in frames.values()):
            raise BlocktuneError(f"the design varies {factor}, but no response is of it")
    marks = Look(list(dict.fromkeys(responses["strategy"])))
    drawings = _drawings(record, responses, frames, layers, distances, design, search, marks)
    names = figure_names(factors, distances is not None)
    for name in names:
        with look(dpi):
            save(drawings[name](), folder, name)
    return names


def draw_nothing(names: Collection[str], folder: Path, dpi: int) -> None:
    """Draw, for figures that were announced before the backbones were known, that there is nothing to show.

    Raises:
        BlocktuneError: The folder can't be written to.
    """
    for name in names:
        with look(dpi):
            figure = Figure(figsize=(6, 1))
            figure.text(0.5, 0.5, "No backbone of this study varies in it.", ha="center", va="center")
            save(figure, folder, name)


def varied(design: Design) -> list[str]:
    """Return the factors with more than one level."""
    return [name for name in [*FACTORS, WHERE] if len(design.levels.get(name, ())) > 1]


def _drawings(
    record: Mapping[str, Any],
    responses: "pd.DataFrame",
    frames: Mapping[str, "pd.DataFrame"],
    layers: "pd.DataFrame",
    distances: "pd.DataFrame | None",
    design: Design,
    search: Scores,
    look: Look,
) -> dict[str, Callable[[], Figure]]:
    sweeps = ("learning_rate", "photographs", "imbalance")
    choices = ("optimizer", "batch_norm")
    found: dict[str, Callable[[], Figure]] = {
        "figure_factors_effects": partial(effects_figure, record, design),
        "figure_factors_where": partial(where_figure, record, frames, design, look),
        "figure_factors_source": partial(source_figure, record, frames, design, look),
        "figure_factors_cka": partial(cka_figure, record, responses, layers, design, look),
        "figure_factors_map": partial(map_figure, record, responses, layers, design, search, look),
    }
    found |= {f"figure_factors_{name}": partial(sweep_figure, record, frames, design, look, name) for name in sweeps}
    found |= {f"figure_factors_{name}": partial(choice_figure, record, frames, design, look, name) for name in choices}
    if distances is not None:
        found["figure_factors_target"] = partial(target_figure, record, frames, distances, design, look)
        found["figure_factors_distance"] = partial(distance_figure, record, distances, design)
    return found
