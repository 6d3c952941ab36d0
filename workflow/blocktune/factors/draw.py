"""All figures of a study of factors."""

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from ..analysis.figures.style import look, save
from ..errors import BlocktuneError
from ..settings.varied import VARIED
from .choices import effects_figure, where_figure
from .depths import cka_figure
from .names import FACTORS, WHERE, figure_name, figure_names
from .panels import Shown
from .shifts import distance_figure, target_figure
from .sweeps import factor_figure, source_figure
from .weight_map import map_figure

_DRAWINGS: dict[str, Callable[[Shown], Figure]] = {
    **{figure_name(key): partial(factor_figure, factor=factor) for key, factor in VARIED.items() if not factor.in_arms},
    figure_name("effects"): effects_figure,
    figure_name(WHERE): where_figure,
    figure_name("source"): source_figure,
    figure_name("target"): target_figure,
    figure_name("distance"): distance_figure,
    figure_name("cka"): cka_figure,
    figure_name("map"): map_figure,
}


def draw_factors(shown: Shown, folder: Path, dpi: int) -> list[str]:
    """Draw every figure whose factor was varied, each as SVG and PNG.

    Returns:
        The names of the figures, without ending: those of `names.figure_names`.

    Raises:
        BlocktuneError: The folder can't be written to, or a factor of the design has no run.
    """
    factors = [name for name in [*FACTORS, WHERE] if name in shown.design.varied]
    for factor in factors:
        if not shown.of_factor(factor):
            raise BlocktuneError(f"the design varies {factor}, but no response is of it")
    names = figure_names(factors)
    for name in names:
        with look(dpi):
            save(_DRAWINGS[name](shown), folder, name)
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
