"""Layers added one step at a time, as long as that helps: the greedy search of SubTuning.

"Less is More: Selective Layer Finetuning with SubTuning" (Kaplun et al., 2023) begins with the head alone, tries each
further block beside what is unfrozen, keeps the best, and stops when none helps. Here a step goes to the smallest arms
that hold all layers of the one before: among spans these reach one block farther at either end. Steps are taken at the
middle rate; the set that is found is trained at the other rates, too.
"""

import math

from ..arm_table import Arm
from ..method import BUDGET, Known, SearchMethod, Training


class Method(SearchMethod):
    """Adds what helps most until nothing helps, or the budget is spent."""

    about = "layers added one step at a time, as long as the score rises, until the budget is spent"
    takes_budget, takes_seeds = True, False

    def ask(self, known: Known) -> list[Training]:
        """Return the next step's trainings that are missing; at the end the found layers at the other rates."""
        kept, step = self._walk(known)
        left = (BUDGET if known.budget is None else known.budget) - known.spent
        wanted = known.not_yet(
            Training(arm, known.seeds[0], known.epochs) for arm in step or _at_all_rates(known, kept)
        )
        return wanted[: max(int(left), 0)]

    def answer(self, known: Known) -> int:
        """Return the best of the found layers' rates, and of the step that was cut off as the budget was spent."""
        kept, step = self._walk(known)
        trained = {arm for arm, _ in known.seen}
        return known.best(trained & {*_at_all_rates(known, kept), *step} or trained)

    def _walk(self, known: Known) -> tuple[Arm | None, list[int]]:
        """Return what was kept so far, and the next step's arms unless all of them are trained."""
        seed, kept, worth = known.seeds[0], None, -math.inf
        while step := _next_step(known, kept):
            if any((arm, seed) not in known.seen for arm in step):
                return kept, step
            best = max(step, key=lambda arm: (known.worth(arm, seed), -arm))
            if known.worth(best, seed) <= worth:
                break
            kept, worth = known.arms[best], known.worth(best, seed)
        return kept, []


def _at_all_rates(known: Known, kept: Arm | None) -> list[int]:
    return [arm.index for arm in known.arms if kept is not None and arm.layers == kept.layers]


def _next_step(known: Known, kept: Arm | None) -> list[int]:
    """The smallest sets that hold more than what was kept, at the middle rate; at first the smallest of all."""
    rates = sorted({arm.rate for arm in known.arms if arm.rate is not None})
    middle = [arm for arm in known.arms if not rates or arm.rate == rates[len(rates) // 2]]
    more = [arm for arm in middle if kept is None or set(arm.layers) > set(kept.layers)]
    return [arm.index for arm in more if not any(set(other.layers) < set(arm.layers) for other in more)]
