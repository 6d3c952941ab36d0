"""The levels that runs of the factor study have: one cell for each combination that is trained."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from ..files.layers import Layer
from ..settings.factor import OWN, Factor, text
from ..settings.model import Settings
from ..settings.varied import VARIED
from .arms import Arm
from .names import GRID

STRATEGIES = ("baseline1", "baseline2", "bw")
"""What every level is trained with: nothing unfrozen, everything, the best block of the study's search."""


@dataclass(frozen=True)
class Cell:
    """One level of one factor, the other factors as they stand beside it; in a grid a combination of levels.

    Attributes:
        factor: whose level it is, or `grid`.
        level: in words.
        value: as a number, None where there is none.
        reference: whether this level is the study's own, so that its runs are the same under every factor.
        at: by factor the level of its runs; not of factors whose levels are arms.
    """

    factor: str
    level: str
    value: float | None
    reference: bool
    at: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the cell as plans list it."""
        named = {name: getattr(self, name) for name in ("factor", "level", "value", "reference")}
        return {**named, **self.at}


def cells(settings: Settings, arm: Arm, layers: Sequence[Layer] | None, others: tuple[str, ...] = ()) -> list[Cell]:
    """Return the cells of an arm.

    Args:
        settings: the study's.
        arm: its images and weights.
        layers: the backbone's; factors that mean nothing to them are left out. None while they are not known.
        others: the factors whose levels are arms, as far as other arms have some; the own arm then has their reference
            level.
    """
    within = [factor for factor in VARIED.values() if not factor.in_arms]
    own = Cell("", "", None, True, {factor.key: factor.own(settings) for factor in within})
    grid = settings.factors.design == GRID
    crossed = [factor for factor in within if factor.crossed] if grid else []
    if arm.factor != OWN and not (grid and VARIED[arm.factor].crossed):
        return [replace(own, factor=arm.factor, level=arm.level, value=arm.value, reference=False)]
    found = _grid(settings, arm, own, crossed, layers) if grid else []
    if arm.factor != OWN:
        return found
    # Those that a grid leaves alone come last here, too
    for factor in sorted(within, key=lambda factor: not factor.crossed):
        if factor not in crossed and (layers is None or factor.applies(settings, layers)):
            found += _levels(settings, own, factor)
    alone = [name for name in others if not (grid and VARIED[name].crossed)]
    return [*found, *(replace(own, factor=name, level=OWN) for name in alone)]


def _levels(settings: Settings, own: Cell, factor: Factor) -> Iterator[Cell]:
    for level in factor.swept(settings):
        yield Cell(
            factor.key,
            text(level),
            float(level) if factor.axis and not isinstance(level, str) else None,
            level == factor.reference(settings),
            {**own.at, **factor.at(settings, level)},
        )


def _grid(
    settings: Settings, arm: Arm, own: Cell, crossed: Sequence[Factor], layers: Sequence[Layer] | None
) -> list[Cell]:
    """All levels of the factors crossed, also where a level of one stands for another's own."""
    levels = [
        (factor.asked(settings) if layers is None or factor.applies(settings, layers) else []) or [factor.own(settings)]
        for factor in crossed
    ]
    found = []
    for combination in product(*levels):
        at = {**own.at, **dict(zip([factor.key for factor in crossed], combination, strict=True))}
        level = f"{arm.level}: {', '.join(map(text, combination))}"
        found.append(Cell(GRID, level, None, arm.factor == OWN and at == own.at, at))
    return found
