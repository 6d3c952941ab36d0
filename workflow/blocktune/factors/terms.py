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
Group = tuple[Any, str]
"""Rows that spread alike: their setting and their stratum."""

SEED: Term = ("seed",)
ALPHA = 0.05

_ZERO = 1e-7
"""A column whose part beyond the others is shorter (columns hold zeros and ones) is a combination of them."""


@dataclass(frozen=True)
class Fit:
    """All terms together: residuals, how far each row pulls its own fit (0 to 1), and the freedom that is left."""

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
class Beyond:
    """What a term spans beyond the terms that don't contain it, and how much of that lies in each group of rows.

    Attributes:
        columns: orthonormal, (rows, any number).
        shares: sum of squares of each group's rows, (groups,).
        products: sum of squares of the products of two groups' rows, (groups, groups).
    """

    columns: np.ndarray
    shares: np.ndarray
    products: np.ndarray


@dataclass(frozen=True)
class Split:
    """What terms span: all of them together (orthonormal columns), and each beyond the terms that don't contain it.

    Attributes:
        everything: (rows, any number).
        beyond: by term.
        inside: which group each row belongs to, zeros and ones, (rows, groups).
        stratum: which stratum each group belongs to, zeros and ones, (groups, strata).
    """

    everything: np.ndarray
    beyond: Mapping[Term, Beyond]
    inside: np.ndarray
    stratum: np.ndarray


def split(columns: Mapping[Term, np.ndarray], groups: Sequence[Group], constant: np.ndarray | None = None) -> Split:
    """Take terms apart, once for all outcomes of the same rows.

    Args:
        columns: by term its columns, (rows, any number); they may depend on each other. A term of two names contains
            the terms of each.
        groups: the group of each row; rows of a group spread alike.
        constant: (rows, 1), ones if left out.
    """
    base = np.ones((len(groups), 1)) if constant is None else constant
    inside = one_hot(groups)
    beyond = {}
    for term in columns:
        others = [values for other, values in columns.items() if not set(term) <= set(other)]
        found = _beyond(columns[term], span(np.hstack([base, *others])))
        beyond[term] = Beyond(found, inside.T @ np.sum(found**2, axis=1), inside.T @ (found @ found.T) ** 2 @ inside)
    stratum = one_hot([name for _, name in dict.fromkeys(groups)])
    return Split(span(np.hstack([base, *columns.values()])), beyond, inside, stratum)


def fit(outcome: np.ndarray, everything: np.ndarray) -> Fit:
    """Fit all terms.

    Args:
        outcome: what is explained, (rows,).
        everything: what all terms span, orthonormal, (rows, any number).
    """
    residuals = outcome - everything @ (everything.T @ outcome)
    # What is left of exact fits is rounding
    residuals[np.abs(residuals) < 1e-12 * max(1.0, float(np.abs(outcome).max()))] = 0
    return Fit(residuals, np.sum(everything**2, axis=1), len(outcome) - everything.shape[1])


def explain(outcome: np.ndarray, terms: Split, units: Mapping[Term, int]) -> tuple[list[Record], list[Term]]:
    """Test every term but the seeds, and say how large it is.

    Args:
        outcome: what is explained, (rows,).
        terms: the terms of these rows.
        units: by term how many independent units it is told by; all rows if it is missing.

    Returns:
        A record per term (see `tests_of`), with `omega_squared` and its `interval` (see `effect_size`), `p_adjusted`
        (Holm's, over all terms) and `larger_than_noise`; and the terms that can't be told apart from others. No record
        where nothing is left to judge by.
    """
    found, unknown = tests_of(outcome, terms)
    for entry in found:
        about = entry["F"], entry["rank"], entry["df"], entry["df_residual"]
        omega, interval = effect_size(*about, units.get(tuple(entry["term"]), len(outcome)))
        entry |= {"omega_squared": omega, "interval": interval}
    return judged(found), unknown


