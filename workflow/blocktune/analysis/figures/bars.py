"""Figures 3, 7 and 8: strategies side by side, a group of bars per backbone."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...candidates.searched import SEARCHED
from ...files.study import Study
from ..classification import NORMAL_95
from ..layers import Network
from ..protocol import protocol
from ..scores import Score, Scores
from ..strategies import kind, label, palette
from .style import FAILED, accuracy_label, below, letters, titled

_MARGIN = 0.9
"""Inches beside the bars, for the vertical axis."""
_GROUP = 0.86
"""Width of a group of bars; the rest up to 1 separates it from the next."""
_WIDEST = 0.75
"""Inches of the widest bar: three bars must not fill a page."""
_UPRIGHT = 0.40
"""Inches that a bar needs for a value written across it; on narrower bars values stand upright."""


@dataclass(frozen=True)
class Comparison:
    """What one of the three figures compares.

    Attributes:
        title: Its title.
        stage: Stage of the scores, `search` or `final`.
        kinds: Which strategies, without their sizes; None for every column of Table I.
    """

    title: str
    stage: str
    kinds: tuple[str, ...] | None


BASELINES = Comparison(
    "Figure 3: the baselines and layers chosen at random", "search", ("baseline1", "baseline2", "random")
)
BEST_SEARCH = Comparison(
    "Figure 7: the best layer, block and window in the search",
    "search",
    ("baseline1", "baseline2", *SEARCHED),
)
FINAL = Comparison("Figure 8: every strategy in the final training", "final", None)

_ERROR = "95 % binomial error"
_BEST = {
    key: f"best {strategy.one}" + ("" if strategy.label else f" ({label(key)})") for key, strategy in SEARCHED.items()
}


def bars_figure(study: Study, backbones: Sequence[Network], scores: Scores, comparison: Comparison) -> Figure:
    """Draw the winners' accuracies in the comparison's stage as bars from zero, with values and binomial errors."""
    strategies = _strategies(study, scores, comparison)
    conditions = protocol(study, comparison.stage)
    bars = max(1, len(backbones) * len(strategies))
    width = min(max(5.5, _MARGIN + bars * (0.5 if bars <= 16 else 0.28) / _GROUP), 16)
    what = _title(comparison, strategies)
    figure = titled(what, study, conditions, width, 3.9)
    axis = figure.subplots()
    colours = palette([*study.strategies, *(key for key in strategies if key not in study.strategies)])
    winners = [[scores.winner(backbone.key, strategy) for strategy in strategies] for backbone in backbones]
    _bars(axis, winners, [colours[strategy] for strategy in strategies])
    bar = min((width - _MARGIN) * _GROUP / bars, _WIDEST)
    _values(axis, winners, study.scored_on(comparison.stage)[1], upright=bar < _UPRIGHT)
    # Where the bars are at their widest, empty room goes to both sides.
    group = bar * max(1, len(strategies)) / _GROUP
    aside = ((width - _MARGIN) / group - len(backbones)) / 2
    _axes(axis, study, backbones, group, aside, comparison.stage)
    _legend(figure, winners, strategies, colours, comparison)
    return figure


def _title(comparison: Comparison, strategies: Sequence[str]) -> str:
    """Figure 3 has random layers only where single layers are searched, Figure 7 what is searched for."""
    if comparison is BASELINES and not any(kind(key) == "random" for key in strategies):
        return "Figure 3: the baselines"
    if comparison is BEST_SEARCH and (names := [SEARCHED[key].one for key in strategies if key in SEARCHED]):
        listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
        return f"Figure 7: the best {listed} in the search"
    return comparison.title


def _strategies(study: Study, scores: Scores, comparison: Comparison) -> list[str]:
    """Return the figure's strategies: those that the study has, and those that only the search runs (random)."""
    if comparison.kinds is None:
        return list(study.strategies)
    every = list(dict.fromkeys([*study.strategies, *scores.strategies()]))
    return [key for wanted in comparison.kinds for key in every if kind(key) == wanted]


def _centre(group: int, place: int, bars: int) -> float:
    return group + _GROUP * ((place + 0.5) / bars - 0.5)


def _bars(axis: Axes, winners: Sequence[Sequence[Score | None]], colours: Sequence[str]) -> None:
    """Draw the bars with seaborn, which leaves a gap where there is no accuracy."""
    import pandas
    import seaborn

    frame = pandas.DataFrame(
        [
            {"backbone": group, "strategy": place, "accuracy": winner.accuracy}
            for group, row in enumerate(winners)
            for place, winner in enumerate(row)
            if winner is not None and winner.accuracy is not None
        ],
        columns=["backbone", "strategy", "accuracy"],
    )
    if frame.empty:
        return
    seaborn.barplot(
        frame,
        x="backbone",
        y="accuracy",
        hue="strategy",
        order=range(len(winners)),
        hue_order=range(len(colours)),
        palette=list(colours),
        saturation=1,
        width=_GROUP,
        edgecolor="#3A3A3A",
        linewidth=0.5,
        errorbar=None,
        legend=False,
        ax=axis,
    )


def _values(axis: Axes, winners: Sequence[Sequence[Score | None]], images: int, upright: bool) -> None:
    """Write the values above whiskers of the error that so many images leave."""
    for group, row in enumerate(winners):
        for place, winner in enumerate(row):
            centre = _centre(group, place, len(row))
            if winner is None:
                axis.text(centre, 0.012, "n/a", ha="center", va="bottom", fontsize=7, rotation=90, color="#666666")
            elif winner.accuracy is None:
                axis.plot(centre, 0, "x", color=FAILED, markersize=7, markeredgewidth=1.6, clip_on=False, zorder=5)
            else:
                reach = NORMAL_95 * math.sqrt(winner.accuracy * (1 - winner.accuracy) / images)
                axis.errorbar(
                    centre, winner.accuracy, reach, ecolor="#222222", elinewidth=0.8, capsize=1.5, capthick=0.8
                )
                axis.text(
                    centre,
                    winner.accuracy + reach + 0.012,
                    f"{winner.accuracy:.3f}",
                    ha="center",
                    va="bottom",
                    fontsize=7.5,
                    rotation=90 if upright else 0,
                )


def _axes(axis: Axes, study: Study, backbones: Sequence[Network], group: float, aside: float, stage: str) -> None:
    # Bars start at zero, and every figure ends alike: their lengths can be compared across figures.
    axis.set_ylim(0, 1.12)
    axis.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    axis.set_xlim(-0.5 - aside, len(backbones) - 0.5 + aside)
    names = ["\n".join(textwrap.wrap(backbone.title, letters(group, 9))[:3]) for backbone in backbones]
    axis.set_xticks(range(len(backbones)), names)
    axis.tick_params(axis="x", length=0, pad=7)
    axis.set_xlabel("")
    axis.set_ylabel(accuracy_label(study, stage))


def _legend(
    figure: Figure,
    winners: Sequence[Sequence[Score | None]],
    strategies: Sequence[str],
    colours: dict[str, str],
    comparison: Comparison,
) -> None:
    names = _BEST if comparison.stage == "search" else {}
    entries: list[Patch | Line2D] = [
        Patch(facecolor=colours[key], edgecolor="#3A3A3A", linewidth=0.5, label=names.get(key, label(key)))
        for key in strategies
    ]
    if any(winner is not None and winner.diverged for row in winners for winner in row):
        entries.append(Line2D([], [], marker="x", color=FAILED, linestyle="none", label="diverged"))
    entries.append(Line2D([], [], marker="|", color="#222222", linestyle="none", label=_ERROR))
    below(figure, entries)
