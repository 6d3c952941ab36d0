"""Means as points with intervals and seeds; the figures of all strategies, and of how much each term explains."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..analysis.strategies import label
from ..files.effects import TermTest
from ..files.levels import LevelMean
from .crossing import SCORE
from .levels import by_seed, strategy_means
from .names import WHERE, term_name
from .panels import (
    DIVERGED,
    INTERVAL,
    ONE_SEED,
    Look,
    Shown,
    below,
    flat,
    grid,
    head,
    mark_diverged,
    scored_on,
    verdict,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd

_DARK = "#2F4B6E"
_APART = 0.22
"""Between strategies at a level, as a share of what lies between levels."""


def points(axis: Axes, rows: "pd.DataFrame", look: Look) -> None:
    """Draw means with their intervals and every seed, strategies side by side at each level."""
    levels = list(dict.fromkeys(rows["level"]))
    means = strategy_means(rows)
    seeds = by_seed(rows, SCORE)
    for place, (strategy, found) in enumerate(means.items()):
        shift = _APART * (place - (len(means) - 1) / 2)
        x = {entry["level"]: levels.index(entry["level"]) + shift for entry in found}
        for entry in found:
            _point(axis, x[entry["level"]], entry, list(seeds[strategy][entry["level"]].values()), look, strategy)
        mark_diverged(axis, rows[(rows["strategy"] == strategy) & rows["level"].isin(list(x))], x)
    axis.set_xticks(range(len(levels)), levels)
    axis.set_xlim(-0.6, len(levels) - 0.4)
    axis.tick_params(axis="x", length=0)


def _point(
    axis: Axes, x: float, entry: LevelMean, seen: Sequence[float], look: Look, strategy: str, aside: float = 0.07
) -> None:
    """A mean with its interval, and beside it the seeds that it is the mean of."""
    colour = look.colours[strategy]
    if entry["interval"] is not None:
        axis.plot([x, x], entry["interval"], color=colour, linewidth=1.4, zorder=2)
    axis.plot([x + aside] * len(seen), seen, ".", color=colour, markersize=4, alpha=0.6, zorder=2)
    axis.plot(x, entry["mean"], **look.style(strategy) | {"markersize": 7}, linestyle="none", zorder=3)


def where_figure(shown: Shown) -> Figure:
    """Draw all strategies at the reference: means with intervals and every seed, a panel per backbone."""
    drawn = shown.of_factor(WHERE)
    what = "Strategies, with all other settings as in the main study"
    figure, axes = shown.panels(what, drawn, (5.6, 3.0), most=2)
    for key, rows in drawn.items():
        axis, found = axes[key], shown.backbones[key]
        head(axis, found["title"], verdict(found[WHERE]["tests"], "strategy"))
        seeds = by_seed(rows.assign(level=rows["strategy"], strategy=""), SCORE).get("", {})
        strategies = list(dict.fromkeys(rows["strategy"]))
        for entry in found[WHERE]["levels"]:
            name = entry["level"]
            _point(axis, strategies.index(name), entry, list(seeds[name].values()), shown.look, name, aside=0.18)
        mark_diverged(axis, rows.assign(level=rows["strategy"]), {name: n for n, name in enumerate(strategies)})
        axis.set_xticks(range(len(strategies)), [label(name) for name in strategies], rotation=20, ha="right")
        axis.set_xlim(-0.6, len(strategies) - 0.4)
        axis.set_ylabel(scored_on(rows))
    entries = [INTERVAL, ONE_SEED]
    if any(rows["diverged"].any() for rows in drawn.values()):
        entries.append(DIVERGED)
    below(figure, entries)
    return figure


def effects_figure(shown: Shown) -> Figure:
    """Draw the share of the variance that each term explains, with its interval, a panel per backbone."""
    tables = [(found["title"], found["tests"], found["why_no_tests"]) for found in shown.backbones.values()]
    if over := shown.record.over_backbones:
        tables.append((f"{over['backbones']} backbones (mixed model)", over["tests"], over["why_no_tests"]))
    longest = max([len(tests) for _, tests, _ in tables] + [3])
    shape = wrapped(len(tables), 2)
    figure, axes = grid("How much each factor explains", shown.design, shape, (6.2, 0.24 * longest + 0.7), sharex=True)
    for axis, (name, tests, why_not) in zip(flat(axes, len(tables)), tables, strict=True):
        head(axis, name)
        axis.set_xlim(-0.02, 1.02)
        axis.grid(True, axis="x")
        axis.grid(False, axis="y")
        axis.set_xlabel("share of the variance (partial omega squared)")
        axis.tick_params(labelbottom=True)
        if not tests:
            axis.set_yticks([])
            axis.text(0.5, 0.5, f"no tests:\n{why_not}", ha="center", va="center", transform=axis.transAxes)
            continue
        _forest(axis, sorted(tests, key=lambda entry: entry["omega_squared"]))
    marks = {"linestyle": "none", "markeredgecolor": _DARK, "markersize": 7}
    below(
        figure,
        [
            Line2D([], [], marker="o", markerfacecolor=_DARK, label="effect, larger than noise", **marks),
            Line2D([], [], marker="D", markerfacecolor=_DARK, label="interaction, larger than noise", **marks),
            Line2D([], [], marker="o", markerfacecolor="white", label="not larger than noise", **marks),
            Line2D([], [], color=_DARK, linewidth=1.4, label="95 % interval"),
        ],
    )
    return figure


def _forest(axis: Axes, tests: Sequence[TermTest]) -> None:
    for place, entry in enumerate(tests):
        axis.plot(entry["interval"], [place] * 2, color=_DARK, linewidth=1.4)
        axis.plot(
            max(0.0, entry["omega_squared"]),
            place,
            "o" if entry["kind"] == "effect" else "D",
            markerfacecolor=_DARK if entry["larger_than_noise"] else "white",
            markeredgecolor=_DARK,
            markersize=6,
            zorder=3,
        )
    axis.set_yticks(range(len(tests)), [term_name(entry["term"]) for entry in tests])
    axis.set_ylim(-0.7, len(tests) - 0.3)
    axis.tick_params(axis="y", length=0)
