"""What a search chose."""

from typing import Annotated, ClassVar

from .kind import JsonFile, part
from .plan import PlannedCandidate


@part
class Winner(PlannedCandidate):
    """What a strategy chose, or what it always takes."""

    learning_rate: Annotated[float | None, "what it trains at; None where nothing trains by steps"]


@part
class Winners(JsonFile):
    """The winner of every strategy of Table I, by the strategy's key. The file is this mapping itself."""

    called: ClassVar[str] = "list of winners"
    place: ClassVar[str] = "results/search/{backbone}/winners.json"
    writer: ClassVar[str] = "select"
    root: ClassVar[str] = "by_strategy"

    by_strategy: Annotated[dict[str, Winner], "the winner of a strategy, by its key"]
