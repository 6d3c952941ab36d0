"""Figures of distance: how far shifts take a target from the source, and what that does to accuracy."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..analysis.figures.style import shorten
from ..settings.factor import OWN
from .levels import strategy_means
from .panels import BAND, Look, Shown, below, draw_means, grid, head, scored_on, strategies_below, verdict

if TYPE_CHECKING:
    import pandas as pd

# Paul Tol's, other than the strategies': in these figures colours are kinds of shift
_COLOURS = ("#332288", "#AA4499", "#117733", "#DDAA33", "#882255", "#44AA99", "#999933", "#CC6677")
_MARKS = ("o", "s", "^", "D", "v", "P", "X", "<")
_MEASURES = {
    "emd": "earth mover's distance",
    "mmd": "maximum mean discrepancy",
    "probe_gap": "gap of a linear probe (accuracy)",
}


def distance_figure(shown: Shown) -> Figure:
    """Draw each measure of distance over the strength of the shift, a line per kind; a row per backbone.

    Datasets, which have no strength, stand at the right.
    """
    distances = shown.distances
    keys = list(dict.fromkeys(distances["backbone"]))
    shape, more = (len(keys), len(_MEASURES)), f"distances from {_sources(distances)}"
    figure, axes = grid("Distance of targets", shown.design, shape, (4.0, 3.0), more=more)
    kinds = kinds_of(distances)
    datasets = _datasets(distances)
    for line, key in zip(axes, keys, strict=True):
        mine = distances[distances["backbone"] == key]
        for axis, measure in zip(line, _MEASURES, strict=True):
            for place, name in enumerate(kinds):
                shifted = with_own(mine, name)
                axis.plot(shifted["strength"], shifted[measure], **_look(place), linewidth=1.5)
            for place, name in enumerate(datasets):
                found = mine[mine["target"] == name]
                at = [_right_of(distances, place)] * len(found)
                axis.plot(at, found[measure], "*", color="#222222", markersize=10)
            title = shown.backbones[key]["title"] if key in shown.backbones else key
            head(axis, title if axis is line[0] else "")
            axis.set_ylabel(_MEASURES[measure])
            axis.set_xlabel("strength of the shift" + (", other datasets to the right" if datasets else ""))
            _strengths(axis, distances, datasets)
    below(figure, [Line2D([], [], **_look(place), label=name) for place, name in enumerate(kinds)])
    return figure


def _sources(distances: "pd.DataFrame") -> str:
    """What distances are measured from: the source's images, or the study's own where these are not at hand."""
    names = {"own target": "the study's own target"}
    return ", ".join(dict.fromkeys(names.get(name, name) for name in distances["source"]))


def _look(place: int) -> dict[str, Any]:
    colour, mark = _COLOURS[place % len(_COLOURS)], _MARKS[place % len(_MARKS)]
    return {"color": colour, "marker": mark, "markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.5}


def kinds_of(distances: "pd.DataFrame") -> list[str]:
    """Return the kinds of shift, in the order of the table."""
    return [name for name in dict.fromkeys(distances["shift"]) if name]


def with_own(mine: "pd.DataFrame", kind: str) -> "pd.DataFrame":
    """Return the targets of a kind of shift by strength; the study's own target is every kind at strength zero."""
    own = mine[mine["target"] == OWN].assign(strength=0.0)
    import pandas as pd

    return pd.concat([own, mine[(mine["shift"] == kind) & mine["strength"].notna()]]).sort_values("strength")


def _datasets(distances: "pd.DataFrame") -> list[str]:
    named = distances["target"][(distances["shift"] == "") & (distances["target"] != OWN)]
    return list(dict.fromkeys(named))


def _right_of(distances: "pd.DataFrame", place: int) -> float:
    longest = float(np.nan_to_num(distances["strength"].max(), nan=0.0)) or 1.0
    return longest * (1.2 + 0.2 * place)


