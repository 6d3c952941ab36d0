"""Distinct runs, their scores, and the terms of an analysis over them."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from ..files.design import Design
from .names import FACTORS, GRID, WHERE
from .strata import STRATEGY, Strata, strata
from .terms import SEED, Term, one_hot

if TYPE_CHECKING:
    import pandas as pd

SCORE = "score"
"""Column of the score: the accuracy, and for a diverged run that of guessing."""


def scored(responses: "pd.DataFrame", design: Design) -> "pd.DataFrame":
    """Return the responses with a column `score`."""
    found = responses.copy()
    found[SCORE] = found["accuracy"]
    found.loc[found["diverged"], SCORE] = design.chance
    return found


def by_backbone(responses: "pd.DataFrame", design: Design) -> dict[str, "pd.DataFrame"]:
    """Return the responses of each backbone, by its key, with a column `score`."""
    return dict(iter(scored(responses, design).groupby("backbone", sort=False)))


def crossed(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the distinct runs of a backbone whose factors are crossed with strategies."""
    return frame[frame["factor"] != WHERE].drop_duplicates(["run", "strategy"]).reset_index(drop=True)


def terms_of(runs: "pd.DataFrame", design: Design) -> dict[Term, np.ndarray]:
    """Return by term its columns: seeds as blocks, strategy, factors, factors x strategy; in a grid pairs of factors.

    Only what has two levels among the runs is a term.
    """
    names = [name for name in [STRATEGY, *FACTORS] if runs[name].nunique() > 1]
    factors = [name for name in names if name != STRATEGY]
    pairs = [(factor, STRATEGY) for factor in factors if STRATEGY in names]
    if design.kind == GRID:
        pairs += combinations(factors, 2)
    terms: list[Term] = [SEED, *((name,) for name in names), *pairs]
    return {term: one_hot(list(zip(*(runs[name] for name in term), strict=True))) for term in terms}


def strata_of(runs: "pd.DataFrame", within: Sequence[str] = ("seed",)) -> Strata:
    """Return the strata of runs: those of one seed and setting (and what else is named) share noise."""
    # The levels of all factors: runs of a setting differ in strategy and seed
    settings = list(zip(*(runs[name] for name in FACTORS), strict=True))
    return strata(list(zip(*(runs[name] for name in within), settings, strict=True)), settings)
