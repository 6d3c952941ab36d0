"""Whether accuracy falls with the distance of the target from the source, and for which strategy more.

Targets, not trainings, are what the distance is known of: seeds of a target lie equally far away. So a target counts
once per strategy, with its mean over seeds; else a few targets would look like many.
"""

from typing import TYPE_CHECKING

import numpy as np

from ..files.effects import DistanceEffect, Slope, TermTest
from .levels import by_seed
from .terms import one_hot, split
from .verdicts import ALPHA, explain, judged

if TYPE_CHECKING:
    import pandas as pd

LEAST_TARGETS = 4


def distance_effect(rows: "pd.DataFrame", distances: "pd.DataFrame", outcome: str) -> DistanceEffect:
    """Return slopes of the outcome over the earth mover's distance.

    Args:
        rows: runs of the factor `target` of one backbone, its level being the target's name.
        distances: the backbone's distances; none if they were not measured.
        outcome: the column that is analysed.
    """
    emd = dict(zip(distances["target"], distances["emd"], strict=True))
    means = by_seed(rows, outcome)
    means.pop("every", None)
    everywhere = [
        level for level in dict.fromkeys(rows["level"]) if all(level in by_level for by_level in means.values())
    ]
    targets = [level for level in everywhere if level in emd]
    found: DistanceEffect = {
        "targets": targets,
        "unknown": [level for level in everywhere if level not in emd],
        "why_not": None,
        "span": None,
        "slopes": {},
        "tests": [],
    }
    away = np.array([emd[target] for target in targets])
    if distances.empty:
        return found | {"why_not": "no distance was measured"}
    if len(set(away)) < LEAST_TARGETS:
        few = f"{len(set(away))} targets at different distances are too few for a slope"
        return found | {"why_not": f"{few}: {LEAST_TARGETS} are needed"}
    table = np.array([[np.mean(list(means[strategy][target].values())) for strategy in means] for target in targets])
    span = float(np.ptp(away))
    slopes = {strategy: _slope(away, table[:, place], span) for place, strategy in enumerate(means)}
    if len(means) > 1:
        slopes["every"] = _slope(away, table.mean(axis=1), span)
    return found | {
        "span": [float(away.min()), float(away.max())],
        "slopes": slopes,
        "tests": _tests(away, table, list(means)),
    }


def _slope(away: np.ndarray, values: np.ndarray, span: float) -> Slope:
    """Least squares over targets; the change over the whole span, with Student's 95 % interval."""
    import statsmodels.api as sm

    line = sm.OLS(values, sm.add_constant(away)).fit()
    low, high = line.conf_int(ALPHA)[1]
    p = float(line.pvalues[1])
    return {
        "change": float(line.params[1]) * span,
        "interval": [float(low) * span, float(high) * span],
        "p": None if np.isnan(p) else p,
    }


def _tests(away: np.ndarray, table: np.ndarray, strategies: list[str]) -> list[TermTest]:
    """Tests of the common slope, over targets, and of slopes that differ, with targets as blocks."""
    common, _ = explain(table.mean(axis=1), split({("distance",): away[:, None]}, [("", "")] * len(away)), {})
    apart: list[TermTest] = []
    if len(strategies) > 1:
        targets = np.repeat(np.arange(len(away)), len(strategies))
        names = np.tile(strategies, len(away))
        columns = {
            ("target",): one_hot(targets.tolist()),
            ("strategy",): one_hot(names.tolist()),
            ("distance", "strategy"): one_hot(names.tolist()) * np.repeat(away, len(strategies))[:, None],
        }
        everything, _ = explain(table.ravel(), split(columns, [("", "")] * len(targets)), {})
        apart = [entry for entry in everything if entry["term"] == ["distance", "strategy"]]
    return judged([*common, *apart])
