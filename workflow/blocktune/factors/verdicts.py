"""Tests of the terms of an analysis of variance: how much each explains, and how sure that is."""

from collections.abc import Mapping

import numpy as np

from ..files.effects import TermTest
from .terms import SEED, ZERO, Beyond, Fit, Split, Term, fit

ALPHA = 0.05


def explain(outcome: np.ndarray, terms: Split, units: Mapping[Term, int]) -> tuple[list[TermTest], list[Term]]:
    """Test every term but the seeds, and say how large it is.

    Args:
        outcome: what is explained, (rows,).
        terms: the terms of these rows.
        units: by term how many independent units it is told by; all rows if it is missing.

    Returns:
        A test per term, and the terms that can't be told apart from others. No test where nothing is left to judge by.
    """
    found, unknown = tests_of(outcome, terms)
    for entry in found:
        about = entry["F"], entry["rank"], entry["df"], entry["df_residual"]
        omega, interval = effect_size(*about, units.get(tuple(entry["term"]), len(outcome)))
        entry |= {"omega_squared": omega, "interval": interval}
    return judged(found), unknown


def tests_of(outcome: np.ndarray, terms: Split) -> tuple[list[TermTest], list[Term]]:
    """Test every term but the seeds by the ANOVA-type statistic, which lets every group have a spread of its own.

    The statistic is the term's sum of squares over what noise alone is expected to give it. High rates spread far more
    than low ones: then a common spread calls noise an effect in a third of all studies, and hides small effects of
    other factors. With a single group all of this is the F test. Source: Brunner, Dette and Munk, JASA 92 (1997). Its
    freedoms are ratios of squares of variances; with a few runs per group these are taken without their excess (the
    fourth moments of a normal sample), or the test would find next to nothing with two or three seeds.

    Returns:
        A test per term, up to its `p`; and the terms that can't be told apart from others or have nothing to be judged
        by.
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
    used = beyond.shares > ZERO
    if not used.any() or np.any(pooled[used] < ZERO):
        return None
    # A setting whose runs say nothing of its spread has that of its stratum; so have all if none of them spreads
    silent = used & (freedom < ZERO) if (squares * used).any() else used
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


def judged(found: list[TermTest]) -> list[TermTest]:
    """Return the tests with `p_adjusted` (Holm) and `larger_than_noise` (below 0.05)."""
    from statsmodels.stats.multitest import multipletests

    if not found:
        return []
    adjusted = multipletests([entry["p"] for entry in found], method="holm")[1]
    return [
        entry | {"p_adjusted": float(p), "larger_than_noise": bool(p < ALPHA)}
        for entry, p in zip(found, adjusted, strict=True)
    ]
