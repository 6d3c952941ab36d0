"""What a search chose."""

from typing import ClassVar

from .kind import JsonFile, part
from .plan import PlannedCandidate


@part
class Winner(PlannedCandidate):
    """What a strategy chose, or what it always takes.

    Attributes:
        learning_rate: what it trains at; None where nothing trains by steps.
    """

    learning_rate: float | None


@part
class Winners(JsonFile):
    """The winner of every strategy of Table I, by the strategy's key. The file is this mapping itself.

    Attributes:
        by_strategy: the winner of a strategy, by its key.
    """

    called: ClassVar[str] = "list of winners"
    place: ClassVar[str] = "results/search/{backbone}/winners.json"
    writer: ClassVar[str] = "select"
    root: ClassVar[str] = "by_strategy"

    by_strategy: dict[str, Winner]
