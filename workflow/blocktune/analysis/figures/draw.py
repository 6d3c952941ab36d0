"""All figures of a study."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from ..layers import Backbone
from ..scores import Scores
from ..study import Study
from .bars import BASELINES, BEST_SEARCH, FINAL, bars_figure
from .candidates import BLOCKS, LAYERS, WINDOWS, candidates_figure
from .parameters import parameters_figure
from .schemes import schemes_figure
from .style import look, save

NAMES = (
    "figure1_schemes",
    "figure2_parameters",
    "figure3_baselines_random",
    "figure4_layers",
    "figure5_blocks",
    "figure6_windows",
    "figure7_best_search",
    "figure8_final",
)


def draw(
    study: Study, backbones: Sequence[Backbone], search: Scores, final: Scores, folder: Path, dpi: int = 200
) -> list[Path]:
    """Draw Figures 1 to 8 and write each as SVG and PNG.

    Args:
        study: The study.
        backbones: The backbones, in order.
        search: Scores of the search stage.
        final: Scores of the final stage.
        folder: Where the files go.
        dpi: Dots per inch of the PNG files.

    Returns:
        The files written, in the order of `NAMES`, SVG before PNG.

    Raises:
        BlocktuneError: The folder can't be written to.
    """
    # One figure at a time: five backbones of 190 layers are a lot of artists to keep.
    drawings: list[Callable[[], Figure]] = [
        partial(schemes_figure, study, backbones, final),
        partial(parameters_figure, study, backbones),
        partial(bars_figure, study, backbones, search, BASELINES),
        partial(candidates_figure, study, backbones, search, LAYERS),
        partial(candidates_figure, study, backbones, search, BLOCKS),
        partial(candidates_figure, study, backbones, search, WINDOWS),
        partial(bars_figure, study, backbones, search, BEST_SEARCH),
        partial(bars_figure, study, backbones, final, FINAL),
    ]
    written: list[Path] = []
    for name, drawing in zip(NAMES, drawings, strict=True):
        with look(dpi):
            written += save(drawing(), folder, name)
    return written
