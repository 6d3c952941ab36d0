"""One search, replayed: a method asks for trainings, and a table of arms answers instead of training them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from ..errors import BlocktuneError
from ..files.plan import ScoredImages
from ..search.arm_table import Table, TableError
from ..search.method import Known, SearchMethod, Seen, Training, answered_by, asked_by

_MOST_QUESTIONS = 10_000


@dataclass(frozen=True)
class Played:
    """What a replayed search came to.

    Attributes:
        answer: index of the arm that it answers with.
        seconds: processor seconds of its trainings and scores; the answer's own training is among them.
        trainings: how many there are, resumed ones counted once.
        epochs: epochs of all trainings together.
        known: what it knew at the end.
    """

    answer: int
    seconds: float
    trainings: int
    epochs: int
    known: Known


class Player:
    """A table as methods see it.

    Args:
        table: a whole one: every arm with every seed.

    Raises:
        BlocktuneError: a training is missing.
    """

    def __init__(self, table: Table) -> None:
        missing = np.argwhere(~table.trained())
        if len(missing):
            arm, seed = missing[0]
            raise BlocktuneError(
                f"{table.cell}: {len(missing)} trainings are missing, the first is {table.arms[arm].name} with seed "
                f"{table.seeds[seed]}: searches are replayed on whole tables alone"
            )
        self.table = table
        self._seen_of = cache(partial(_seen, table))

    def play(
        self,
        name: str,
        method: SearchMethod,
        seeds: Sequence[int],
        budget: float | None = None,
        draw: int = 0,
        given: Sequence[Training] = (),
    ) -> Played:
        """Let a method search.

        Args:
            name: of the method, for messages.
            method: the method.
            seeds: what it may train with.
            budget: in whole trainings, for methods that take one.
            draw: number of this search among several.
            given: what is trained in any case and known from the start: no part of the budget, but of the price.

        Raises:
            BlocktuneError: the method asks for what there is not, or scores are needed that the table does not hold.
        """
        table, scored = self.table, set[str]()
        known = self._known(seeds, budget, draw, scored)
        seen = {(one.arm, one.seed): self._seen_of(one) for one in given}
        prices = {(one.arm, one.seed): self._price(one, {}) for one in given}
        known = replace(known, seen=seen, given=frozenset(seen))
        for _ in range(_MOST_QUESTIONS):
            asked = asked_by(name, method, known)
            if not asked:
                break
            seen = dict(known.seen)
            for one in asked:
                prices[one.arm, one.seed] = prices.get((one.arm, one.seed), 0.0) + self._price(one, known.seen)
                seen[one.arm, one.seed] = self._seen_of(one)
            known = replace(known, seen=seen)
        else:
            raise BlocktuneError(f"{name}: still asks for trainings after {_MOST_QUESTIONS} questions")
        answer = answered_by(name, method, known)
        seconds = sum(prices.values()) + sum(table.scores_price(scorer, seeds[0]) for scorer in scored)
        if not any(known.seen[arm, seed].whole for arm, seed in known.seen if arm == answer):
            seconds += self._price(Training(answer, seeds[0], table.epochs), known.seen)
        epochs = sum(seen.epochs for seen in known.seen.values())
        return Played(answer, seconds, len(known.seen), epochs, known)

    def _known(self, seeds: Sequence[int], budget: float | None, draw: int, scored: set[str]) -> Known:
        """What a method knows before it begins; the scorers that it asks for are added to `scored`."""
        table, about = self.table, self.table.about
        return Known(
            arms=table.arms,
            seeds=tuple(seeds),
            epochs=table.epochs,
            validated=table.validated,
            counts=about["counts"],
            choose_by=about["choose_by"],
            scored=ScoredImages(about["images"]["validation"], about["largest_class"]),
            seen={},
            scores_of=lambda scorer: self._scores(scorer, seeds[0], scored),
            budget=budget,
            draw=draw,
            dataset=about["dataset"],
        )

    def _scores(self, scorer: str, seed: int, scored: set[str]) -> np.ndarray:
        try:
            found = self.table.scores(scorer, seed)
        except TableError as error:
            raise BlocktuneError(f"{error}, so {scorer} can't be replayed") from None
        scored.add(scorer)
        return found

    def _price(self, one: Training, seen: Mapping[tuple[int, int], Seen]) -> float:
        """What a training costs until then; one that is resumed is built anew."""
        arm, before = self.table.arms[one.arm], seen.get((one.arm, one.seed))
        whole = self.table.price(arm, one.seed, one.epochs)
        if before is None:
            return whole
        return whole - self.table.price(arm, one.seed, before.epochs) + self.table.start(arm, one.seed)


def _seen(table: Table, one: Training) -> Seen:
    arm, whole = table.arms[one.arm], one.epochs == table.epochs
    curve = table.curve(arm, one.seed)
    came_to = table.epochs if not table.diverged(arm, one.seed) else int(max(curve.epochs, default=0))
    epochs = min(one.epochs, came_to)
    places = {int(epoch): place for place, epoch in enumerate(curve.epochs)}

    def by_epoch(values: np.ndarray) -> tuple[float | None, ...]:
        return tuple(float(values[places[epoch]]) if epoch in places else None for epoch in range(1, epochs + 1))

    loss = table.loss(arm, one.seed)
    # Weights that are no numbers are found at a training's end
    diverged = epochs < one.epochs or (whole and table.diverged(arm, one.seed))
    right = table.right(arm, one.seed) if whole and not diverged and table.says_which("validation") else None
    return Seen(
        accuracies=by_epoch(curve.accuracy),
        losses=by_epoch(curve.loss),
        whole=whole and not diverged,
        diverged=diverged,
        loss=None if not whole or np.isnan(loss) else loss,
        right=right,
    )
