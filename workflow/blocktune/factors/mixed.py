"""All backbones together: a mixed model with a random intercept per backbone."""

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files.design import Design
from ..files.effects import EffectsOverBackbones
from .crossing import SCORE, strata_of, terms_of
from .strata import variances, weighted
from .terms import span, split
from .verdicts import explain

if TYPE_CHECKING:
    import pandas as pd

LEAST_BACKBONES = 5
"""With fewer, how backbones spread can't be estimated."""


def over_backbones(runs: Mapping[str, "pd.DataFrame"], design: Design) -> EffectsOverBackbones | None:
    """Return the tests of all backbones together, None with fewer than five.

    The model says that backbones are better or worse as a whole. How much more a factor matters to one than to another
    is not in its error, so it is sure of what holds on an average over these backbones, less of a further one.

    Args:
        runs: by backbone its distinct runs, with the column `score`.
        design: the design.
    """
    import pandas as pd
    from threadpoolctl import threadpool_limits

    if len(runs) < LEAST_BACKBONES:
        return None
    frame = pd.concat(runs.values(), ignore_index=True)
    found = {"backbones": len(runs), "runs": len(frame), "between_sd": None, "within_sd": None, "tests": []}
    if frame["seed"].nunique() < 2:
        return found | {"why_no_tests": "with one seed the noise between seeds is unknown"}
    columns, outcome = terms_of(frame, design), frame[SCORE].to_numpy()
    with threadpool_limits(1):
        apart = weighted(strata_of(frame, ("backbone", "seed")), outcome, columns)
        rows = {term: apart.turn @ values for term, values in columns.items()}
        base, values = apart.constant, apart.turn @ outcome
        groups = np.array([plot[0] for plot in apart.plots])
        means, everything = apart.between, np.hstack([base, *rows.values()])
        # How backbones differ is seen in means of plots alone
        spread = _variances(values[means], span(everything[means]), groups[means], base[means])
        if spread is None:
            return found | {"why_no_tests": "the mixed model could not be fitted"}
        shrink = _shrink(groups, base, *spread)
        terms = split({term: shrink(mine) for term, mine in rows.items()}, apart.groups, shrink(base))
        tests, _ = explain(shrink(values[:, None])[:, 0], terms, apart.units(columns))
        within = variances(apart, outcome, columns)[1]
        size = float(np.mean(apart.sizes[means]))
    return found | {
        "between_sd": float(np.sqrt(spread[0])),
        # Of single runs: a mean of a plot has the noise of its runs, divided by how many there are
        "within_sd": float(np.sqrt(spread[1] / size + (within or 0.0) * (1 - 1 / size))),
        "tests": tests,
        "why_no_tests": None if tests else "no runs are left that show the noise",
    }


def _variances(
    outcome: np.ndarray, exog: np.ndarray, groups: np.ndarray, base: np.ndarray
) -> tuple[float, float] | None:
    """Variance between backbones and within them (REML), None where the fit fails."""
    import statsmodels.api as sm

    with warnings.catch_warnings():
        # A variance at its lower end, zero, is an answer here, not a failure
        warnings.simplefilter("ignore")
        try:
            model = sm.MixedLM(outcome, exog, groups=groups, exog_re=base).fit(reml=True)
        except (np.linalg.LinAlgError, ValueError):
            return None
    between, within = float(np.asarray(model.cov_re).ravel()[0]), float(model.scale)
    return (between, within) if np.isfinite(between) and np.isfinite(within) and within > 0 else None


def _shrink(groups: np.ndarray, base: np.ndarray, between: float, within: float) -> Any:
    """Return what turns the mixed model into an ordinary one: a share of its backbone's mean is taken from each row."""
    members = {group: np.flatnonzero(groups == group) for group in dict.fromkeys(groups)}

    def apply(values: np.ndarray) -> np.ndarray:
        found = values.astype(float).copy()
        for rows in members.values():
            mine, length = base[rows], float(np.sum(base[rows] ** 2))
            share = 1 - np.sqrt(within / (within + length * between))
            found[rows] -= share / length * mine @ (mine.T @ values[rows])
        return found

    return apply
