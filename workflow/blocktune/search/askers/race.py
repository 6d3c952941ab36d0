"""Arms that may be the best, with further seeds, until the answer is sure enough: the race.

What an arm came to counts for its neighbours, too (`search.belief`). Each round trains the arms that are best in draws
from the belief, so an arm is tried as often as it may be the best: Thompson sampling (Russo et al., "A Tutorial on
Thompson Sampling", 2018). An arm that comes up again is trained with another seed. The race ends when its answer is
expected to lose less than the tolerance and has been trained twice, or the budget is spent.
"""

import numpy as np

from ..belief import places
from ..method import BUDGET, Known, SearchMethod, Training

# Trainings of a round: so many may run at once, on any machine, so that numbers depend on none
TOGETHER = 4


class Method(SearchMethod):
    """Trains the arms that may be the best, until the answer is sure enough or the budget is spent."""

    about = "arms that may be the best, pooled over neighbours and seeds, until the answer is sure enough"
    takes_budget = takes_tolerance = True

    def ask(self, known: Known) -> list[Training]:
        """Return the next round's trainings, to their end."""
        left = (BUDGET if known.budget is None else known.budget) - known.spent
        count = int(min(TOGETHER, left))
        if count < 1:
            return []
        apart = [] if known.usable and known.spent else self._apart(known, count)
        if apart or not known.usable:
            return [Training(arm, known.seeds[0], known.epochs) for arm in apart]
        best = self._best(known)
        sure = known.belief.expected_loss(best) <= known.tolerance
        if sure and self._repeated(known, best):
            return []
        may_be_best = [arm for draw in known.belief.draws for arm in np.argsort(-draw)[:2]]
        return self._free(known, [*([best] if sure else []), *may_be_best], count)

    def answer(self, known: Known) -> int:
        """Return the arm of which most is expected, among those that were trained."""
        return self._best(known) if known.usable else known.best()

    def _best(self, known: Known) -> int:
        trained = {arm for (arm, _), seen in known.seen.items() if not seen.diverged}
        return max(sorted(trained), key=lambda arm: known.belief.mean[arm])

    def _repeated(self, known: Known, arm: int) -> bool:
        """Whether an arm has a second training, where several seeds are allowed.

        The best of many arms owes a part of its lead to its seed. How large a part nobody knows before a repeat.
        """
        return len(known.seeds) == 1 or sum(trained == arm for trained, _ in known.seen) > 1

    def _apart(self, known: Known, count: int) -> list[int]:
        """Return arms that nothing is known of, always the one farthest from those before.

        Where nothing is known of any, the first is everything at the middle rate.
        """
        where = places(known.arms)
        where = where / np.where(np.ptp(where, axis=0) > 0, np.ptp(where, axis=0), 1.0)
        found = sorted({arm for arm, _ in known.seen})
        before = len(found)
        if not found:
            rates = sorted({arm.rate for arm in known.arms if arm.rate is not None})
            middle = [arm for arm in known.arms if not rates or arm.rate == rates[len(rates) // 2]]
            found = [max(middle, key=lambda arm: arm.parameters).index]
        # Ties are broken by chance, so that several races differ
        ties = 1e-6 * np.random.default_rng([known.draw, 0]).random(len(where))
        while len(found) < min(before + count, len(where)):
            nearest = np.linalg.norm(where[:, None] - where[None, found], axis=2).min(axis=1) + ties
            # Several arms may lie in one place
            nearest[found] = -1
            found.append(int(np.argmax(nearest)))
        return found[before:]

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
