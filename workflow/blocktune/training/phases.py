"""The phases of a run: consecutive epochs in which the same layers train; most runs have one."""

from dataclasses import dataclass

from ..files.spec import RunSpec


@dataclass(frozen=True)
class PlacedPhase:
    """Part of a run.

    Attributes:
        first: epochs before it.
        last: epochs by its end.
        unfrozen: indices of the layers that train in it.
        moved: indices of those that have trained by its end: what lies below all of them is as it was.
    """

    first: int
    last: int
    unfrozen: tuple[int, ...]
    moved: tuple[int, ...]


def phases_of(spec: RunSpec) -> list[PlacedPhase]:
    """Return a run's phases in order."""
    if spec.phases is None:
        return [PlacedPhase(0, spec.training["epochs"], spec.unfrozen, spec.unfrozen)]
    found: list[PlacedPhase] = []
    first, moved = 0, set[int]()
    for epochs, unfrozen in spec.phases:
        moved |= set(unfrozen)
        found.append(PlacedPhase(first, first + epochs, unfrozen, tuple(sorted(moved))))
        first += epochs
    return found


def phases_left(spec: RunSpec, done: int) -> list[PlacedPhase]:
    """Return the phases that a resumed run has to build: that of its last finished epoch and what follows."""
    return [phase for phase in phases_of(spec) if phase.last >= done]
