"""What a search by rounds trained besides the winners, and what it says of its answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..candidates.searched import SEARCHED
from ..errors import BlocktuneError
from ..files.answer import SearchSaid
from ..files.plan import ENDED, Plan, rounds_words
from ..files.rounds_scores import RoundsScores, chance_words
from ..search.arms import arm_key
from ..search.ranking import rank_key
from .scores import Score, Scores, unranked
from .strategies import label


def with_trained(search: Scores, plans: Iterable[Plan], found: Mapping[str, RoundsScores]) -> Scores:
    """Return the scores of a search by rounds with those of all candidates that it trained.

    The winners stay the winners: what is added has no rank. Each has the score of its training with the study's seed,
    and of a candidate's learning rates the best by what ranks them comes first.

    Raises:
        BlocktuneError: Of a backbone nothing is given.
    """
    rows: list[Score] = []
    for plan in plans:
        if plan.backbone not in found:
            raise BlocktuneError(f"--by-rounds: no file is of {plan.backbone}, but --search-plans has its plan")
        scores = found[plan.backbone]
        rows += sorted(_rows(plan, scores), key=lambda row: rank_key(row.accuracy, row.loss, scores.worth))
    return search.joined(rows)


def _rows(plan: Plan, found: RoundsScores) -> Iterator[Score]:
    trained = {one.run: (arm.learning_rate, one) for arm in found.arms for one in arm.trainings if one.run == arm.run}
    for entry in plan.candidates:
        if entry.strategy in SEARCHED and entry.run in trained:
            rate, one = trained[entry.run]
            # The loss is known where it ranks
            loss = -one.worth if found.worth == "loss" and one.worth is not None else None
            yield unranked(plan.backbone, entry, one.accuracy, learning_rate=rate, loss=loss)


def answering(found: RoundsScores, final: Plan) -> str | None:
    """Return the strategy that a search by rounds answers with, None if no final run has that arm.

    The winner of a strategy is not always the answer's own arm: of those that can't be told apart from it the cheapest
    wins.
    """
    for entry in found.strategies:
        if found.answer in entry.alike:
            return entry.strategy
    arm = next(arm for arm in found.arms if arm.run == found.answer)
    trains = arm.layers, arm.learning_rate
    of = {entry.strategy: arm_key(final.runs[entry.run]) for entry in final.candidates}
    return next((strategy for strategy, key in of.items() if key == trains), None)


def said_of(found: RoundsScores, strategies: Sequence[str]) -> SearchSaid:
    """Return what a search by rounds says of the first of several strategies, the best first, that it searched."""
    by_strategy = {entry.strategy: entry for entry in found.strategies}
    entry = next(by_strategy[strategy] for strategy in [*strategies, *by_strategy] if strategy in by_strategy)
    known = {**vars(found), **vars(entry), "arms": len(found.arms), "alike": len(entry.alike)}
    return {name: known[name] for name in SearchSaid.__annotations__}


def search_words(said: SearchSaid, best: str, rates: bool, repeats: int = 1) -> list[str]:
    """Say what a search by rounds, with repeats the first of them, says of its answer; a sentence each.

    `best` is the strategy that is recommended, `rates` whether learning rates were searched.
    """
    which = " of the first repeat" if repeats > 1 else ""
    ended = (
        f"The search by {said['method']}{which} ended after {said['trainings']} of at most {said['budget']} trainings, "
        f"as {ENDED[said['ended']]}."
    )
    if said["expected_loss"] is None:
        return [ended, "Every training diverged, so nothing is believed of its arms."]
    whose = "The answer" if best == said["strategy"] else f"The best {label(said['strategy'])}"
    everything = f"everything{' at its best rate' if rates else ''}"
    chances = [
        (f"loses at most {said['tolerance']:g} points to the best", said["within"]),
        ("is itself the best", said["chance"]),
        ("beats the linear probe", said["beats_probe"]),
        (f"beats {everything}", said["beats_everything"]),
    ]
    *told, last = (f"{what} with probability {chance_words(value)}" for what, value in chances if value is not None)
    listed = f"{', '.join(told)} and {last}" if told else last
    sentences = [
        ended,
        f"{whose} is expected to lose {_losses(said)} to the best of {said['arms']} arms.",
        f"It {listed}.",
        "All of this is of its mean over seeds, a few of which may collapse.",
    ]
    if said["alike"] > 1:
        sentences.append(
            f"{said['alike']} arms can't be told apart from the best {label(said['strategy'])} (expected loss at most "
            f"{said['tolerance']:g} points); of these the one with the fewest parameters is chosen."
        )
    if said["loss_on_other_images"] is None:
        sentences.append("The noise of the validation images is not in these numbers.")
    return sentences


def _losses(said: SearchSaid) -> str:
    ours = f"{said['expected_loss']:.2f} points of accuracy on the validation images"
    other = said["loss_on_other_images"]
    return ours if other is None else f"{ours}, and {other:.2f} on other images,"


def ended_words(found: Mapping[str, RoundsScores], backbone: str, title: str) -> list[str]:
    """Say what ended the search of a backbone; nothing where it was none by rounds."""
    if backbone not in found:
        return []
    scores = found[backbone]
    last = scores.rounds[-1].expected_loss
    loss = "" if last is None else f", with an expected loss of {last:.2f} points"
    return [
        f"{title}: {scores.trainings} of at most {scores.budget} trainings beside the baselines, in "
        f"{rounds_words(len(scores.rounds) - 1)}; the search ended{loss}, as {ENDED[scores.ended]}."
    ]
