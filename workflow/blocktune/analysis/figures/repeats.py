"""Figures 9 and 10: the searches over blocks and windows, repeated (paper, Appendix A)."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...candidates.searched import SEARCHED, Searched
from ...files.study import Study
from ..layers import Network
from ..protocol import protocol
from ..scores import Score, Scores
from ..strategies import color
from .depth import panels, shade_blocks, zoom
from .style import accuracy_label, below

REPEATED = {strategy.figure_of_repeats[0]: strategy for strategy in SEARCHED.values() if strategy.figure_of_repeats}
"""By name."""


def repeats_figure(study: Study, backbones: Sequence[Network], searches: Sequence[Scores], kind: Searched) -> Figure:
    """Draw each candidate's mean over repeats as a line with a band from its lowest to its highest accuracy.

    After a search that left candidates out, or trained few to the end, there are points and bars instead.
    """
    conditions = f"{protocol(study, 'search')}; {len(searches)} repeats"
    figure, axes = panels(kind.figure_of_repeats[1], study, conditions, backbones)
    colour = color(kind.key)
    for axis, backbone in zip(axes, backbones, strict=True):
        # Neighbours of what a cheaper search trained were not trained: nothing is known in between
        whole = study.method == "exhaustive" and study.candidates is None
        _panel(axis, backbone, searches, kind, colour, joined=whole)
    figure.supylabel(f"{accuracy_label(study, 'search')}\neach axis zoomed to its panel", fontsize=9)
    entries = [
        Line2D([], [], color=colour, marker="o", label="mean over repeats"),
        Patch(facecolor=colour, alpha=0.25, label="lowest to highest"),
        Line2D([], [], color=colour, marker="*", linestyle="none", markersize=9, label="best of a repeat"),
    ]
    below(figure, entries, most=3)
    return figure


def _panel(
    axis: Axes, backbone: Network, searches: Sequence[Scores], kind: Searched, colour: str, joined: bool
) -> None:
    by_candidate: dict[int, list[Score]] = {}
    for search in searches:
        for score in search.of(backbone.key, kind.key):
            if score.accuracy is not None:
                by_candidate.setdefault(score.candidate, []).append(score)
    # From input to head; a candidate that diverged in some repeat shows the others
    scores = sorted(by_candidate.values(), key=lambda found: found[0].middle)
    places = [found[0].middle for found in scores]
    accuracies = [[score.accuracy for score in found] for found in scores]
    zoom(axis, [value for values in accuracies for value in values])
    if not kind.spans:
        shade_blocks(axis, searches[0].of(backbone.key, "bw"))
    lowest, highest = list(map(min, accuracies)), list(map(max, accuracies))
    if joined:
        axis.fill_between(places, lowest, highest, color=colour, alpha=0.25, lw=0)
    else:
        axis.vlines(places, lowest, highest, color=colour, alpha=0.25, lw=4)
    means = [sum(values) / len(values) for values in accuracies]
    axis.plot(places, means, color=colour, marker="o", markersize=3, linewidth=1, linestyle="-" if joined else "none")
    for search in searches:
        winner = search.winner(backbone.key, kind.key)
        if winner is not None and winner.accuracy is not None:
            axis.plot(winner.middle, winner.accuracy, "*", color=colour, markersize=9, markeredgecolor="black")
