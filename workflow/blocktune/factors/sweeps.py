"""Figures of one factor: accuracy at each of its levels, by strategy."""

import math
import re
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from ..settings.factor import Factor
from ..settings.varied import VARIED
from .choices import points
from .panels import (
    BAND,
    INTERVAL,
    ONE_SEED,
    REFERENCE,
    Look,
    Shown,
    draw_means,
    grid,
    head,
    scored_on,
    strategies_below,
    verdict,
)

if TYPE_CHECKING:
    import pandas as pd


def factor_figure(shown: Shown, factor: Factor) -> Figure:
    """Draw accuracy at every level of a factor, strategies side by side, a panel per backbone.

    Where levels are numbers a line per strategy, its band from the lowest to the highest seed; else means with their
    intervals and every seed. Backbones without the factor are left out.
    """
    drawn = shown.of_factor(factor.key)
    figure, axes = shown.panels(f"{factor.title} and strategy", drawn, (4.6, 3.1 if factor.axis else 3.0))
    for key, rows in drawn.items():
        found = shown.backbones[key]
        head(axes[key], found["title"], verdict(found["tests"], factor.key, "strategy"))
        if factor.axis:
            _lines(axes[key], rows, shown.look, factor)
        else:
            points(axes[key], rows, shown.look)
        axes[key].set_ylabel(scored_on(rows))
    if factor.axis:
        strategies_below(figure, drawn.values(), shown.look, [BAND, REFERENCE])
    else:
        strategies_below(figure, drawn.values(), shown.look, [INTERVAL, ONE_SEED], linestyle="none")
    return figure


def source_figure(shown: Shown) -> Figure:
    """Draw accuracy over the number of source classes, a row per backbone, a panel per arm.

    The arms hold the total of source pictures, or the pictures per class; a source that names no arm is in all of them.
    """
    drawn = {key: rows for key, rows in shown.of_factor("source").items() if rows["level"].nunique() > 1}
    arms = list(dict.fromkeys(arm for rows in drawn.values() for arm in map(arm_of, rows["level"]) if arm))
    shape = (len(drawn), max(1, len(arms)))
    figure, axes = grid("Classes of the source and strategy", shown.design, shape, (4.6, 3.0), sharey="row")
    for line, (key, rows) in zip(axes, drawn.items(), strict=True):
        found = shown.backbones[key]
        for axis, arm in zip(line, arms or [""], strict=True):
            inside = rows[[arm_of(level) in ("", arm) for level in rows["level"]]]
            first = axis is line[0]
            name = f"{found['title']}: {arm}" if arm else found["title"]
            head(axis, name, verdict(found["tests"], "source", "strategy") if first else "")
            _lines(axis, inside, shown.look, VARIED["source"])
            if first:
                axis.set_ylabel(scored_on(rows))
    strategies_below(figure, drawn.values(), shown.look, [BAND, REFERENCE])
    return figure


def arm_of(level: str) -> str:
    """Return what a source's level holds constant: `same total` of `2 classes, same total`; nothing if it says none."""
    found = re.search(r",\s*(.+)$", level)
    return found[1].strip() if found else ""


def _lines(axis: Axes, rows: "pd.DataFrame", look: Look, factor: Factor) -> None:
    places = places_of(rows, factor.logarithmic)
    if factor.logarithmic:
        axis.set_xscale("log")
    axis.set_xlabel(f"{factor.axis} (logarithmic)" if factor.logarithmic else factor.axis)
    draw_means(axis, rows, places, look)
    reference = rows["level"][rows["reference"]]
    if len(reference):
        axis.axvline(places[reference.iloc[0]], color="#9A9A9A", linewidth=0.8, linestyle=":", zorder=0.5)
    texts = {}
    for level, place in sorted(places.items(), key=lambda item: item[1]):
        # Sources of two arms stand at the same number
        texts[place] = f"{place:g}" if arm_of(level) or "class" in level else _tick(level, place, rows)
    axis.xaxis.set_major_locator(FixedLocator(list(texts)))
    axis.set_xticklabels(list(texts.values()))
    axis.xaxis.set_minor_locator(NullLocator())


def _tick(level: str, place: float, rows: "pd.DataFrame") -> str:
    """A level's text; `all` also says how many that is."""
    counted = rows["value"][rows["level"] == level].notna().any()
    return f"{level}\n({place:g})" if level == "all" and counted else level


def places_of(rows: "pd.DataFrame", logarithmic: bool = True) -> dict[str, float]:
    """Return where each level stands; one that is no number (`all`, uncounted) stands right of all others."""
    numbers = {level: float(found["value"].iloc[0]) for level, found in rows.groupby("level", sort=False)}
    placed = {level: value for level, value in numbers.items() if value > 0 or not (logarithmic or math.isnan(value))}
    beyond = 2 * max(placed.values(), default=0.5)
    return {level: placed.get(level, beyond) for level in numbers}
