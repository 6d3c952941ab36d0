"""Strategies ranked over backbones: Friedman's test, and Nemenyi's between pairs where there are backbones enough.

Demsar, "Statistical Comparisons of Classifiers over Multiple Data Sets" (JMLR 7, 2006). Repeats of a backbone are no
further backbones: each backbone counts once, with its mean.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scikit_posthocs as posthocs
from scipy import stats
from statsmodels.stats.multitest import multipletests

from ..files.reliability import RanksOverBackbones

_ALPHA = 0.05
_ROUNDING = 1e-12


def over_backbones(columns: Mapping[str, Sequence[float | None]]) -> RanksOverBackbones:
    """Return whether strategies differ over backbones, and what so many backbones allow to be found.

    Args:
        columns: by strategy, the mean accuracy of every backbone, in one order; None where it has none.
    """
    strategies, count = list(columns), len(next(iter(columns.values()), ()))
    whole = all(value is not None for column in columns.values() for value in column)
    found: RanksOverBackbones = {
        "backbones": count,
        "friedman_p": None,
        # All of n differences on one side: the least p of Wilcoxon's signed-rank test (two-sided, exact)
        "least_wilcoxon_p": min(1.0, 2.0 ** (1 - count)),
        "mean_ranks": None,
        "critical_difference": None,
        "greatest_difference": float(len(strategies) - 1),
        "nemenyi_p": None,
    }
    if not whole or count < 2 or len(strategies) < 3:
        return found
    values = np.array([columns[strategy] for strategy in strategies], float).T
    if np.ptp(values, axis=1).any():
        found["friedman_p"] = float(stats.friedmanchisquare(*values.T).pvalue)
    ranks = stats.rankdata(-values, axis=1).mean(axis=0)
    found["mean_ranks"] = dict(zip(strategies, map(float, ranks), strict=True))
    found["critical_difference"] = critical_difference(len(strategies), count)
    if found["friedman_p"] is not None and found["critical_difference"] < found["greatest_difference"]:
        matrix = posthocs.posthoc_nemenyi_friedman(pd.DataFrame(values, columns=strategies))
        found["nemenyi_p"] = {
            one: {other: float(matrix.loc[one, other]) for other in strategies if other != one} for one in strategies
        }
    return found


def equal_variances(
    baseline: Sequence[float | None], columns: Mapping[str, Sequence[float | None]]
) -> dict[str, float | None]:
    """Return by strategy the p that its variance over backbones is the baseline's.

    Pitman and Morgan's test (both in Biometrika 31, 1939): accuracies of the same backbones are paired, and two
    variances are equal where sums and differences of the pairs are uncorrelated. Corrected for the number of
    strategies (Holm).

    Args:
        baseline: accuracy of every backbone, None where it has none.
        columns: by strategy the same.

    Returns:
        None where it can't be tested: under three backbones, a missing accuracy, or sums or differences all the same.
    """
    raw = {name: _pitman_morgan(values, baseline) for name, values in columns.items()}
    known = [name for name, p in raw.items() if p is not None]
    holm = multipletests([raw[name] for name in known], method="holm")[1] if known else []
    return dict.fromkeys(columns) | dict(zip(known, map(float, holm), strict=True))


def _pitman_morgan(ours: Sequence[float | None], theirs: Sequence[float | None]) -> float | None:
    if len(ours) < 3 or None in ours or None in theirs:
        return None
    sums, differences = np.add(ours, theirs), np.subtract(ours, theirs)
    if min(np.ptp(sums), np.ptp(differences)) < _ROUNDING:
        return None
    return float(stats.pearsonr(sums, differences).pvalue)


def critical_difference(strategies: int, backbones: int) -> float:
    """Return by how much the mean ranks of two strategies must differ at 0.05 (Nemenyi)."""
    quantile = float(stats.studentized_range.ppf(1 - _ALPHA, strategies, np.inf)) / math.sqrt(2)
    return quantile * math.sqrt(strategies * (strategies + 1) / (6 * backbones))
