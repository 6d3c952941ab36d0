"""The arms of a plan: what a search chooses among, and what a table of arms holds."""

from collections.abc import Iterator, Sequence

from ..candidates.strategies import blocks
from ..files.layers import LayerTable
from ..files.plan import Plan, PlannedCandidate
from ..files.spec import RunSpec
from .arm_table import Arm

Key = tuple[tuple[int, ...], float]
"""What an arm is: its layers and its learning rate."""


def arms_of(plan: Plan, layers: LayerTable, delimiters: str | Sequence[str]) -> dict[Key, Arm]:
    """Return a plan's arms, in search order; what several strategies list is one arm."""
    cut = blocks(layers.layers, delimiters)
    # Strategies count from the head, arms from the input
    number_of = {index: len(cut) + 1 - block.number for block in cut for index in block.layers}
    found: dict[Key, list[PlannedCandidate]] = {}
    for entry, key in listed(plan):
        found.setdefault(key, []).append(entry)
    one_rate = len({rate for _, rate in found}) == 1
    arms = {}
    for (unfrozen, rate), entries in found.items():
        inside = [number_of[index] for index in unfrozen]
        arms[unfrozen, rate] = Arm(
            index=len(arms),
            names=tuple((entry.strategy, entry.candidate) for entry in entries),
            layers=unfrozen,
            first=entries[0].first,
            last=entries[0].last,
            blocks=(min(inside), max(inside)) if inside else None,
            rate=None if one_rate else rate,
            parameters=entries[0].parameters,
        )
    return arms


def listed(plan: Plan) -> Iterator[tuple[PlannedCandidate, Key]]:
    """Yield a plan's candidates that train one set of layers at one rate; random layers are compared with, not chosen.

    A probe trains nothing.
    """
    for entry in plan.candidates:
        key = arm_key(plan.runs[entry.run])
        if key is not None and not entry.strategy.startswith("random"):
            yield entry, key


def arm_key(spec: RunSpec) -> Key | None:
    """Return which arm a run trains; None for one that trains no set of layers at one rate."""
    if spec.is_probe or spec.phases is not None or spec.rates is not None or spec.lora is not None:
        return None
    return spec.unfrozen, spec.training["learning_rate"]
