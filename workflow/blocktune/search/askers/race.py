"""Arms that promise most, with further seeds, until the answer is sure enough: the race.

What an arm came to counts for its neighbours, too (`search.belief`), and so does what arms usually come to on other
data sets. Each round trains the arms that together promise most: that are expected to raise the best of them and
today's answer highest. Some of the first lie far apart instead, in case these images are not as usual. It is the
expected improvement of several trainings at once (Ginsbourger, Le Riche and Carraro, "Kriging is well-suited to
parallelize optimization", 2010), chosen one after the other. An arm that comes up again is trained with another seed.
The race ends when its answer is expected to lose less than the tolerance and has been trained twice, or the budget is
spent.
"""

from collections.abc import Sequence

import numpy as np

from ..belief import draws_before, places
from ..method import BUDGET, Known, SearchMethod, Training

# Trainings of a round: so many may run at once, on any machine, so that numbers depend on none
TOGETHER = 4
# Of the first round, so many lie far apart: from the baselines, whose results tell what promises most, or without any
APART, APART_FROM_NOTHING = 2, 1
# Of what a model differs from the mean of its arm's seeds on the validation images, so much counts: on the table of
# spans a point more there goes with 0.3 to 0.6 points more on the test images (docs/searches.md)
OWN = 0.5


class Method(SearchMethod):
    """Trains the arms that promise most, until the answer is sure enough or the budget is spent."""

    about = "arms that promise most, pooled over neighbours and seeds, until the answer is sure enough"
    takes_budget = takes_tolerance = True

    def ask(self, known: Known) -> list[Training]:
        """Return the next round's trainings, to their end."""
        left = (BUDGET if known.budget is None else known.budget) - known.spent
        count = int(min(TOGETHER, left))
        if count < 1:
            return []
        if not (known.usable and known.spent):
            first = self._first(known, count)
            if first or not known.usable:
                return [Training(arm, known.seeds[0], known.epochs) for arm in first]
        best = self._best(known)
        sure = known.belief.expected_loss(best) <= known.tolerance
        if sure and self._repeated(known, best):
            return []
        promising = self._promising(known, best, [best] if sure else [], count)
        return [Training(arm, seed, known.epochs) for arm, seed in promising.items()]

    def answer(self, known: Known) -> int:
        """Return the arm whose model most is expected of, among those that were trained."""
        return self._best(known) if known.usable else known.best()

    def _best(self, known: Known) -> int:
        return max(known.answers(), key=lambda arm: self._of_model(known, arm))

    def _of_model(self, known: Known, arm: int) -> float:
        """Return what is expected of the model that is taken home: that of the study's own seed."""
        seen, belief = known.seen.get((arm, known.seeds[0])), known.belief
        usual = float(belief.mean[arm] + belief.collapses[arm])
        own = 0.0 if seen is None or seen.diverged else known.worth(arm, known.seeds[0]) - usual
        return float(belief.mean[arm]) + OWN * own

    def _repeated(self, known: Known, arm: int) -> bool:
        """Whether an arm has a second training, or no seed is left for one.

        The best of many arms owes a part of its lead to its seed. How large a part nobody knows before a repeat.
        """
        usable = [seen for (trained, _), seen in known.seen.items() if trained == arm and not seen.diverged]
        return len(usable) > 1 or self._seed(known, arm) is None

    def _first(self, known: Known, count: int) -> list[int]:
        """Return arms that were not trained: some that promise most, and some that lie far apart.

        The latter find out where these images are not as usual.
        """
        seen = sorted({arm for arm, _ in known.seen})
        left = {arm.index: known.seeds[0] for arm in known.arms if arm.index not in seen}
        if known.usable:
            draws = known.belief.draws
            promising = _together(draws, draws[:, self._best(known)], left, max(count - APART, 1))
        elif seen:
            # All diverged: what promised most is no guide
            promising = {}
        else:
            draws = draws_before(known)
            promising = _together(draws, draws.min(axis=1), left, max(count - APART_FROM_NOTHING, 1))
        return [*promising, *self._apart(known, [*seen, *promising], count - len(promising))]

    def _apart(self, known: Known, found: list[int], count: int) -> list[int]:
        """Return arms, always the one farthest from those before; `found` are the first of these."""
        where = places(known.arms)
        where = where / np.where(np.ptp(where, axis=0) > 0, np.ptp(where, axis=0), 1.0)
        # Ties are broken by chance, so that several races differ
        ties = 1e-6 * np.random.default_rng([known.draw, 0]).random(len(where))
        found, before = list(found), len(found)
        while len(found) < min(before + count, len(where)):
            nearest = np.linalg.norm(where[:, None] - where[None, found], axis=2).min(axis=1) + ties
            # Several arms may lie in one place
            nearest[found] = -1
            found.append(int(np.argmax(nearest)))
        return found[before:]

    def _promising(self, known: Known, best: int, first: list[int], count: int) -> dict[int, int]:
        """Return arms, and the first seed that each was not trained with, that together promise most.

        That is to be better than `best`, the answer so far. Those of `first` are among them in any case.
        """
        seeds = ((arm.index, self._seed(known, arm.index)) for arm in known.arms)
        left = {arm: seed for arm, seed in seeds if seed is not None}
        # A training tells what an arm is worth where it does not collapse
        draws = known.belief.draws + known.belief.collapses
        return _together(draws, draws[:, best], left, count, first)

    def _seed(self, known: Known, arm: int) -> int | None:
        """Return the first seed that an arm was not trained with."""
        return next((seed for seed in known.seeds if (arm, seed) not in known.seen), None)


def _together(
    draws: np.ndarray, reached: np.ndarray, left: dict[int, int], count: int, first: Sequence[int] = ()
) -> dict[int, int]:
    """Return arms with their seeds, one after the other that which raises most what the best is expected to be worth.

    Args:
        draws: likely worths of all arms, (draws, arms).
        reached: what is the best so far in each draw.
        left: seeds by the arms that may be chosen.
        count: at most so many.
        first: those that are chosen in any case, if they may be.
    """
    left, found = dict(left), dict[int, int]()
    while left and len(found) < count:
        wanted = next((arm for arm in first if arm in left), None)
        arm = max(left, key=lambda arm: _raised(reached, draws[:, arm])) if wanted is None else wanted
        found[arm] = left.pop(arm)
        reached = np.maximum(reached, draws[:, arm])
    return found


def _raised(reached: np.ndarray, arm: np.ndarray) -> float:
    """Return what the best is expected to be worth once an arm is looked at, too."""
    return float(np.maximum(reached, arm).mean())
