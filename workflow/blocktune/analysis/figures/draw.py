"""All figures of a study."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from ...candidates.searched import SEARCHED
from ...files.reliability import RanksOverBackbones
from ...files.rounds_scores import RoundsScores
from ...files.study import Study
from ..layers import Network
from ..scores import Scores
from .bars import BASELINES, BEST_SEARCH, FINAL, bars_figure
from .belief import belief_figure
from .candidates import candidates_figure
from .names import BELIEF, repeated_figures, study_figures
from .parameters import parameters_figure
from .ranks import RANKS, ranks_figure
from .repeats import REPEATED, repeats_figure
from .schemes import schemes_figure
from .spans import spans_figure
from .style import look, save
from .tails import tails_figure


def draw(
    study: Study,
    backbones: Sequence[Network],
    search: Scores,
    final: Scores,
    folder: Path,
    dpi: int = 200,
    by_rounds: Mapping[str, RoundsScores] = {},
) -> list[Path]:
    """Draw the figures of a study, write each as SVG and PNG, and return the files in `study_figures`' order.

    Raises:
        BlocktuneError: The folder can't be written to.
    """
    drawings = {
        "figure1_schemes": partial(schemes_figure, study, backbones, final),
        "figure2_parameters": partial(parameters_figure, study, backbones),
        "figure3_baselines_random": partial(bars_figure, study, backbones, search, BASELINES),
        **{
            strategy.figure[0]: partial(candidates_figure, study, backbones, search, strategy)
            for strategy in SEARCHED.values()
            if strategy.figure
        },
        "figure7_best_search": partial(bars_figure, study, backbones, search, BEST_SEARCH),
        "figure8_final": partial(bars_figure, study, backbones, final, FINAL),
        "figure11_tails": partial(tails_figure, study, backbones, [search], [final]),
        "figure12_spans": partial(spans_figure, study, backbones, [search], [final]),
        BELIEF: partial(belief_figure, study, backbones, by_rounds),
    }
    return _draw(study_figures(study.strategies, study.repeats, study.method), drawings, folder, dpi)


def draw_repeated(
    study: Study,
    backbones: Sequence[Network],
    searches: Sequence[Scores],
    finals: Sequence[Scores],
    over_backbones: RanksOverBackbones,
    folder: Path,
    dpi: int = 200,
) -> list[Path]:
    """Draw the figures of all repeats, write each as SVG and PNG, and return the files in `repeated_figures`' order.

    `searches` and `finals` are in the order of the repeats.

    Raises:
        BlocktuneError: The folder can't be written to.
    """
    drawings = {
        **{name: partial(repeats_figure, study, backbones, searches, kind) for name, kind in REPEATED.items()},
        RANKS: partial(ranks_figure, study, over_backbones),
        "figure11_tails": partial(tails_figure, study, backbones, searches, finals),
        "figure12_spans": partial(spans_figure, study, backbones, searches, finals),
    }
    return _draw(repeated_figures(study.strategies, len(searches)), drawings, folder, dpi)


def _draw(names: Sequence[str], drawings: Mapping[str, Callable[[], Figure]], folder: Path, dpi: int) -> list[Path]:
    """Draw one figure at a time: five backbones of 190 layers are a lot of artists to keep."""
    written: list[Path] = []
    for name in names:
        with look(dpi):
            written += save(drawings[name](), folder, name)
    return written
