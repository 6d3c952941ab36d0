"""Figure 13: what a search by rounds believes of every arm, round by round."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...files.rounds_scores import ArmBelief, RoundFound, RoundsScores
from ...files.study import Study
from ..layers import Network
from ..protocol import protocol
from .style import FAILED, accuracy_label, below, cross, shorten, titled

TITLE = "Figure 13: what the search believes of its arms, round by round"
OF_OTHERS = "Figure 13: what the race's model would expect of the arms, round by round"
"""Where another method than the race asked: it may have gone by something else."""

_BELIEVED = "#332288"
_TRAINED = "#DDAA33"
_STAR = {"marker": "*", "markersize": 13, "markeredgecolor": "black", "linestyle": "none", "color": _TRAINED}
_DOT = {"marker": "o", "markersize": 4.5, "markeredgecolor": "black", "markeredgewidth": 0.6, "linestyle": "none"}


def belief_figure(study: Study, backbones: Sequence[Network], found: Mapping[str, RoundsScores]) -> Figure:
    """Draw a row of panels per backbone, a panel for each round of which the belief is kept."""
    conditions, words = protocol(study, "search"), TITLE if study.method == "race" else OF_OTHERS
    figure = titled(words, study, conditions, 10.0, 3.2 * len(backbones), 0.5)
    shown = [[one for one in found[backbone.key].rounds if one.beliefs] for backbone in backbones]
    columns = max([1, *map(len, shown)])
    grid = figure.subplots(len(backbones), columns, squeeze=False, sharey="row")
    for axes, backbone, rounds in zip(grid, backbones, shown, strict=True):
        _row(list(axes), backbone, found[backbone.key], rounds)
    by_loss = any(found[backbone.key].worth == "loss" for backbone in backbones)
    figure.supylabel("minus the validation loss" if by_loss else accuracy_label(study, "search"), fontsize=9)
    for axis in grid[-1]:
        axis.set_xlabel("arms, by what is expected of them at the end", fontsize=8)
    below(figure, _legend(), most=5)
    return figure


def _row(axes: list[Axes], backbone: Network, found: RoundsScores, rounds: Sequence[RoundFound]) -> None:
    for axis in axes[len(rounds) :]:
        axis.set_axis_off()
    axes[0].set_title(f"{shorten(backbone.title, 48)}\n", loc="left", fontweight="bold")
    if not rounds:
        axes[0].text(0.5, 0.5, "every training diverged", ha="center", va="center", transform=axes[0].transAxes)
        return
    expected = [belief.expected for belief in rounds[-1].beliefs or ()]
    order = sorted(range(len(expected)), key=lambda arm: expected[arm])
    place = {arm: position for position, arm in enumerate(order)}
    for axis, one in zip(axes, rounds, strict=False):
        _panel(axis, found, one, place)


def _panel(axis: Axes, found: RoundsScores, one: RoundFound, place: Mapping[int, int]) -> None:
    beliefs: Sequence[ArmBelief] = one.beliefs or ()
    shown = sorted(place, key=place.__getitem__)
    low, expected, high = (
        np.array([getattr(beliefs[arm], name) for arm in shown]) for name in ("low", "expected", "high")
    )
    axis.fill_between(range(len(shown)), low, high, color=_BELIEVED, alpha=0.2, linewidth=0)
    axis.plot(expected, color=_BELIEVED, linewidth=1.2)
    for arm, entry in enumerate(found.arms):
        for training in entry.trainings:
            if training.round > one.round:
                continue
            if training.worth is None:
                cross(axis, place[arm])
            else:
                axis.plot(place[arm], training.worth, color=_TRAINED, zorder=3, **_DOT)
        if entry.run == one.run:
            axis.plot(place[arm], beliefs[arm].expected, zorder=4, **_STAR)
    axis.set_xticks([])
    loss = "" if one.expected_loss is None else f"\nexpected loss {one.expected_loss:.2f} points"
    when = f"round {one.round}" if one.round else "baselines alone"
    axis.set_title(f"{when}: {one.trainings} trainings{loss}", fontsize=8, loc="right")


def _legend() -> list[Line2D | Patch]:
    return [
        Line2D([], [], color=_BELIEVED, linewidth=1.2, label="expected, mean over seeds (a few may collapse)"),
        Patch(facecolor=_BELIEVED, alpha=0.2, label="95 % interval"),
        Line2D([], [], color=_TRAINED, label="a training", **_DOT),
        Line2D([], [], **_STAR, label="the answer then"),
        Line2D([], [], color=FAILED, marker="x", linestyle="none", label="diverged"),
    ]
