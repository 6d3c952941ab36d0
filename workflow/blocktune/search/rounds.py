"""The rounds of halving: after how many epochs each ends, and how many candidates are resumed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..settings.model import Settings
from .schedule import ranked_sizes


@dataclass(frozen=True)
class Rules:
    """When rounds end, and which candidates are resumed.

    Attributes:
        ends: the epoch that each round ends after, the last one that of a whole run.
        factor: after each round the best 1/factor of a strategy's candidates are resumed.
        counts: `last` or `best`: which epoch's accuracy is a run's score.
        minimum: how many candidates of a strategy are resumed at least, 1 unless told.
    """

    ends: tuple[int, ...]
    factor: float
    counts: str = "last"
    minimum: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        """Return those of a study."""
        halving, training = settings.search.halving, settings.training
        ends = ends_at(range(1, training.epochs + 1), halving.factor, halving.first_epochs)
        return cls(ends, halving.factor, training.counts, {"lw": max(ranked_sizes(settings), default=1)})


def ends_at(validated: Sequence[int], factor: float, first_epochs: int) -> tuple[int, ...]:
    """Return the epochs that rounds end after, each once; where only some are scored, the next one that is.

    Epochs grow evenly in ratio, by about `factor` a round, from `first_epochs` to all epochs: 50 epochs with factor 3
    give 1, 4, 14, 50.

    Args:
        validated: epochs that are scored, ascending; the last one is that of a whole run.
        factor: one in so many candidates is resumed after each round, above 1.
        first_epochs: epochs of the first round at least.
    """
    total = validated[-1]
    first = next((epoch for epoch in validated if epoch >= first_epochs), total)
    # The small number makes up for log(9) / log(3) being a little less than 2
    steps = math.floor(math.log(total / first) / math.log(factor) + 1e-9)
    ends = [*(round(first * (total / first) ** (step / steps)) for step in range(steps)), total]
    # With a small factor several rounds would end after the same epoch
    return tuple(dict.fromkeys(next(epoch for epoch in validated if epoch >= end) for end in ends))


def share_of(candidates: int, share: float) -> int:
    """Return how many candidates a share of them is, rounded up."""
    return math.ceil(candidates * share - 1e-9)
