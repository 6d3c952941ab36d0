"""Distinct runs, what counts as their score, and the terms of an analysis over them."""

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from .names import FACTORS, GRID, WHERE
from .tables import Design
from .terms import SEED, Term, one_hot

if TYPE_CHECKING:
    import pandas as pd

SCORE = "score"
"""Column of the accuracy that counts: a diverged run's is that of guessing."""


def scored(responses: "pd.DataFrame", design: Design) -> "pd.DataFrame":
    """Return the responses with a column `score`."""
    found = responses.copy()
    found[SCORE] = found["accuracy"]
    if design.chance is not None:
        found.loc[found["diverged"], SCORE] = design.chance
    return found


def crossed(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the distinct runs of a backbone whose factors are crossed with strategies."""
    return frame[frame["factor"] != WHERE].drop_duplicates(["run", "strategy"]).reset_index(drop=True)


def terms_of(runs: "pd.DataFrame", design: Design) -> dict[Term, np.ndarray]:
    """Return by term its columns: seeds as blocks, strategy, factors, factors x strategy; in a grid pairs of factors.

    Only what has two levels among the runs is a term.
    """
    names = [name for name in ["strategy", *FACTORS] if runs[name].nunique() > 1]
    factors = [name for name in names if name != "strategy"]
    pairs = [(factor, "strategy") for factor in factors if "strategy" in names]
    if design.kind == GRID:
        pairs += combinations(factors, 2)
    terms: list[Term] = [SEED, *((name,) for name in names), *pairs]
    return {term: one_hot(list(zip(*(runs[name] for name in term), strict=True))) for term in terms}


def cells_of(runs: "pd.DataFrame") -> list[tuple[str, ...]]:
    """Return the setting of each run: everything but its seed."""
    return list(zip(*(runs[name] for name in ["strategy", *FACTORS]), strict=True))
