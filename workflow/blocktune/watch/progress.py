"""A study at one moment, as plain data."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

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
        training_seconds_left: what its runs still take one after the other; None before anything is planned.
    """

    backbone: str
    title: str
    planned: list[str] = field(default_factory=list)
    runs: Tally = field(default_factory=Tally)
    strategies: dict[str, Tally] = field(default_factory=dict)
    final: dict[str, Tally] = field(default_factory=dict)
    training_seconds_left: float | None = None


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
    running: list[dict[str, Any]]
    failed: list[Failure]
    measured_runs: int
    slots: int
    slots_in_use: list[dict[str, Any]]

    @property
    def training_seconds_left(self) -> float | None:
        """What is still to train, one run after the other: the study's runs, after these what was asked for beside it.

        None before the study's runs are known.
        """
        left = [entry.training_seconds_left for entry in self.backbones]
        if None in left or not self.runs.planned:
            return None
        return sum(left) or sum(entry.training_seconds_left for entry in self.requested)

    @property
    def seconds_left(self) -> float | None:
        """The same at the present number of runs at once; None if nothing runs."""
        left = self.training_seconds_left
        return left / len(self.running) if self.running and left is not None else None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        content = asdict(self)
        content |= {"seconds_left": self.seconds_left, "training_seconds_left": self.training_seconds_left}
        content["runs"]["waiting"] = self.runs.waiting
        described = [*content["backbones"], *content["requested"]]
        for part, entry in zip(described, [*self.backbones, *self.requested], strict=True):
            part["runs"]["waiting"] = entry.runs.waiting
        return content
