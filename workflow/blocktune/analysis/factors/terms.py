"""Analysis of variance by terms: how much each explains beyond what the others do, and how sure that is.

Sums of squares are of type II: a term is compared with all terms that do not contain it. A screening design has no cell
for most combinations of factors, so what can't be told apart is found from the ranks of the columns, not assumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Record = dict[str, Any]
Term = tuple[str, ...]

SEED: Term = ("seed",)
ALPHA = 0.05

_ZERO = 1e-7
"""A column whose part beyond the others is shorter (columns hold zeros and ones) is a combination of them."""


@dataclass(frozen=True)
class Fit:
    """All terms together: residuals, how far each run pulls its own fit (0 to 1), and the freedom that is left."""

    residuals: np.ndarray
    leverage: np.ndarray
    freedom: int

    @property
    def variance(self) -> float:
        """Residual variance."""
        return float(self.residuals @ self.residuals) / self.freedom


def one_hot(keys: Sequence[Any]) -> np.ndarray:
    """Return a column of zeros and ones per distinct key, (runs, keys)."""
    names = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    found = np.zeros((len(keys), len(names)))
    found[np.arange(len(keys)), [names[key] for key in keys]] = 1
    return found


@dataclass(frozen=True)
class Split:
    """What terms span: all of them together, and each beyond the terms that don't contain it (orthonormal columns)."""

    everything: np.ndarray
    beyond: Mapping[Term, np.ndarray]


def split(columns: Mapping[Term, np.ndarray], constant: np.ndarray | None = None) -> Split:
    """Take terms apart, once for all outcomes of the same runs.

    Args:
        columns: by term its columns, (runs, any number); they may depend on each other. A term of two names contains
            the terms of each.
        constant: (runs, 1), ones if left out.
    """
    base = np.ones((len(next(iter(columns.values()))), 1)) if constant is None else constant
    beyond = {}
    for term in columns:
        others = [values for other, values in columns.items() if not set(term) <= set(other)]
        beyond[term] = _beyond(columns[term], span(np.hstack([base, *others])))
    return Split(span(np.hstack([base, *columns.values()])), beyond)


def fit(outcome: np.ndarray, everything: np.ndarray) -> Fit:
    """Fit all terms.

    Args:
        outcome: what is explained, (runs,).
        everything: what all terms span, orthonormal, (runs, any number).
    """
    residuals = outcome - everything @ (everything.T @ outcome)
    # What is left of exact fits is rounding
    residuals[np.abs(residuals) < 1e-12 * max(1.0, float(np.abs(outcome).max()))] = 0
    return Fit(residuals, np.sum(everything**2, axis=1), len(outcome) - everything.shape[1])


def explain(outcome: np.ndarray, terms: Split, cells: Sequence[Any]) -> tuple[list[Record], list[Term]]:
    """Test every term but the seeds.

    Args:
        outcome: what is explained, (runs,).
        terms: the terms of these runs.
        cells: the setting of each run: runs that differ in their seed only have the same.

    Returns:
        A record per term (see `_test`), with `p_adjusted` (Holm's, over all terms) and `larger_than_noise`; and the
        terms that can't be told apart from others. No record where nothing is left to judge by.
    """
    everything = fit(outcome, terms.everything)
    if everything.freedom < 1 or not everything.residuals.any():
        return [], []
    tested = {term: beyond for term, beyond in terms.beyond.items() if term != SEED}
    found = [_test(term, outcome, beyond, everything, cells) for term, beyond in tested.items() if beyond.shape[1]]
    return judged(found), [term for term, beyond in tested.items() if not beyond.shape[1]]


