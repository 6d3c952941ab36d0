"""A panel per backbone whose horizontal axis is the depth of the network, from input to head."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ...files.study import Study
from ..layers import Network
from ..scores import Score, Scores
from .style import letters, shorten, slanted, titled

_NAMED = 24
"""Up to so many layers with weights are named under the axis; more would be label soup."""

_MARKERS = {"Conv2D": "o", "DepthwiseConv2D": "^", "SeparableConv2D": "v", "BatchNormalization": "d", "Dense": "s"}
_OTHER = "P"


def named(backbone: Network) -> bool:
    """Whether the backbone is small enough for names under its axis."""
    return len(backbone.weighted) <= _NAMED and len(backbone.layers) <= 2 * _NAMED


def marker(layer_type: str) -> str:
    """Return the marker of a layer's type: shape, not colour, because colours stand for strategies."""
    return _MARKERS.get(layer_type, _OTHER)


def marker_legend(backbones: Sequence[Network], colour: str) -> list[Line2D]:
    """Return a legend entry for each marker that the backbones' layers with weights need."""
    found = list(dict.fromkeys(layer.type for backbone in backbones for layer in backbone.weighted))
    names = {marker(name): name if name in _MARKERS else "other type" for name in found}
    return [Line2D([], [], marker=shape, color=colour, linestyle="none", label=name) for shape, name in names.items()]


def panels(
    what: str, study: Study, conditions: str, backbones: Sequence[Network], row: float | None = None
) -> tuple[Figure, list[Axes]]:
    """Return a figure with one panel per backbone, one below the other, with depth axes and titles.

    `row` is the height of a panel in inches; without it panels are as high as suits accuracies.
    """
    # Names under an axis take room of their own: the panel itself stays as high as its neighbours.
    panel = row or (3.0 if len(backbones) == 1 else 2.1)
    heights = [panel + (0.75 if named(backbone) else 0.25) for backbone in backbones]
    figure = titled(what, study, conditions, 10.0, sum(heights), 0.6)
    grid = figure.subplots(len(backbones), 1, squeeze=False, gridspec_kw={"height_ratios": heights})
    axes = [row[0] for row in grid]
    for axis, backbone in zip(axes, backbones, strict=True):
        _depth_axis(axis, backbone)
    return figure, axes


def _depth_axis(axis: Axes, backbone: Network) -> None:
    axis.set_xlim(-0.7, len(backbone.layers) - 0.3)
    axis.set_title(shorten(backbone.title, 48), loc="left", fontweight="bold")
    if named(backbone):
        slanted(axis, [layer.index for layer in backbone.weighted], [layer.name for layer in backbone.weighted])
        axis.set_xlabel("layer of the backbone, input (left) to head (right)")
    else:
        axis.xaxis.set_major_locator(MaxNLocator(nbins=12, steps=[1, 2, 5, 10], integer=True))
        axis.set_xlabel("index of the layer in the backbone, input (left) to head (right)")


def shade_blocks(axis: Axes, blocks: Sequence[Score]) -> None:
    """Shade every other block, so that the eye finds layers and windows in the network."""
    for score in blocks[::2]:
        if score.first is not None and score.last is not None:
            axis.axvspan(score.first - 0.5, score.last + 0.5, color="#F2F2F2", linewidth=0, zorder=0)


def zoom(axis: Axes, accuracies: Sequence[float]) -> None:
    """Fit the vertical axis around the accuracies: points, unlike bars, need no zero."""
    if not accuracies:
        axis.set_ylim(0, 1)
        return
    low, high = min(accuracies), max(accuracies)
    margin = max(0.12 * (high - low), 0.01)
    # The upper end may pass 1: a marker at 1 must not be cut in half.
    axis.set_ylim(max(low - margin, -0.02), high + margin)


def baseline_lines(axis: Axes, lines: Sequence[tuple[str, float, str]]) -> None:
    """Draw (label, accuracy, colour) as horizontal lines, labelled at the right edge without overlap."""
    low, high = axis.get_ylim()
    lowest_gap = 0.24 * (high - low)
    places = sorted(lines, key=lambda line: line[1])
    heights = [accuracy for _, accuracy, _ in places]
    if len(heights) == 2 and heights[1] - heights[0] < lowest_gap:
        middle = min(max(sum(heights) / 2, low + lowest_gap / 2), high - lowest_gap / 2)
        heights = [middle - lowest_gap / 2, middle + lowest_gap / 2]
    for (text, accuracy, colour), height in zip(places, heights, strict=True):
        axis.axhline(accuracy, color=colour, linewidth=1.4, linestyle=(0, (5, 2)), zorder=1.5)
        axis.annotate(
            f"{text}\n{accuracy:.3f}",
            xy=(1.0, accuracy),
            xytext=(1.015, height),
            xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"),
            va="center",
            fontsize=8,
            color="#3A3A3A",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0},
        )


def name_winner(axis: Axes, backbone: Network, winner: Score | None, what: str, how: str = "") -> None:
    """Name the best candidate, if any was searched, at the panel's upper right; `how` follows what it is called."""
    if winner is None:
        axis.set_title(f"no {what} was searched", loc="right", fontsize=8)
        return
    if winner.accuracy is None:
        axis.set_title(f"every {what} diverged", loc="right", fontsize=8)
        return
    first, last = backbone.layer_name(winner.first), backbone.layer_name(winner.last)
    room = (letters(axis.figure.get_figwidth() - 4.5, 8) - len(how)) // 2
    name = shorten(first or "-", room)
    if first != last:
        name = f"{name} \N{EN DASH} {shorten(last or '-', room)}"
    axis.set_title(f"best {what}{how}: {name}, {winner.accuracy:.3f}", loc="right", fontsize=8)


def baselines(study: Study, search: Scores, backbone: Network) -> list[tuple[str, float]]:
    """Return (strategy, accuracy) of the baselines that ran and did not diverge."""
    found = [(key, search.accuracy(backbone.key, key)) for key in ("baseline1", "baseline2") if key in study.strategies]
    return [(key, value) for key, value in found if value is not None]
