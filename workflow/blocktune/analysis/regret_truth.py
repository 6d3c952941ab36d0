"""The truth on the winners of searches: what the other seeds of the same backbone came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..candidates.searched import SEARCHED
from ..errors import BlocktuneError
from ..search.ranking import ScoredRow
from .claims import ExhaustiveMap


@dataclass(frozen=True)
class Truth:
    """One strategy of one backbone, as it scores winners that one seed chose.

    Attributes:
        candidates: their numbers, in search order.
        unseen: mean accuracy over the other seeds; over the only one where there is no other.
        oracle: place of the candidate that is best over all seeds.
    """

    candidates: list[int]
    unseen: np.ndarray
    oracle: int


Truths = Mapping[tuple[str, int], tuple[ExhaustiveMap, Mapping[str, Truth]]]


def seeds_of(maps: Sequence[ExhaustiveMap], backbone: str) -> list[ExhaustiveMap]:
    """Return the maps of a backbone, one of each seed."""
    return [entry for entry in maps if entry.backbone == backbone]


def truths_of(maps: Sequence[ExhaustiveMap]) -> Truths:
    """Return every map with the truth, by strategy, on what its seed chooses.

    Raises:
        BlocktuneError: a map is given twice or has no cost, or seeds have different candidates.
    """
    found: dict[tuple[str, int], tuple[ExhaustiveMap, dict[str, Truth]]] = {}
    for entry in maps:
        where = f"the exhaustive map of {entry.backbone} with seed {entry.seed}"
        if (entry.backbone, entry.seed) in found:
            raise BlocktuneError(f"{where} is given twice")
        if not (entry.cpu_seconds > 0 and entry.epochs > 0):
            raise BlocktuneError(f"{where} has no cost: {entry.cpu_seconds} CPU seconds, {entry.epochs} epochs")
        ours = seeds_of(maps, entry.backbone)
        by_strategy = {name: _truth(entry, ours, name) for name in SEARCHED}
        found[entry.backbone, entry.seed] = entry, {name: one for name, one in by_strategy.items() if one is not None}
    return found


def _truth(entry: ExhaustiveMap, ours: Sequence[ExhaustiveMap], strategy: str) -> Truth | None:
    """The truth on a strategy; None where it was not searched, or nothing of it was trained without diverging."""
    columns = {}
    for one in ours:
        mine = sorted((row for row in one.rows if row["strategy"] == strategy), key=lambda row: row["candidate"])
        columns[one.seed] = {row["candidate"]: accuracy_of(row) for row in mine}
    candidates = list(columns[entry.seed])
    if other := next((one for one in ours if list(columns[one.seed]) != candidates), None):
        raise BlocktuneError(
            f"{entry.backbone}: seeds {entry.seed} and {other.seed} have different candidates of {strategy}"
        )
    everything = np.array([list(column.values()) for column in columns.values()])
    if not everything.size or not everything.any():
        return None
    others = [place for place, seed in enumerate(columns) if seed != entry.seed]
    unseen = everything[others or slice(None)].mean(axis=0)
    return Truth(candidates, unseen, int(np.argmax(everything.mean(axis=0))))


def accuracy_of(row: ScoredRow) -> float:
    """Return a run's accuracy; one that diverged classifies nothing rightly."""
    return 0.0 if row["diverged"] or row["accuracy"] is None else float(row["accuracy"])