def span(matrix: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of what the columns span."""
    from scipy import linalg

    if not matrix.shape[1]:
        return matrix
    basis, triangle, _ = linalg.qr(matrix, mode="economic", pivoting=True)
    return basis[:, : int(np.sum(np.abs(np.diag(triangle)) > _ZERO))]


def _beyond(matrix: np.ndarray, basis: np.ndarray) -> np.ndarray:
    return span(matrix - basis @ (basis.T @ matrix))


def _test(term: Term, outcome: np.ndarray, beyond: np.ndarray, everything: Fit, cells: Sequence[Any]) -> Record:
    """The F test, effect sizes, and a test that lets every setting have a spread of its own.

    Returns:
        `term`, `kind` (`effect` or `interaction`), `sum_squares`, `df`, `df_residual`, `F`, `p`, `p_own_spread` (None
        where no setting says how it spreads), `eta_squared` and `omega_squared` (partial) and `interval`, 95 %, of the
        share of the variance that both of them estimate.
    """
    from scipy import stats

    df = beyond.shape[1]
    squares = float(np.sum((beyond.T @ outcome) ** 2))
    ratio = squares / df / everything.variance
    eta, omega, interval = effect_size(ratio, df, everything.freedom)
    return {
        "term": list(term),
        "kind": "effect" if len(term) == 1 else "interaction",
        "sum_squares": squares,
        "df": df,
        "df_residual": everything.freedom,
        "F": ratio,
        "p": float(stats.f.sf(ratio, df, everything.freedom)),
        "p_own_spread": _own_spread(outcome, beyond, everything, cells),
        "eta_squared": eta,
        "omega_squared": omega,
        "interval": interval,
    }


def effect_size(ratio: float, df: int, freedom: int) -> tuple[float, float, list[float]]:
    """Return partial eta squared, partial omega squared, and a 95 % interval by the noncentral F distribution.

    Both estimate the same share of the variance (omega squared without eta squared's excess), so they share the
    interval. Source: Steiger, Psychological Methods 9 (2004).

    Args:
        ratio: F.
        df: freedom of the term.
        freedom: freedom of the residuals.
    """
    squared = ratio * df / freedom
    omega = (squared - df / freedom) / (squared + 1 + 1 / freedom)
    runs = df + freedom + 1
    ends = [_noncentrality(ratio, df, freedom, 1 - ALPHA / 2), _noncentrality(ratio, df, freedom, ALPHA / 2)]
    return squared / (1 + squared), omega, [end / (end + runs) for end in ends]


def _noncentrality(ratio: float, df: int, freedom: int, share: float) -> float:
    """The noncentrality at which a share of all F lies below this one, 0 where less lies below with none at all.

    (The one of statsmodels ends at 10000, which an F over a high rate passes.)
    """
    from scipy import optimize, stats

    def above(noncentrality: float) -> float:
        return float(stats.ncf.cdf(ratio, df, freedom, noncentrality)) - share

    if stats.f.cdf(ratio, df, freedom) <= share:
        return 0.0
    far = 2 * ratio * df + 100
    while above(far) > 0:
        far *= 2
    return float(optimize.brentq(above, 0, far, rtol=1e-8))


def _own_spread(outcome: np.ndarray, beyond: np.ndarray, everything: Fit, cells: Sequence[Any]) -> float | None:
    """The p of the ANOVA-type statistic, which does not take it that all settings spread alike.

    High rates spread far more than low ones. Then the F test calls luck an effect in a third of all studies, and hides
    small effects of other factors; this one does neither. Source: Brunner, Dette and Munk, JASA 92 (1997).
    """
    from scipy import stats

    free = 1 - everything.leverage
    known = free > _ZERO
    # A setting with a single run says nothing of its spread: the common one stands in
    variances = np.where(known, everything.residuals**2 / np.where(known, free, 1), everything.variance)
    spread = beyond.T @ (beyond * variances[:, None])
    trace = float(np.trace(spread))
    if trace == 0:
        return None
    by_cell: dict[Any, list[float]] = {}
    for cell, share, freedom in zip(cells, np.sum(beyond**2, axis=1) * variances, free, strict=True):
        entry = by_cell.setdefault(cell, [0.0, 0.0])
        entry[0] += share
        entry[1] += freedom
    below = sum(share**2 / freedom for share, freedom in by_cell.values() if freedom > _ZERO)
    if below == 0:
        return None
    ratio = float(np.sum((beyond.T @ outcome) ** 2)) / trace
    return float(stats.f.sf(ratio, trace**2 / float(np.sum(spread**2)), trace**2 / below))


def judged(found: list[Record]) -> list[Record]:
    """Return the tests with `p_adjusted` (Holm) and `larger_than_noise` (below 0.05).

    The p is that of the test that lets spreads differ, where there is one.
    """
    values = np.array([entry["p"] if entry["p_own_spread"] is None else entry["p_own_spread"] for entry in found])
    order = np.argsort(values, kind="stable")
    # The least p of n counts n times, the next n - 1 times, and none less than one before it
    adjusted = np.empty(len(found))
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(found), 0, -1)), 1)
    return [
        entry | {"p_adjusted": float(p), "larger_than_noise": bool(p < ALPHA)}
        for entry, p in zip(found, adjusted, strict=True)
    ]
