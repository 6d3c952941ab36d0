"""Figure 12: the triangle of spans, first block against last block, with the best learning rate of each."""

from collections.abc import Callable, Sequence
from statistics import mean
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from ...files.study import Study
from ..entry_words import rate_words
from ..halved import dropped_after, dropped_words, strength
from ..layers import Network
from ..protocol import protocol
from ..scores import Score, Scores
from ..strategies import color
from ..triangle import GAP, Square, Triangle, shown_ends, sure_words, triangle
from .style import FAILED, accuracy_label, below, letters, shorten, slanted, titled
from .winners import winner_words

TITLE = "Figure 12: accuracy of every span, from its first to its last block"

_WITH_NUMBERS = 12
"""Up to so many blocks, squares hold their numbers."""
_EMPTY = {"facecolor": "none", "edgecolor": "#B8B8B8", "linewidth": 0.7, "linestyle": ":"}
_BEST = {"facecolor": "none", "edgecolor": "black", "linewidth": 2.4}
_READ = (
    "first block that is unfrozen, input (left) to head (right); in brackets its number from the head\n"
    "diagonal: single blocks; top row: everything from a block up to the head; its left end: everything"
)


def spans_figure(
    study: Study, backbones: Sequence[Network], searches: Sequence[Scores], finals: Sequence[Scores]
) -> Figure:
    """Draw a panel per backbone, a square per span in the color of its accuracy; what was not trained stays empty.

    With several repeats accuracies are their means, and the best of each repeat is marked; `searches` and `finals` are
    in the order of the repeats.
    """
    conditions = protocol(study, "search") + (f"; {len(searches)} repeats" if len(searches) > 1 else "")
    row = 6.2 if len(backbones) == 1 else 5.2
    figure = titled(TITLE, study, conditions, 10.0, row * len(backbones), 0.5)
    axes = figure.subplots(len(backbones), 1, squeeze=False)[:, 0]
    squares = []
    for axis, backbone in zip(axes, backbones, strict=True):
        found = triangle(study, backbone, searches)
        squares += found.squares
        _panel(axis, study, backbone, found, searches)
        words = winner_words(study, backbone, "span", searches, finals, _called(found), letters(7.0, 8))
        axis.set_title(words, loc="right", fontsize=8)
    probe = any(search.of(backbone.key, "probe") for search in searches for backbone in backbones)
    below(figure, _legend(study, squares, probe), most=5)
    return figure


def _panel(axis: Axes, study: Study, backbone: Network, found: Triangle, searches: Sequence[Scores]) -> None:
    probes = [value for search in searches if (value := search.accuracy(backbone.key, "probe")) is not None]
    drawn = [square for square in (*found.squares, found.head) if square.accuracy is not None]
    colors = _colors([square.accuracy for square in drawn] + ([mean(probes)] if probes else []))
    numbers = len(found.firsts) <= _WITH_NUMBERS
    for square in (*found.squares, found.head):
        _tile(axis, study, found, square, colors, numbers)
    for search in searches:
        winner = search.winner(backbone.key, "span")
        if winner is not None and not winner.diverged:
            axis.add_patch(_patch(found, found.of(winner), **_BEST, zorder=4))
    label = f"{accuracy_label(study, 'search')}\n{sure_words(study, found, len(searches))}"
    bar = axis.figure.colorbar(colors, ax=axis, label=label, pad=0.02, aspect=30)
    bar.outline.set_visible(False)
    if probes:
        at = bar.ax.get_yaxis_transform()
        bar.ax.plot(0, mean(probes), transform=at, clip_on=False, **_probe())
        bar.ax.annotate(
            f"{mean(probes):.3f}", (0, mean(probes)), (-8, 0), at, "offset points", ha="right", va="center", fontsize=7
        )
    _axes(axis, found)
    # Above the best span, which takes the whole width
    axis.set_title(f"{shorten(backbone.title, 48)}\n", loc="left", fontweight="bold")


def _colors(accuracies: Sequence[float]) -> ScalarMappable:
    low, high = (min(accuracies), max(accuracies)) if accuracies else (0.0, 1.0)
    room = 0.005 if low == high else 0.0
    return ScalarMappable(Normalize(low - room, high + room), matplotlib.colormaps["viridis"])


def _patch(found: Triangle, square: Square, **look: Any) -> Rectangle:
    across, up = _place(found, square)
    return Rectangle((across - 0.5, up - 0.5), 1, 1, **look)


def _place(found: Triangle, square: Square) -> tuple[float, float]:
    return square.across + (GAP if square is found.head else 0.0), square.up


def _tile(axis: Axes, study: Study, found: Triangle, square: Square, colors: ScalarMappable, numbers: bool) -> None:
    """Draw a square: colored where there is an accuracy, with its numbers where there is room; empty otherwise."""
    across, up = _place(found, square)
    if square.accuracy is None:
        axis.add_patch(_patch(found, square, **_EMPTY))
        if square.diverged:
            axis.plot(across, up, "x", color=FAILED, zorder=3)
        return
    shade = colors.to_rgba(square.accuracy)
    look = {"facecolor": shade, "edgecolor": "white", "linewidth": 0.8, "alpha": strength(study, square.epochs)}
    axis.add_patch(_patch(found, square, **look))
    if numbers:
        red, green, blue, _ = shade
        ink = "black" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 else "white"
        rate = f"\n{rate_words(square.rate)}" if study.rates and square.rate is not None else ""
        axis.text(across, up, f"{square.accuracy:.3f}{rate}", ha="center", va="center", fontsize=7, color=ink, zorder=5)


def _axes(axis: Axes, found: Triangle) -> None:
    count = len(found.firsts)
    axis.set_xlim(-0.6, count + GAP + 0.6)
    axis.set_ylim(-0.6, count - 0.4)
    axis.grid(False)
    firsts, lasts = shown_ends(found.firsts), shown_ends(found.lasts)
    slanted(axis, [*firsts, count + GAP], [*firsts.values(), "head alone"])
    axis.set_yticks([*lasts], [shorten(name, 22) for name in lasts.values()], fontsize=7.5)
    axis.set_xlabel(_READ, fontsize=8)
    axis.set_ylabel("last block that is unfrozen, input (below) to head (above)", fontsize=8)


def _called(found: Triangle) -> Callable[[Score, int], str]:
    return lambda winner, room: shorten(found.of(winner).what, room)


def _probe() -> dict[str, Any]:
    return {"marker": ">", "markersize": 8, "color": color("probe"), "markeredgecolor": "black", "linestyle": "none"}


def _legend(study: Study, squares: Sequence[Square], probe: bool) -> list[Line2D | Patch]:
    entries: list[Line2D | Patch] = [Patch(**_BEST, label="best span")]
    if any(not square.runs for square in squares):
        entries.append(Patch(**_EMPTY, label="not trained"))
    if probe:
        entries.append(Line2D([], [], **_probe(), label="linear probe"))
    for epochs in dropped_after(run for square in squares for run in square.runs):
        entries.append(Patch(color="#3A3A3A", alpha=strength(study, epochs), label=dropped_words(study, epochs)))
    if any(square.diverged for square in squares):
        entries.append(Line2D([], [], marker="x", color=FAILED, linestyle="none", label="diverged, no accuracy"))
    return entries
