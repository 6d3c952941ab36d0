"""Figures 4, 5 and 6: the accuracy of every candidate of a strategy (layer, block, window) over the network's depth."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...candidates.searched import Searched, SingleLayers
from ...files.study import Study
from ..halved import dropped_after, dropped_words, strength
from ..layers import Network
from ..protocol import protocol
from ..scores import Score, Scores
from ..strategies import color, label
from .depth import baseline_lines, baselines, marker, marker_legend, name_winner, panels, shade_blocks, zoom
from .style import FAILED, POINT, STAR, accuracy_label, below, cross


def candidates_figure(study: Study, backbones: Sequence[Network], search: Scores, kind: Searched) -> Figure:
    """Draw every candidate of a strategy, a panel per backbone.

    Layers and windows are points (windows at their middle layer), blocks are as wide as they are deep.
    """
    figure, axes = panels(kind.figure[1], study, protocol(study, "search"), backbones)
    for axis, backbone in zip(axes, backbones, strict=True):
        _panel(axis, study, backbone, search, kind)
    figure.supylabel(f"{accuracy_label(study, 'search')}\neach axis zoomed to its panel", fontsize=9)
    scores = [score for backbone in backbones for score in search.of(backbone.key, kind.key)]
    below(figure, _legend(study, backbones, kind, scores), most=5)
    return figure


def _panel(axis: Axes, study: Study, backbone: Network, search: Scores, kind: Searched) -> None:
    colour = color(kind.key)
    scores = search.of(backbone.key, kind.key)
    lines = baselines(study, search, backbone)
    zoom(axis, [score.accuracy for score in scores if score.accuracy is not None] + [value for _, value in lines])
    if not kind.spans:
        shade_blocks(axis, search.of(backbone.key, "bw"))
    baseline_lines(axis, [(label(key), value, color(key)) for key, value in lines])
    if kind.spans:
        _spans(axis, study, scores, colour)
    else:
        _points(axis, study, backbone, scores, colour, kind)
    for score in scores:
        if score.accuracy is None:
            cross(axis, score.middle)
    winner = search.winner(backbone.key, kind.key)
    if winner is not None and winner.accuracy is not None:
        axis.plot(winner.middle, winner.accuracy, **STAR, markersize=14, markerfacecolor=colour, zorder=6)
    name_winner(axis, backbone, winner, kind.one, _how(study, backbone, search, kind))


def _how(study: Study, backbone: Network, search: Scores, kind: Searched) -> str:
    """How the best was told, where that is not by accuracy and among all."""
    by = "" if study.choose_by == "accuracy" else f" by {study.choose_by}"
    if study.candidates is None or study.method != "exhaustive":
        return by
    tried, of = search.tried(backbone.key, kind.key)
    return f"{by} ({tried} of {of} tried)"


def _points(axis: Axes, study: Study, backbone: Network, scores: Sequence[Score], colour: str, kind: Searched) -> None:
    drawn = [score for score in scores if score.accuracy is not None]
    size = 5.5 if len(drawn) <= 60 else 4
    # The thin line only leads the eye from neighbour to neighbour.
    whole = [score for score in drawn if score.epochs is None]
    axis.plot([s.middle for s in whole], [s.accuracy for s in whole], color=colour, linewidth=0.5, alpha=0.6)
    for score in drawn:
        shape = marker(backbone.layers[score.first or 0].type) if isinstance(kind, SingleLayers) else "o"
        faint = strength(study, score.epochs)
        axis.plot(score.middle, score.accuracy, shape, color=colour, alpha=faint, markersize=size, **POINT)


def _spans(axis: Axes, study: Study, scores: Sequence[Score], colour: str) -> None:
    for score in scores:
        if score.accuracy is None or score.first is None or score.last is None:
            continue
        look = {"color": colour, "alpha": strength(study, score.epochs)}
        ends = [score.first - 0.4, score.last + 0.4]
        axis.plot(ends, [score.accuracy] * 2, linewidth=3, solid_capstyle="butt", **look)
        axis.plot(score.middle, score.accuracy, "o", markersize=5, **look)


def _legend(study: Study, backbones: Sequence[Network], kind: Searched, scores: Sequence[Score]) -> list[Line2D]:
    colour = color(kind.key)
    if isinstance(kind, SingleLayers):
        entries = marker_legend(backbones, colour)
    elif kind.spans:
        entries = [Line2D([], [], color=colour, linewidth=3, marker="o", label=f"{kind.one}, as wide as its layers")]
    else:
        entries = [Line2D([], [], color=colour, marker="o", linestyle="none", label=f"{kind.one}, at its middle layer")]
    entries.append(Line2D([], [], **STAR, markersize=11, markerfacecolor=colour, label=f"best {kind.one}"))
    for epochs in dropped_after(scores):
        look = {"marker": "o", "linestyle": "none", "alpha": strength(study, epochs)}
        entries.append(Line2D([], [], color=colour, label=dropped_words(study, epochs), **look))
    if any(score.diverged for score in scores):
        entries.append(Line2D([], [], marker="x", color=FAILED, linestyle="none", label="diverged, no accuracy"))
    return entries
