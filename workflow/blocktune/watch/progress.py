"""A study at one moment, as plain data."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from ..gpus.slots import Holder
from ..runs.estimate import Range
from .failures import Failure


@dataclass
class Tally:
    """How many runs are in which state."""

    planned: int = 0
    done: int = 0
    running: int = 0
    failed: int = 0

    def add(self, state: str) -> None:
        """Count one run."""
        self.planned += 1
        if state != "waiting":
            setattr(self, state, getattr(self, state) + 1)

    @classmethod
    def of(cls, states: Iterable[str]) -> "Tally":
        """Count runs by their states."""
        tally = cls()
        for state in states:
            tally.add(state)
        return tally

    @property
    def waiting(self) -> int:
        """Runs that are planned and neither done, running nor failed."""
        return self.planned - self.done - self.running - self.failed


@dataclass
class BackboneProgress:
    """One backbone: its runs, and how many of each strategy's candidates they settle, in the search and at the end.

    Attributes:
        backbone: the key of its files; in a study with repeats there is one entry for each.
        planned: stages whose runs are known.
        runs: those of the planned stages. In halving a run counts once in every round that trains it, so that what is
            done stays done.
        to_be_planned: how many runs the other stages will add; None before anything is planned.
        training_seconds_left: what its runs still take one after the other; None before anything is planned.
        search: of a search by rounds: where it stands, in words; empty before its first round is planned.
    """

    backbone: str
    title: str
    planned: list[str] = field(default_factory=list)
    runs: Tally = field(default_factory=Tally)
    to_be_planned: Range | None = None
    strategies: dict[str, Tally] = field(default_factory=dict)
    final: dict[str, Tally] = field(default_factory=dict)
    training_seconds_left: Range | None = None
    search: str = ""


@dataclass
class Requested:
    """What was asked for beside the study itself: the factor study, the audit of pixel ranges.

    Attributes:
        runs: those that it needs; what it shares with the study counts in both.
        training_seconds_left: what its runs still take one after the other.
    """

    what: str
    runs: Tally
    training_seconds_left: float


@dataclass
class Running:
    """A run that trains now.

    Attributes:
        run: its id.
        since: in seconds since 1970.
    """

    run: str
    since: float


@dataclass
class Progress:
    """A study at one moment.

    Attributes:
        runs: of the study itself.
        requested: what was planned on request beside it.
        state: `planning`, `running`, `finished` or `stopped`.
        measured_runs: finished runs that the time left was reckoned from.
        slots: trainings that the GPUs have room for; 0 where there are none to share.
        slots_in_use: the holders, of all studies of this user.
    """

    study: str
    folder: str
    store: str
    state: str
    started: float | None
    ended: float | None
    runs: Tally
    backbones: list[BackboneProgress]
    requested: list[Requested]
    running: list[Running]
    failed: list[Failure]
    measured_runs: int
    slots: int
    slots_in_use: list[Holder]

    @property
    def total(self) -> Range | None:
        """How many runs the study itself will have trained when it ends; None before all backbones are planned."""
        later = [entry.to_be_planned for entry in self.backbones]
        if None in later:
            return None
        return Range.total([Range(self.runs.planned, self.runs.planned), *later])

    @property
    def training_seconds_left(self) -> Range | None:
        """What is still to train, one run after the other: the study's runs, after these what was asked for beside it.

        None before the study's runs are known.
        """
        left = [entry.training_seconds_left for entry in self.backbones]
        if None in left or not self.runs.planned:
            return None
        of_study = Range.total(left)
        beside = sum(entry.training_seconds_left for entry in self.requested)
        return of_study if of_study.most else Range(beside, beside)

    @property
    def seconds_left(self) -> Range | None:
        """The same at the present number of runs at once; None if nothing runs."""
        left = self.training_seconds_left
        if not self.running or left is None:
            return None
        return Range(left.least / len(self.running), left.most / len(self.running))

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        content = asdict(self)
        content |= {"seconds_left": self.seconds_left, "training_seconds_left": self.training_seconds_left}
        content["runs"] |= {"waiting": self.runs.waiting, "total": self.total and list(self.total)}
        described = [*content["backbones"], *content["requested"]]
        for part, entry in zip(described, [*self.backbones, *self.requested], strict=True):
            part["runs"]["waiting"] = entry.runs.waiting
        return content
