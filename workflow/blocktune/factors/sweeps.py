"""Figures of factors that are numbers: accuracy over rate, photographs, imbalance and source classes, by strategy."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from ..analysis.figures.style import FAILED
from .crossing import SCORE
from .levels import EVERY, level_means, rows_of
from .names import FACTORS
from .panels import BAND, DIVERGED, REFERENCE, Look, below, flat, grid, head, scored_on, verdict, wrapped
from .tables import Design

if TYPE_CHECKING:
    import pandas as pd

_AXES = {
    "learning_rate": "initial learning rate (logarithmic)",
    "photographs": "photographs per class (logarithmic)",
    "imbalance": "largest over smallest class, same total (logarithmic)",
    "source": "classes of the source (logarithmic)",
}


def sweep_figure(
    record: Mapping[str, Any], frames: Mapping[str, "pd.DataFrame"], design: Design, look: Look, factor: str
) -> Figure:
    """Draw a line per strategy, its band from the lowest to the highest seed, a panel per backbone.

    Args:
        record: What `study.analyse_factors` returned.
        frames: By backbone its responses, with the column `score`; those without the factor are left out.
        design: The design.
        look: Colours and marks.
        factor: `learning_rate`, `photographs` or `imbalance`.
    """
    by_backbone = {key: rows_of(frame, factor, design) for key, frame in frames.items()}
    by_backbone = {key: rows for key, rows in by_backbone.items() if len(rows)}
    figure, axes = grid(f"{_upper(FACTORS[factor])} and strategy", design, wrapped(len(by_backbone)), (4.6, 3.1))
    for axis, (key, rows) in zip(flat(axes, len(by_backbone)), by_backbone.items(), strict=True):
        found = record["backbones"][key]
        head(axis, found["title"], verdict(found["tests"], factor, "strategy"))
        _lines(axis, rows, look)
        axis.set_xlabel(_AXES[factor])
        axis.set_ylabel(scored_on(rows))
    _legend(figure, list(by_backbone.values()), look)
    return figure


def source_figure(
    record: Mapping[str, Any], frames: Mapping[str, "pd.DataFrame"], design: Design, look: Look
) -> Figure:
    """Draw accuracy over the number of source classes, a row per backbone, a panel per arm.

    The arms hold the total of source pictures, or the pictures per class; a source that names no arm is in all of them.

    Args:
        record: What `study.analyse_factors` returned.
        frames: By backbone its responses, with the column `score`; those without the factor are left out.
        design: The design.
        look: Colours and marks.
    """
    by_backbone = {key: rows_of(frame, "source", design) for key, frame in frames.items()}
    by_backbone = {key: rows for key, rows in by_backbone.items() if rows["level"].nunique() > 1}
    arms = list(dict.fromkeys(arm for rows in by_backbone.values() for arm in map(arm_of, rows["level"]) if arm))
    shape = (len(by_backbone), max(1, len(arms)))
    figure, axes = grid("Classes of the source and strategy", design, shape, (4.6, 3.0), sharey="row")
    for line, (key, rows) in zip(axes, by_backbone.items(), strict=True):
        found = record["backbones"][key]
        for axis, arm in zip(line, arms or [""], strict=True):
            inside = rows[[arm_of(level) in ("", arm) for level in rows["level"]]]
            first = axis is line[0]
            name = f"{found['title']}: {arm}" if arm else found["title"]
            head(axis, name, verdict(found["tests"], "source", "strategy") if first else "")
            _lines(axis, inside, look)
            axis.set_xlabel(_AXES["source"])
            if first:
                axis.set_ylabel(scored_on(rows))
    _legend(figure, list(by_backbone.values()), look)
    return figure


def arm_of(level: str) -> str:
    """Return what a source's level holds constant: `same total` of `2 classes, same total`; nothing if it says none."""
    found = re.search(r",\s*(.+)$", level)
    return found[1].strip() if found else ""


def _lines(axis: Axes, rows: "pd.DataFrame", look: Look) -> None:
    means = {name: found for name, found in level_means(rows, SCORE).items() if name != EVERY}
    places = places_of(rows)
    axis.set_xscale("log")
    for strategy, levels in means.items():
        x = [places[entry["level"]] for entry in levels]
        order = sorted(range(len(x)), key=lambda place: x[place])
        x, levels = [x[place] for place in order], [levels[place] for place in order]
        lowest, highest = [entry["lowest"] for entry in levels], [entry["highest"] for entry in levels]
        axis.fill_between(x, lowest, highest, color=look.colours[strategy], alpha=0.2, linewidth=0)
        axis.plot(x, [entry["mean"] for entry in levels], **look.style(strategy), linewidth=1.5)
    mark_diverged(axis, rows, places)
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


def places_of(rows: "pd.DataFrame") -> dict[str, float]:
    """Return where each level stands; one that is no number (`all`, uncounted) stands right of all others."""
    numbers = {level: float(found["value"].iloc[0]) for level, found in rows.groupby("level", sort=False)}
    positive = [value for value in numbers.values() if value > 0]
    beyond = 2 * max(positive, default=0.5)
    return {level: value if value > 0 and not math.isnan(value) else beyond for level, value in numbers.items()}


def mark_diverged(axis: Axes, rows: "pd.DataFrame", places: Mapping[str, float]) -> None:
    """Mark levels at which a strategy's run diverged: at what it counts as, on the axis if it counts as nothing."""
    for (level, _), found in rows[rows["diverged"]].groupby(["level", "strategy"], sort=False):
        score = found[SCORE].iloc[0]
        cross = {"marker": "x", "color": FAILED, "markersize": 7, "markeredgewidth": 1.6, "zorder": 6}
        if math.isnan(score):
            axis.plot(places[level], 0, **cross, transform=axis.get_xaxis_transform(), clip_on=False)
        else:
            axis.plot(places[level], score, **cross)


def _legend(figure: Figure, frames: Sequence["pd.DataFrame"], look: Look) -> None:
    strategies = list(dict.fromkeys(name for rows in frames for name in rows["strategy"]))
    entries = [*look.entries(strategies), BAND, REFERENCE]
    if any(rows["diverged"].any() for rows in frames):
        entries.append(DIVERGED)
    below(figure, entries)


def _upper(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
