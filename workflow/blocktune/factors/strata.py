"""Error strata: runs of one seed and setting share noise, since images, their order and the head are the same.

They are a *plot* of a split-plot design. A factor's levels differ between plots and are judged by how plots of equal
settings differ; strategies differ within plots and are judged by what is left there. To take runs for independent calls
noise an effect of a factor far too often, and hides small differences of strategies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .terms import Group, Term, fit, span

BETWEEN, WITHIN = "between", "within"

STRATEGY = "strategy"


@dataclass(frozen=True)
class Strata:
    """Runs, turned into rows that share no noise: a mean for each plot, and the differences within it.

    Attributes:
        turn: what makes rows of runs, (rows, runs); an orthogonal matrix where all plots hold as many runs.
        groups: setting and stratum of each row.
        plots: the plot of each row.
        sizes: how many runs a row's plot holds, (rows,).
    """

    turn: np.ndarray
    groups: list[Group]
    plots: list[Any]
    sizes: np.ndarray

    @property
    def between(self) -> np.ndarray:
        """Which rows are means of plots."""
        return np.array([stratum == BETWEEN for _, stratum in self.groups])

    @property
    def constant(self) -> np.ndarray:
        """The column of ones, (rows, 1)."""
        return self.turn.sum(axis=1, keepdims=True)

    def units(self, columns: Mapping[Term, np.ndarray]) -> dict[Term, int]:
        """Return how many units tell of each term: runs where it differs within plots, else plots."""
        runs, plots = self.turn.shape[1], int(self.between.sum())
        return {term: runs if STRATEGY in term else plots for term in columns}


def strata(plots: Sequence[Any], settings: Sequence[Any]) -> Strata:
    """Turn runs into rows by stratum.

    Args:
        plots: the plot of each run.
        settings: the setting of each run, the same for all runs of a plot.
    """
    from scipy.linalg import helmert

    members: dict[Any, list[int]] = {}
    for place, plot in enumerate(plots):
        members.setdefault(plot, []).append(place)
    turn, groups, owners, sizes = np.zeros((len(plots), len(plots))), [], [], []
    for plot, places in members.items():
        start = len(groups)
        turn[start : start + len(places), places] = helmert(len(places), full=True)
        setting = settings[places[0]]
        groups += [(setting, BETWEEN), *[(setting, WITHIN)] * (len(places) - 1)]
        owners += [plot] * len(places)
        sizes += [len(places)] * len(places)
    return Strata(turn, groups, owners, np.array(sizes))


def weighted(found: Strata, outcome: np.ndarray, columns: Mapping[Term, np.ndarray]) -> Strata:
    """Return the strata with means of plots weighted by how sure they are, where plots differ in size.

    Else every term lies in one stratum alone and weights change nothing.

    Args:
        found: what `strata` returned.
        outcome: what is explained, (runs,).
        columns: by term its columns, (runs, any number).
    """
    if len(set(found.sizes)) == 1:
        return found
    between, within = variances(found, outcome, columns)
    if not within or between is None:
        return found
    shared = max(0.0, between - within) / float(np.mean(found.sizes[found.between])) / within
    weights = np.where(found.between, 1 / np.sqrt(1 + found.sizes * shared), 1.0)
    return replace(found, turn=found.turn * weights[:, None])


def variances(
    found: Strata, outcome: np.ndarray, columns: Mapping[Term, np.ndarray]
) -> tuple[float | None, float | None]:
    """Return the residual variance of rows between plots and within them, None where nothing is left to tell it."""
    everything = found.turn @ np.hstack([np.ones((len(outcome), 1)), *columns.values()])
    told: list[float | None] = []
    for chosen in (found.between, ~found.between):
        rest = fit((found.turn @ outcome)[chosen], span(everything[chosen])) if chosen.any() else None
        told.append(rest.variance if rest is not None and rest.freedom > 0 else None)
    return told[0], told[1]
