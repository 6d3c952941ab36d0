"""Means of levels with intervals, and what lies between a factor's best and worst level."""

import re
from typing import TYPE_CHECKING

import numpy as np

from ..analysis.paired import student
from ..files.design import Design
from ..files.levels import LevelMean, LevelRange
from .crossing import SCORE
from .names import GRID, WHERE
from .terms import fit, one_hot, span
from .verdicts import ALPHA

if TYPE_CHECKING:
    import pandas as pd

EVERY = "every"
"""In place of a strategy: the mean over all of them."""


def rows_of(frame: "pd.DataFrame", factor: str, design: Design) -> "pd.DataFrame":
    """Return the runs of a factor's levels, in the order of the levels.

    In a grid every run belongs to a level of every factor: what is averaged over it are the others' levels.

    Args:
        frame: responses of one backbone.
        factor: key of the factor.
        design: the design; other levels than its own come last.
    """
    if design.kind == GRID and factor != WHERE:
        found = frame[frame["factor"] == GRID].copy()
        found["level"] = found[factor]
        found["value"] = [number_of(level) for level in found["level"]]
        found["reference"] = found["level"] == design.reference.get(factor)
    else:
        found = frame[frame["factor"] == factor].copy()
    levels = dict.fromkeys([*design.levels.get(factor, ()), *found["level"]])
    order = {level: place for place, level in enumerate(levels)}
    return found.sort_values("level", key=lambda levels: levels.map(order), kind="stable")


def number_of(level: str) -> float:
    """Return the number that a level begins or ends with, NaN if there is none: `1e-4`, `2 classes`, `rotate 0.5`."""
    number = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
    found = re.match(number, level) or re.search(f"{number}$", level)
    return float(found[0]) if found else float("nan")


def by_seed(rows: "pd.DataFrame", outcome: str) -> dict[str, dict[str, dict[str, float]]]:
    """Return by strategy (and `EVERY`, with more than one), level and seed the mean outcome of what was measured.

    The mean over strategies is taken where a level and seed has all of them: it must not hang on which are missing.
    """
    known = rows[rows[outcome].notna()]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (strategy, level, seed), value in (
        known.groupby(["strategy", "level", "seed"], sort=False)[outcome].mean().items()
    ):
        found.setdefault(strategy, {}).setdefault(level, {})[seed] = float(value)
    if len(found) > 1:
        every: dict[str, dict[str, float]] = {}
        for level in dict.fromkeys(known["level"]):
            for seed in dict.fromkeys(known["seed"]):
                values = [by_level.get(level, {}).get(seed) for by_level in found.values()]
                if None not in values:
                    every.setdefault(level, {})[seed] = float(np.mean(values))
        found[EVERY] = every
    return found


def level_means(rows: "pd.DataFrame", outcome: str) -> dict[str, list[LevelMean]]:
    """Return by strategy (and `EVERY`) every level; `rows`: what `rows_of` returned."""
    levels = list(dict.fromkeys(rows["level"]))
    values = {level: rows["value"][rows["level"] == level].iloc[0] for level in levels}
    reference = set(rows["level"][rows["reference"]])
    return {
        strategy: [
            {
                "level": level,
                "value": None if np.isnan(values[level]) else float(values[level]),
                "reference": level in reference,
                "seeds": len(seen),
                "mean": float(np.mean(seen)),
                "interval": student(seen) if len(seen) > 1 else None,
                "lowest": min(seen),
                "highest": max(seen),
            }
            for level in levels
            if (seen := list(by_level.get(level, {}).values()))
        ]
        for strategy, by_level in by_seed(rows, outcome).items()
    }


def strategy_means(rows: "pd.DataFrame") -> dict[str, list[LevelMean]]:
    """Return by strategy the mean score at every level, without that over all strategies."""
    return {name: levels for name, levels in level_means(rows, SCORE).items() if name != EVERY}


def ranges(rows: "pd.DataFrame", outcome: str) -> dict[str, LevelRange]:
    """Return by strategy (and `EVERY`) how far a factor's highest level lies above its lowest, where it has two."""
    found = {}
    for strategy, by_level in by_seed(rows, outcome).items():
        if len(by_level) < 2:
            continue
        means = {level: float(np.mean(list(seen.values()))) for level, seen in by_level.items()}
        highest, lowest = max(means, key=lambda level: means[level]), min(means, key=lambda level: means[level])
        distance, noise = means[highest] - means[lowest], _noise(by_level)
        found[strategy] = {
            "range": distance,
            "highest": highest,
            "lowest": lowest,
            "highest_mean": means[highest],
            "lowest_mean": means[lowest],
            "levels": len(means),
            "noise": noise,
            "larger_than_noise": None if noise is None else bool(distance > noise),
        }
    return found


def _noise(by_level: dict[str, dict[str, float]]) -> float | None:
    """Tukey's and Kramer's least difference of the two most distant levels, with seeds as blocks."""
    # SciPy's own takes a second each
    from statsmodels.stats.libqsturng import qsturng

    runs = [(level, seed, value) for level, seen in by_level.items() for seed, value in seen.items()]
    levels, seeds, values = zip(*runs, strict=True)
    found = fit(np.array(values), span(np.hstack([one_hot(levels), one_hot(seeds)])))
    if found.freedom < 1:
        return None
    typical = len(by_level) / sum(1 / len(seen) for seen in by_level.values())
    return float(qsturng(1 - ALPHA, len(by_level), found.freedom)) * float(np.sqrt(found.variance / typical))
