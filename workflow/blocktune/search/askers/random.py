"""Arms chosen at random, as many as the budget pays for: the control."""

import numpy as np

from ..method import Known, SearchMethod, Training


class Method(SearchMethod):
    """Trains arms chosen at random, as many as the budget pays for, one unless told: the floor."""

    about = "as many arms as the budget pays for, chosen at random and trained to their end"
    takes_budget, takes_seeds = True, False

    def ask(self, known: Known) -> list[Training]:
        """Return the chosen arms, with the first seed."""
        seed = known.seeds[0]
        free = [arm.index for arm in known.arms if (arm.index, seed) not in known.given]
        count = min(int(known.budget or 1), len(free))
        drawn = np.random.default_rng(known.draw).choice(free, size=count, replace=False) if free else []
        return known.not_yet(Training(int(arm), seed, known.epochs) for arm in drawn)