def _strengths(axis: Axes, distances: "pd.DataFrame", datasets: Sequence[str]) -> None:
    strengths = sorted({0.0, *(float(value) for value in distances["strength"].dropna())})
    ticks = {strength: f"{strength:g}" for strength in strengths}
    if len(ticks) > 8:
        ticks = {strength: text for strength, text in ticks.items() if strength in (strengths[0], strengths[-1])}
    ticks |= {_right_of(distances, place): shorten(name, 14) for place, name in enumerate(datasets)}
    turned = {"rotation": 30, "ha": "right"} if datasets else {}
    axis.set_xticks(list(ticks), list(ticks.values()), **turned)


def target_figure(shown: Shown) -> Figure:
    """Draw accuracy over distance (a line of least squares per strategy), and over each shift's strength."""
    distances, look = shown.distances, shown.look
    by_backbone = shown.of_factor("target")
    tuned = {level for rows in by_backbone.values() for level in rows["level"]}
    kinds = kinds_of(distances[distances["target"].isin(tuned)])
    shape = (len(by_backbone), 1 + len(kinds))
    width = max(2.3, min(3.6, 14 / shape[1]))
    figure, axes = grid(
        "Distance of the target and strategy",
        shown.design,
        shape,
        (width, 3.0),
        more=f"distances from {_sources(distances)}",
        sharey="row",
    )
    for line, (key, rows) in zip(axes, by_backbone.items(), strict=True):
        mine = distances[distances["backbone"] == key]
        found = shown.backbones[key]
        _over_distance(line[0], rows, mine, look)
        told = verdict((found["distance"] or {"tests": []})["tests"], "distance", "strategy")
        head(line[0], found["title"], told)
        line[0].set_ylabel(scored_on(rows))
        for axis, kind in zip(line[1:], kinds, strict=True):
            _over_strength(axis, rows, with_own(mine[mine["target"].isin(tuned)], kind), look)
            head(axis, kind)
            axis.set_xlabel("strength")
    fitted = Line2D([], [], color="#777777", linewidth=1, linestyle="--", label="least squares over targets")
    strategies_below(figure, by_backbone.values(), look, [BAND, fitted])
    return figure


def _over_distance(axis: Axes, rows: "pd.DataFrame", mine: "pd.DataFrame", look: Look) -> None:
    emd = dict(zip(mine["target"], mine["emd"], strict=True))
    for strategy, levels in strategy_means(rows).items():
        points = [(emd[entry["level"]], entry["mean"]) for entry in levels if entry["level"] in emd]
        if not points:
            continue
        x, y = np.array(points).T
        axis.plot(x, y, **look.style(strategy), linestyle="none")
        if len(set(x)) > 2:
            ends = np.array([x.min(), x.max()])
            axis.plot(ends, np.polyval(np.polyfit(x, y, 1), ends), "--", color=look.colours[strategy], linewidth=1)
    _name_datasets(axis, [(emd[name], name) for name in _datasets(mine)])
    axis.set_xlabel("earth mover's distance")


def _name_datasets(axis: Axes, datasets: Sequence[tuple[float, str]]) -> None:
    """Name datasets upright above their points, in room of their own; neighbours step aside."""
    if not datasets:
        return
    low, high = axis.get_ylim()
    axis.set_ylim(low, high + 0.45 * (high - low))
    left, right = axis.get_xlim()
    previous = -np.inf
    for away, name in sorted(datasets):
        place = max(away, previous + 0.06 * (right - left))
        axis.annotate(
            shorten(name, 14),
            (place, 0.99),
            xycoords=("data", "axes fraction"),
            rotation=90,
            ha="center",
            va="top",
            fontsize=7,
            color="#555555",
        )
        axis.axvline(away, ymax=0.68, color="#9A9A9A", linewidth=0.6, linestyle=":", zorder=0.5)
        previous = place


def _over_strength(axis: Axes, rows: "pd.DataFrame", shifted: "pd.DataFrame", look: Look) -> None:
    strength = dict(zip(shifted["target"], shifted["strength"], strict=True))
    draw_means(axis, rows, strength, look)
    ticks = sorted(set(strength.values()))
    axis.set_xticks(ticks, [f"{value:g}" for value in ticks])
