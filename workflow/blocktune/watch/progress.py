"""A study at one moment, as plain data."""

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
class Progress:
    """A study at one moment.

    Attributes:
        state: `planning`, `running`, `finished` or `stopped`.
        seconds_left: at the present number of runs at once, from what was measured; None if nothing runs.
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
    running: list[dict[str, Any]]
    failed: list[Failure]
    seconds_left: float | None
    measured_runs: int
    slots: int
    slots_in_use: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        content = asdict(self)
        content["runs"]["waiting"] = self.runs.waiting
        for described, entry in zip(content["backbones"], self.backbones, strict=True):
            described["runs"]["waiting"] = entry.runs.waiting
        return content
