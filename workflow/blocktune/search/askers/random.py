"""Arms chosen at random, as many as the budget pays for: the control."""

import numpy as np

from ..method import Known, SearchMethod, Training


class Method(SearchMethod):
    """Trains arms chosen at random, as many as the budget pays for, one unless told: the floor."""

    about = "as many arms as the budget pays for, chosen at random and trained to their end"
    takes_budget, takes_seeds = True, False

    def ask(self, known: Known) -> list[Training]:
        """Return the chosen arms, with the first seed."""
        count = min(int(known.budget or 1), len(known.arms))
        drawn = np.random.default_rng(known.draw).choice(len(known.arms), size=count, replace=False)
        return known.not_yet(Training(known.arms[place].index, known.seeds[0], known.epochs) for place in drawn)

    def answer(self, known: Known) -> int:
        """Return the best of them."""
        return known.best()
