"""What an arm is expected to lose by trainings that collapse with another seed.

Most seeds of an arm come to much the same, but now and then one ends near guessing, the more likely the higher the rate
and the more parameters train. A search that has seen one seed can't know of that: where none collapsed, all looks well.
So how often is taken from what is usual (docs/searches.md).
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .method import Known

# So many trainings of everything collapse at the middle one of the usual rates: one in fifty at the highest, 1e-3
_USUAL, _MIDDLE = 0.0018, 3e-4
# With twice the rate four times as many, with a quarter of the parameters half as many
_BY_RATE, _BY_PARAMETERS = 2.0, 0.5
_MOST = 0.5
# Units of what is usual (`search.usual`) that a fall to guessing is: 16 to 24 in the table of spans
_FALL = 20.0


def points_of_collapse(known: "Known") -> np.ndarray:
    """Return how many points of accuracy each arm's mean over seeds is expected to lose by collapses, (arms,)."""
    accuracies = [value for seen in known.seen.values() for value in seen.accuracies if value is not None]
    falls = max(max(accuracies, default=0.0) - known.scored.guessing, 0.0)
    return 100 * falls * _share(known)


def units_of_collapse(known: "Known") -> np.ndarray:
    """Return the same before anything is trained, in units of what is usual, (arms,)."""
    return _FALL * _share(known)


def _share(known: "Known") -> np.ndarray:
    """Return which share of each arm's trainings is expected to collapse, (arms,)."""
    rates = np.array([0.0 if arm.rate is None else arm.rate for arm in known.arms])
    parameters = np.array([arm.parameters for arm in known.arms], float)
    often = _USUAL * (rates / _MIDDLE) ** _BY_RATE * (parameters / max(parameters.max(), 1.0)) ** _BY_PARAMETERS
    return np.minimum(often, _MOST)