def tests_of(outcome: np.ndarray, terms: Split) -> tuple[list[Record], list[Term]]:
    """Test every term but the seeds by the ANOVA-type statistic, which lets every group have a spread of its own.

    The statistic is the term's sum of squares over what noise alone is expected to give it. High rates spread far more
    than low ones: then a common spread calls noise an effect in a third of all studies, and hides small effects of
    other factors. With a single group all of this is the F test. Source: Brunner, Dette and Munk, JASA 92 (1997). Its
    freedoms are ratios of squares of variances; with a few runs per group these are taken without their excess (the
    fourth moments of a normal sample), or the test would find next to nothing with two or three seeds.

    Returns:
        A record per term: `term`, `kind` (`effect` or `interaction`), `rank` (its columns), `F`, `df` and `df_residual`
        (freedoms of F, no whole numbers where spreads differ) and `p`; and the terms that can't be told apart from
        others or have nothing to be judged by.
    """
    from scipy import stats

    everything = fit(outcome, terms.everything)
    tested = {term: beyond for term, beyond in terms.beyond.items() if term != SEED}
    if everything.freedom < 1 or not everything.residuals.any():
        return [], []
    found, unknown = [], []
    for term, beyond in tested.items():
        expected = _expected(beyond, terms, everything)
        if expected is None:
            unknown.append(term)
            continue
        sum_squares, df, freedom = expected
        ratio = float(np.sum((beyond.columns.T @ outcome) ** 2)) / sum_squares
        found.append(
            {
                "term": list(term),
                "kind": "effect" if len(term) == 1 else "interaction",
                "rank": beyond.columns.shape[1],
                "F": ratio,
                "df": df,
                "df_residual": freedom,
                "p": float(stats.f.sf(ratio, df, freedom)),
            }
        )
    return found, unknown


def _expected(beyond: Beyond, terms: Split, everything: Fit) -> tuple[float, float, float] | None:
    """The sum of squares that noise alone is expected to give a term, its freedom, and the freedom of the noise."""
    squares = terms.inside.T @ everything.residuals**2
    freedom = terms.inside.T @ (1 - everything.leverage)
    pooled = terms.stratum @ (terms.stratum.T @ freedom)
    used = beyond.shares > _ZERO
    if not used.any() or np.any(pooled[used] < _ZERO):
        return None
    # A setting whose runs say nothing of its spread has that of its stratum; so have all if none of them spreads
    silent = used & (freedom < _ZERO) if (squares * used).any() else used
    squares = np.where(silent, terms.stratum @ (terms.stratum.T @ squares), squares)[used]
    freedom = np.where(silent, pooled, freedom)[used]
    if not squares.any():
        return None
    variances = squares / freedom
    expected = beyond.shares[used] * variances
    products = beyond.products[np.ix_(used, used)]
    # A squared variance is too large by this share of itself, on an average
    excess = 2 / (freedom + 2)
    squared = expected.sum() ** 2 - np.sum(excess * expected**2)
    df = squared / (variances @ products @ variances - np.sum(excess * np.diag(products) * variances**2))
    rank = beyond.columns.shape[1]
    return (
        float(expected.sum()),
        float(np.clip(df, 1, rank)),
        float(squared / np.sum((1 - excess) * expected**2 / freedom)),
    )


def effect_size(ratio: float, rank: int, df: float, freedom: float, units: int) -> tuple[float, list[float]]:
    """Return partial omega squared, and a 95 % interval of what it estimates by the noncentral F distribution.

    Partial omega squared is rank (F - 1) / (rank (F - 1) + N): the share of the variance that a term explains of what
    it holds together with the noise that it is tested against (Keren and Lewis, Educational and Psychological
    Measurement 39, 1979). An interval of the noncentrality lambda gives lambda / (lambda + N) (Steiger, Psychological
    Methods 9, 2004).

    Args:
        ratio: F.
        rank: columns of the term.
        df: freedom of the term in the test; below the rank where spreads differ.
        freedom: freedom of the noise.
        units: N, the independent units that the term is told by.
    """
    above = rank * (ratio - 1)
    ends = [_noncentrality(ratio, df, freedom, 1 - ALPHA / 2), _noncentrality(ratio, df, freedom, ALPHA / 2)]
    return above / (above + units), [end * rank / df / (end * rank / df + units) for end in ends]


def _noncentrality(ratio: float, df: float, freedom: float, share: float) -> float:
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


def span(matrix: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of what the columns span."""
    from scipy import linalg

    if not matrix.shape[1]:
        return matrix
    basis, triangle, _ = linalg.qr(matrix, mode="economic", pivoting=True)
    return basis[:, : int(np.sum(np.abs(np.diag(triangle)) > _ZERO))]


def _beyond(matrix: np.ndarray, basis: np.ndarray) -> np.ndarray:
    return span(matrix - basis @ (basis.T @ matrix))


def judged(found: list[Record]) -> list[Record]:
    """Return the tests with `p_adjusted` (Holm) and `larger_than_noise` (below 0.05)."""
    from statsmodels.stats.multitest import multipletests

    if not found:
        return []
    adjusted = multipletests([entry["p"] for entry in found], method="holm")[1]
    return [
        entry | {"p_adjusted": float(p), "larger_than_noise": bool(p < ALPHA)}
        for entry, p in zip(found, adjusted, strict=True)
    ]
