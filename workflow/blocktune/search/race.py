"""The race: arms compete for trainings, and what an arm came to counts for its neighbours, too (`search.belief`).

Each round trains the arms that are best in draws from the belief, so an arm is tried as often as it may be the best:
Thompson sampling (Russo et al., "A Tutorial on Thompson Sampling", 2018). An arm that comes up again is trained with
another seed. The race ends when its answer is expected to lose less than the tolerance, or the budget is spent.
"""

import math

import numpy as np

from .belief import Belief, believe, places
from .method import Known, SearchMethod, Training

TOLERANCE = 0.25
"""Points of accuracy that the answer may be expected to lose."""

# Trainings of a round: so many may run at once
_TOGETHER = 4


class Race(SearchMethod):
    """Trains the arms that may be the best, until the answer is sure enough or the budget is spent."""

    about = "arms that may be the best, pooled over neighbours and seeds, until the answer is sure enough"
    takes_budget = True

    def __init__(self, tolerance: float = TOLERANCE) -> None:
        self._tolerance = tolerance

    def ask(self, known: Known) -> list[Training]:
        """Return the next round's trainings, to their end."""
        left = math.inf if known.budget is None else known.budget - len(known.seen)
        count = int(min(_TOGETHER, left))
        if count < 1:
            return []
        if all(seen.diverged for seen in known.seen.values()):
            return self._free(known, self._apart(known, count), count)
        belief = believe(known)
        if belief.expected_loss(self._best(known, belief)) <= self._tolerance:
            return []
        return self._free(known, [arm for draw in belief.draws for arm in np.argsort(-draw)[:2]], count)

    def answer(self, known: Known) -> int:
        """Return the arm of which most is expected, among those that were trained."""
        if all(seen.diverged for seen in known.seen.values()):
            return known.best()
        return self._best(known, believe(known))

    def _best(self, known: Known, belief: Belief) -> int:
        trained = {arm for (arm, _), seen in known.seen.items() if not seen.diverged}
        return max(sorted(trained), key=lambda arm: belief.mean[arm])

    def _apart(self, known: Known, count: int) -> list[int]:
        """Return all arms: everything at the middle rate first, then always the one farthest from those before."""
        where = places(known.arms)
        where = where / np.where(np.ptp(where, axis=0) > 0, np.ptp(where, axis=0), 1.0)
        rates = sorted({arm.rate for arm in known.arms if arm.rate is not None})
        middle = [arm for arm in known.arms if not rates or arm.rate == rates[len(rates) // 2]]
        found = [max(middle, key=lambda arm: arm.parameters).index]
        # Ties are broken by chance, so that several races differ
        ties = 1e-6 * np.random.default_rng([known.draw, 0]).random(len(where))
        for _ in range(min(count + len(known.seen), len(where)) - 1):
            nearest = np.linalg.norm(where[:, None] - where[None, found], axis=2).min(axis=1)
            found.append(int(np.argmax(nearest + ties)))
        return found

    def _free(self, known: Known, arms: list[int], count: int) -> list[Training]:
        """Return the first of the arms with the first seed that each was not trained with; each arm once."""
        chosen: dict[int, int] = {}
        for arm in map(int, arms):
            untried = [seed for seed in known.seeds if (arm, seed) not in known.seen]
            if arm not in chosen and untried:
                chosen[arm] = untried[0]
            if len(chosen) == count:
                break
        return [Training(arm, seed, known.epochs) for arm, seed in chosen.items()]
