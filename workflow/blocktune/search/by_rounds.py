"""A search that trains whole candidates round by round, in a study: what its runs say to its method (`search.askers`).

The baselines of the search's plan are trained in any case. Those that are arms are known to the method from the start,
and no part of its budget.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, NoReturn

import numpy as np

from ..candidates.candidate import Candidate, planned
from ..candidates.recipe import Recipe
from ..errors import BlocktuneError
from ..files.layers import LayerTable
from ..files.plan import Ended, Plan, PlannedCandidate, SearchState
from ..files.record import RunRecord
from ..runs.history import read_history, validation_right
from ..settings.model import MOST_REPEATS, Settings
from .arms import arm_key, arms_of, listed
from .askers import asker_named
from .evidence import scored_by
from .method import Known, Seen, Training, answered_by, asked_by
from .ranking import loss_that_ranks


class Trained(NamedTuple):
    """A training of an arm.

    Attributes:
        run: its id.
        round: that asked for it; 0 for one that is trained in any case.
        record: what it came to.
    """

    run: str
    round: int
    record: RunRecord


class RoundSearch:
    """A backbone's search by rounds as far as it is trained.

    Attributes:
        plan: the search's plan.
        table: the backbone's layers.
        settings: the study's.
        rounds: plans of the rounds that are trained, in order.
        arms: by layers and learning rate, in search order.
        trained: every training of an arm, by arm and seed.
    """

    def __init__(
        self,
        plan: Plan,
        table: LayerTable,
        settings: Settings,
        rounds: Sequence[Plan],
        records: Mapping[str, RunRecord],
    ) -> None:
        """Look at what is trained: `records` are those of all runs of the search's plan and the rounds, by run.

        Raises:
            BlocktuneError: a run has no record, or lacks what ranks it.
        """
        self.plan, self.table, self.settings, self.rounds = plan, table, settings, rounds
        self.arms = arms_of(plan, table, settings.search.delimiters)
        self._entries: dict[int, list[PlannedCandidate]] = {}
        for entry, key in listed(plan):
            self._entries.setdefault(self.arms[key].index, []).append(entry)
        self.trained = dict(self._all_trained(records))
        self._seen = {place: self._seen_of(trained) for place, trained in self.trained.items()}
        self._probes = {run: records[run] for run, spec in plan.runs.items() if spec.is_probe and run in records}
        self._method = asker_named(settings.search.method)

    @property
    def seed(self) -> int:
        """The study's seed in this repeat."""
        return self.plan.runs[self.run_of(0)].seed

    def run_of(self, arm: int) -> str:
        """Return the run that trains an arm with the study's seed."""
        return self._entries[arm][0].run

    @cached_property
    def known(self) -> Known:
        """What the method may look at now."""
        return self.after(len(self.rounds))

    def after(self, rounds: int) -> Known:
        """Return what the method might look at after so many rounds."""
        search, training = self.settings.search, self.settings.training
        mine = {place: trained for place, trained in self.trained.items() if trained.round <= rounds}
        return Known(
            arms=list(self.arms.values()),
            # Those between are the seeds of repeats, and of the winners that are trained once more (`unseen`)
            seeds=(self.seed, *(self.seed + more * MOST_REPEATS for more in range(2, search.seeds + 1))),
            epochs=training.epochs,
            # No schedule is cut off: trainings pause nowhere
            validated=(training.epochs,),
            counts=training.counts,
            choose_by=self.settings.evaluation.choose_by,
            scored=scored_by(self.plan),
            seen={place: self._seen[place] for place in mine},
            scores_of=self._no_scores,
            budget=search.budget,
            draw=self.seed,
            tolerance=search.tolerance,
            given=frozenset(place for place, trained in mine.items() if not trained.round),
            dataset=self.settings.data.name,
        )

    def ask(self) -> list[Training]:
        """Return the next round's trainings; none ends the search."""
        search = self.settings.search
        left = search.budget - self.known.spent
        return asked_by(search.method, self._method, self.known)[:left] if left > 0 else []

    def answer(self, known: Known) -> int:
        """Return the arm that the method answers with, by its index."""
        return answered_by(self.settings.search.method, self._method, known)

    def expected_loss(self, known: Known) -> float | None:
        """Return the points that this arm is expected to lose to the best one; None as long as everything diverged."""
        return known.belief.expected_loss(self.answer(known)) if known.usable else None

    def state(self, asked: Sequence[Training] = ()) -> SearchState:
        """Return where the search stands, given what it asks for now."""
        search, loss = self.settings.search, self.expected_loss(self.known)
        sure = self._method.takes_tolerance and loss is not None and loss <= search.tolerance
        ended: Ended = "budget" if self.known.spent >= search.budget else "tolerance" if sure else "method"
        return SearchState(self.known.spent, search.budget, loss, None if asked else ended)

    def candidates(self, asked: Iterable[Training]) -> list[Candidate]:
        """Return what trains that: under all names that an arm has."""
        rates = {arm.index: rate for (_, rate), arm in self.arms.items()}
        return [
            planned(entry, Recipe(learning_rate=rates[one.arm], seed=one.seed))
            for one in sorted(asked)
            for entry in self._entries[one.arm]
        ]

    @property
    def probe(self) -> float | None:
        """What the linear probe is worth, in units of the arms; None where the search trained none."""
        for run, record in self._probes.items():
            if not record["metrics"]["diverged"]:
                if self.settings.evaluation.choose_by == "accuracy":
                    return record["metrics"]["last_accuracy"]
                loss = loss_that_ranks(record, run, self.plan.backbone, "loss")
                return None if loss is None else -loss
        return None

    @property
    def probe_right(self) -> np.ndarray | None:
        """Which validation images the linear probe classifies rightly; None if that is not known."""
        records = [record for record in self._probes.values() if not record["metrics"]["diverged"]]
        return validation_right(records[0]) if records else None

    def _all_trained(self, records: Mapping[str, RunRecord]) -> Iterator[tuple[tuple[int, int], Trained]]:
        for number, plan in enumerate([self.plan, *self.rounds]):
            for run in sorted(plan.trained_runs):
                spec = plan.runs[run]
                arm = self.arms.get(key) if (key := arm_key(spec)) else None
                # Random layers train one set of layers, too
                if arm is None:
                    continue
                if run not in records:
                    raise BlocktuneError(f"run {run} of {plan.backbone} ({plan.stage}) has not been trained")
                yield (arm.index, spec.seed), Trained(run, number, records[run])

    def _seen_of(self, trained: Trained) -> Seen:
        run, _, record = trained
        epochs, diverged = read_history(record["history"], record["run"]), record["metrics"]["diverged"]
        return Seen(
            accuracies=tuple(epoch.val_accuracy for epoch in epochs),
            losses=tuple(epoch.val_loss for epoch in epochs),
            whole=not diverged,
            diverged=diverged,
            loss=loss_that_ranks(record, run, self.plan.backbone, self.settings.evaluation.choose_by),
            right=None if diverged else validation_right(record),
        )

    def _no_scores(self, scorer: str) -> NoReturn:
        method = self.settings.search.method
        raise BlocktuneError(f"search.method {method} asks for scores of {scorer}, but in a study it has none")
