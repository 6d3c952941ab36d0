"""The terms of an analysis of variance: what each spans beyond the others.

Sums of squares are of type II: a term is compared with all terms that do not contain it. A screening design has no cell
for most combinations of factors, so what can't be told apart is found from the ranks of the columns, not assumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Term = tuple[str, ...]
Group = tuple[Any, str]
"""Rows that spread alike: their setting and their stratum."""

SEED: Term = ("seed",)

ZERO = 1e-7
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
        basis = span(np.hstack([base, *others]))
        found = span(columns[term] - basis @ (basis.T @ columns[term]))
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


def span(matrix: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of what the columns span."""
    from scipy import linalg

    if not matrix.shape[1]:
        return matrix
    basis, triangle, _ = linalg.qr(matrix, mode="economic", pivoting=True)
    return basis[:, : int(np.sum(np.abs(np.diag(triangle)) > ZERO))]
