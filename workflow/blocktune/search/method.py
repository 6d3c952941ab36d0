"""What a search method is: it asks for trainings, is told what they came to, and answers with one arm.

A method keeps nothing between two questions: what it asks for follows from what is known. So a search that was
interrupted resumes from its finished trainings, and a replay on a table of arms asks the same questions.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np

from ..errors import BlocktuneError
from ..files.plan import ScoredImages
from ..settings.search import Search
from .arm_table import Arm
from .belief import Belief, believe

BUDGET, TOLERANCE = (Search.model_fields[name].default for name in ("budget", "tolerance"))
"""What `search.budget` and `search.tolerance` are unless they are given."""


class Training(NamedTuple):
    """What a method asks for: an arm, by its index, trained with a seed until the end of an epoch."""

    arm: int
    seed: int
    epochs: int


@dataclass(frozen=True)
class Seen:
    """What is known of a training so far.

    Attributes:
        accuracies: validation accuracy after each epoch; None after one that was not scored. A training that diverged
            has fewer epochs than were asked for.
        losses: validation loss, likewise.
        whole: whether it was trained to its end.
        diverged: whether it left the numbers.
        loss: of a whole training: the validation loss after temperature scaling, None if unknown.
        right: of a whole training: which validation images it classifies rightly, None if unknown.
    """

    accuracies: tuple[float | None, ...]
    losses: tuple[float | None, ...]
    whole: bool
    diverged: bool
    loss: float | None = None
    right: np.ndarray | None = None

    @property
    def epochs(self) -> int:
        """How many epochs it has behind it."""
        return len(self.accuracies)


@dataclass(frozen=True)
class Known:
    """All that a method may look at.

    Attributes:
        arms: what it chooses among.
        seeds: seeds that it may train with.
        epochs: of a whole training.
        validated: epochs after which the validation images are scored: where trainings may pause.
        counts: `last` or `best`: which epoch's accuracy is a training's score.
        choose_by: `accuracy` or `loss`: what ranks whole trainings.
        scored: the validation images.
        seen: what trainings came to so far, by arm and seed.
        scores_of: gives a scorer's scores of all arms (higher is better, NaN for none).
        budget: in whole trainings, for methods that take one.
        draw: number of this search among several that differ by noise alone.
        tolerance: points of accuracy that the answer may be expected to lose, for methods that end by that.
        given: those of what was seen that the search did not ask for: they are no part of its budget.
        dataset: name of the data set: what is usual (`search.usual`) is learned from others.
    """

    arms: Sequence[Arm]
    seeds: Sequence[int]
    epochs: int
    validated: Sequence[int]
    counts: str
    choose_by: str
    scored: ScoredImages
    seen: Mapping[tuple[int, int], Seen]
    scores_of: Callable[[str], np.ndarray]
    budget: float | None = None
    draw: int = 0
    tolerance: float = TOLERANCE
    given: frozenset[tuple[int, int]] = frozenset()
    dataset: str | None = None

    @property
    def spent(self) -> int:
        """How many trainings the search has asked for."""
        return len(self.seen) - len(self.given)

    @property
    def usable(self) -> bool:
        """Whether any training did not diverge."""
        return any(not seen.diverged for seen in self.seen.values())

    def answers(self) -> list[int]:
        """Return the arms that can be an answer: their model, that of the first seed, did not diverge.

        If there is none, those whose other seeds did not.
        """
        usable = sorted(place for place, seen in self.seen.items() if not seen.diverged)
        return sorted({arm for arm, seed in usable if seed == self.seeds[0]} or {arm for arm, _ in usable})

    @cached_property
    def belief(self) -> Belief:
        """What follows from it for every arm (`search.belief`), where anything is `usable`."""
        return believe(self)

    def worth(self, arm: int, seed: int) -> float:
        """Return what ranks a training, higher is better: as the study chooses; before its end by its latest epoch."""
        seen = self.seen[arm, seed]
        accuracies = [value for value in seen.accuracies if value is not None]
        losses = [value for value in seen.losses if value is not None]
        if seen.diverged or not accuracies:
            return -math.inf
        if self.choose_by == "loss":
            return -(losses[-1] if seen.loss is None else seen.loss)
        return max(accuracies) if self.counts == "best" else accuracies[-1]

    def best(self, arms: Iterable[int] | None = None) -> int:
        """Return the arm whose trainings are worth most on an average; equals go to the search order.

        Trainings of different lengths are never compared: those that came farthest count alone. One that diverged is
        worth nothing.

        Args:
            arms: among which, by index; all of them if left out.

        Raises:
            BlocktuneError: none of them was trained.
        """
        among = {arm.index for arm in self.arms} if arms is None else set(arms)
        mine = {place: seen for place, seen in self.seen.items() if place[0] in among}
        if not mine:
            raise BlocktuneError(
                "a search method asks for the best arm, but nothing was trained of those that it means"
            )
        farthest = max(seen.epochs for seen in mine.values())
        found: dict[int, list[float]] = {}
        for (arm, seed), seen in sorted(mine.items(), key=lambda item: item[0]):
            if seen.epochs == farthest or seen.diverged:
                found.setdefault(arm, []).append(self.worth(arm, seed))
        return max(found, key=lambda arm: float(np.mean(found[arm])))

    def not_yet(self, wanted: Iterable[Training]) -> list[Training]:
        """Return those trainings that are not known to have come so far; one that diverged goes no farther."""
        seen = self.seen
        return [
            one
            for one in wanted
            if (one.arm, one.seed) not in seen
            or not (seen[one.arm, one.seed].diverged or seen[one.arm, one.seed].epochs >= one.epochs)
        ]


_NEEDED = "a list of Training(arm, seed, epochs)"


class SearchMethod(ABC):
    """A way to find the best arm.

    Attributes:
        about: what it does, in a few words.
        takes_budget: whether `Known.budget` changes what it asks for.
        takes_seeds: whether it trains with all of `Known.seeds`, not with the first alone.
        takes_tolerance: whether it ends when its answer is expected to lose less than `Known.tolerance`.
    """

    about: ClassVar[str] = ""
    takes_budget: ClassVar[bool] = False
    takes_seeds: ClassVar[bool] = True
    takes_tolerance: ClassVar[bool] = False

    @abstractmethod
    def ask(self, known: Known) -> list[Training]:
        """Return what to train next, all of which may run at once; nothing ends the search."""

    def answer(self, known: Known) -> int:
        """Return the index of the arm that the search found, once it asks for nothing more: the best that is known."""
        return known.best()


def asked_by(name: str, method: SearchMethod, known: Known) -> list[Training]:
    """Return what a method asks for that is not known yet; of two pauses of one training the farther one.

    Raises:
        BlocktuneError: it returns no list, or asks for what there is not, or only for what it has seen.
    """
    asked: dict[tuple[int, int], Training] = {}
    answered = method.ask(known)
    if not isinstance(answered, Iterable):
        raise BlocktuneError(f"{name}: ask returns {answered!r}; {_NEEDED} is needed, an empty one ends the search")
    for given in answered:
        try:
            one = Training(*given)
        except TypeError:
            raise BlocktuneError(f"{name}: asks for {given!r}; (arm, seed, epochs) is needed") from None
        where = f"{name}: asks for arm {one.arm} with seed {one.seed} until epoch {one.epochs}"
        if one.arm not in range(len(known.arms)):
            raise BlocktuneError(f"{where}, but there are arms 0 to {len(known.arms) - 1}")
        if one.seed not in known.seeds:
            raise BlocktuneError(f"{where}, but it may train with {', '.join(map(str, known.seeds))}")
        if one.epochs not in known.validated:
            raise BlocktuneError(f"{where}, but trainings can pause after {', '.join(map(str, known.validated))}")
        asked[one.arm, one.seed] = max(one, asked.get((one.arm, one.seed), one))
    new = known.not_yet(asked.values())
    if asked and not new:
        raise BlocktuneError(
            f"{name}: asks again for what it has seen, and for nothing else; leave these out with known.not_yet(...)"
        )
    return new


def answered_by(name: str, method: SearchMethod, known: Known) -> int:
    """Return the arm that a method answers with, by its index.

    Raises:
        BlocktuneError: there is no such arm.
    """
    try:
        answer = method.answer(known)
    except BlocktuneError as error:
        if known.seen:
            raise
        raise BlocktuneError(
            f"{name}: ask returns no training at once, where {_NEEDED} is needed; so there is no answer ({error})"
        ) from None
    if not (isinstance(answer, int | np.integer) and 0 <= answer < len(known.arms)):
        raise BlocktuneError(f"{name}: answers {answer!r}; an arm's index, 0 to {len(known.arms) - 1}, is needed")
    return int(answer)
