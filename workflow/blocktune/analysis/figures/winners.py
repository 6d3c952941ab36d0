"""What a panel says of the winner of its strategy."""

from collections.abc import Callable, Sequence
from statistics import mean

from ...files.study import Study
from ..entry_words import rate_words
from ..layers import Network
from ..scores import Score, Scores


def winner_words(
    study: Study,
    backbone: Network,
    strategy: str,
    searches: Sequence[Scores],
    finals: Sequence[Scores],
    called: Callable[[Score, int], str],
    room: int,
) -> str:
    """Name the best candidate, or in how many repeats which is best, and what it scores in the final stage.

    Args:
        study: The study.
        backbone: The backbone.
        strategy: The strategy, which is also what one of its candidates is called.
        searches: Scores of the search stage, of one repeat or of all.
        finals: Scores of the final stage, likewise.
        called: Names a candidate in so many letters.
        room: Letters that there is room for.
    """
    winners = [found for search in searches if (found := search.winner(backbone.key, strategy)) is not None]
    scored = [value for final in finals if (value := final.accuracy(backbone.key, strategy)) is not None]
    if not winners:
        return f"no {strategy} was searched"
    if all(winner.diverged for winner in winners):
        return f"every {strategy} diverged"
    by = "" if study.choose_by == "accuracy" else f" by {study.choose_by}"
    stage = "test" if study.holdout else "final"
    if len(searches) > 1:
        after = f"mean {stage} accuracy {mean(scored):.3f}" if scored else f"no {stage} accuracy"
        return f"best {strategy}{by} in each of {len(searches)} repeats: {after}"
    (winner,) = winners
    after = f"{stage} accuracy {scored[0]:.3f}" if scored else "diverged in the final training"
    before = f"best {strategy}{by}: "
    rate = f" at {rate_words(winner.learning_rate)}" if study.rates and winner.learning_rate else ""
    return f"{before}{called(winner, room - len(before) - len(rate) - len(after) - 2)}{rate}; {after}"
