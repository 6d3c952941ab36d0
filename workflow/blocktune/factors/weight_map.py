"""The map: how far weights change when everything is fine-tuned, above the accuracy of each block alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ..analysis.figures.depth import baseline_lines, shade_blocks, zoom
from ..analysis.figures.depth import marker as layer_marker
from ..analysis.figures.style import FAILED, shorten, titled
from ..analysis.scores import Score, Scores
from ..analysis.strategies import label
from ..files.factor_results import Movement
from .movement import at_reference, blocks_of, change_by_layer
from .pages import conditions
from .panels import Look, Shown, below, head

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 24
"""Up to so many layers are named under the axis."""
_KNOWN = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "BatchNormalization", "Dense")


def map_figure(shown: Shown) -> Figure:
    """Draw the map: how far weights change when everything is fine-tuned, above the accuracy of each block alone.

    Both panels of a backbone have the same horizontal axis, the index of the layer.
    """
    layers, design, look = shown.layers, shown.design, shown.look
    keys = list(shown.backbones)
    profiles = {key: change_by_layer(at_reference(layers, shown.responses, key)) for key in keys}
    what, told, width = "Weight change by layer, and accuracy by block", conditions(design), 10.0
    named = [len(profiles[key]) <= _NAMED for key in keys]
    heights = [size for few in named for size in (2.0, 2.3 if few else 1.8)]
    figure = titled(what, design, told, width, sum(heights), 0.9, 0.25 * len(keys))
    axes = figure.subplots(2 * len(keys), 1, squeeze=False, gridspec_kw={"height_ratios": heights})[:, 0]
    for place, key in enumerate(keys):
        above, under = axes[2 * place], axes[2 * place + 1]
        under.sharex(above)
        blocks = shown.search.of(key, "bw")
        _moved(above, profiles[key], look)
        _helped(under, blocks, shown.search, key, look)
        _depth_axis(under, above, layers[layers["backbone"] == key], blocks, named[place])
        verdict = _correlation(shown.record.movement[key])
        head(above, f"{shown.backbones[key]['title']}: weight change by layer", verdict)
        head(under, "accuracy of each block alone (the search)")
    below(figure, _map_legend(list(profiles.values()), look))
    return figure


def _moved(axis: Axes, profile: "pd.DataFrame", look: Look) -> None:
    axis.set_ylabel("relative change of weights\n(everything fine-tuned)")
    if profile.empty:
        axis.text(0.5, 0.5, "no run of Baseline II at the reference", ha="center", transform=axis.transAxes)
        return
    colour = look.colours.get("baseline2", "#3A3A3A")
    low, high = float(profile["min"].min()), float(profile["max"].max())
    if low > 0 and high > 20 * low:
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.yaxis.set_minor_formatter(NullFormatter())
    axis.vlines(profile.index, profile["min"], profile["max"], color=colour, linewidth=1, alpha=0.6)
    for kind, rows in profile.groupby("type", sort=False):
        axis.plot(
            rows.index,
            rows["mean"],
            layer_marker(str(kind)),
            color=colour if kind != "BatchNormalization" else "#B9B9B9",
            markersize=5,
            markeredgecolor="#3A3A3A",
            markeredgewidth=0.4,
        )


def _helped(axis: Axes, blocks: Sequence[Score], search: Scores, key: str, look: Look) -> None:
    known = blocks_of(search, key)
    axis.set_ylabel("accuracy in the search")
    if not known:
        why = "every block diverged" if blocks else "no block of this backbone was searched"
        axis.text(0.5, 0.5, why, ha="center", transform=axis.transAxes)
        axis.set_yticks([])
        return
    colour = look.colours.get("bw", "#D55E00")
    lines = [(name, search.accuracy(key, name)) for name in ("baseline1", "baseline2")]
    lines = [(name, value) for name, value in lines if value is not None]
    zoom(axis, [block.accuracy for block in known if block.accuracy is not None] + [value for _, value in lines])
    baseline_lines(axis, [(label(name), value, look.colours.get(name, "#777777")) for name, value in lines])
    for block in known:
        ends = [(block.first or 0) - 0.4, (block.last or 0) + 0.4]
        axis.plot(ends, [block.accuracy] * 2, color=colour, linewidth=3, solid_capstyle="butt")
        axis.plot(sum(ends) / 2, block.accuracy, "o", color=colour, markersize=4.5)
    for block in blocks:
        if block.accuracy is None:
            axis.plot(block.middle, 0, "x", color=FAILED, transform=axis.get_xaxis_transform(), clip_on=False)
    best = search.winner(key, "bw") or known[0]
    star = {"marker": "*", "markersize": 13, "markeredgecolor": "black", "markeredgewidth": 0.8}
    axis.plot(best.middle, best.accuracy, color=colour, zorder=6, **star)


def _depth_axis(under: Axes, above: Axes, mine: "pd.DataFrame", blocks: Sequence[Score], named: bool) -> None:
    layers = mine.drop_duplicates("layer").sort_values("layer")
    last = max([*layers["layer"], *(block.last or 0 for block in blocks)], default=1)
    under.set_xlim(-0.7, last + 0.7)
    above.tick_params(labelbottom=False)
    if named and len(layers):
        names = [shorten(name, 22) for name in layers["name"]]
        under.set_xticks(list(layers["layer"]), names, rotation=35, ha="right", rotation_mode="anchor")
        under.tick_params(axis="x", labelsize=7.5)
        under.set_xlabel("layer of the backbone, input (left) to head (right)")
    else:
        under.set_xlabel("index of the layer in the backbone, input (left) to head (right)")
    for axis in (above, under):
        shade_blocks(axis, blocks)


def _correlation(moved: Movement) -> str:
    found = moved["map"]
    if not found or found["correlation"] is None:
        return ""
    low, high = found["interval"]
    return f"rank correlation of both {found['correlation']:+.2f} [{low:+.2f}, {high:+.2f}]"


def _map_legend(profiles: Sequence["pd.DataFrame"], look: Look) -> list[Line2D]:
    kinds = list(dict.fromkeys(kind for profile in profiles for kind in profile["type"]))
    names = {layer_marker(kind): kind if kind in _KNOWN else "other type" for kind in kinds}
    dark, colour = look.colours.get("baseline2", "#3A3A3A"), look.colours.get("bw", "#D55E00")
    entries = [
        Line2D(
            [],
            [],
            marker=shape,
            color=dark if name != "BatchNormalization" else "#B9B9B9",
            markeredgecolor="#3A3A3A",
            linestyle="none",
            label=name,
        )
        for shape, name in names.items()
    ]
    return [
        *entries,
        Line2D([], [], color=dark, linewidth=1, label="lowest to highest seed"),
        Line2D([], [], color=colour, linewidth=3, marker="o", label="block, as wide as its layers"),
        Line2D(
            [],
            [],
            color=colour,
            marker="*",
            markeredgecolor="black",
            linestyle="none",
            markersize=10,
            label="best block",
        ),
    ]
