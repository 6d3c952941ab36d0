"""The levels that runs of the factor study have: one cell for each combination that is trained."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

from ..settings.model import Settings
from .arms import OWN, Arm

STRATEGIES = ("baseline1", "baseline2", "bw")
"""What every level is trained with: nothing unfrozen, everything, the best block of the study's search."""

Photographs = int | Literal["all"]


@dataclass(frozen=True)
class Cell:
    """One level of one factor, the other factors as they stand beside it; in a grid a combination of levels.

    Attributes:
        factor: whose level it is, or `grid`.
        level: in words.
        value: as a number, None where there is none.
        reference: whether this level is the study's own, so that its runs are the same under every factor.
        learning_rate: the optimizer's first one.
        photographs: of each class that are trained on, or `all`.
        optimizer: `adam` or `sgd`.
        batch_norm: `layer`, `frozen` or `adapt`.
        imbalance: largest class over smallest, None where the classes are as they are.
    """

    factor: str
    level: str
    value: float | None
    reference: bool
    learning_rate: float
    photographs: Photographs
    optimizer: str
    batch_norm: str
    imbalance: float | None = None


def cells(settings: Settings, arm: Arm, batch_norm_layers: bool, others: tuple[str, ...] = ()) -> list[Cell]:
    """Return the cells of an arm.

    Args:
        settings: the study's.
        arm: its photographs and weights.
        batch_norm_layers: whether the backbone has BatchNormalization layers; without them their policy is no factor.
        others: the factors `target` and `source` as far as other arms have levels of theirs; the own arm then has
            their reference level.
    """
    own = _own(settings)
    grid = settings.factors.design == "grid"
    if arm.factor == "source" or (arm.factor == "target" and not grid):
        return [replace(own, factor=arm.factor, level=arm.level, value=arm.value, reference=False)]
    swept = [*_imbalance(settings, own), *(replace(own, factor=other, level=OWN) for other in others)]
    if grid:
        crossed = _grid(settings, arm, own, batch_norm_layers)
        return crossed if arm.factor == "target" else [*crossed, *(cell for cell in swept if cell.factor != "target")]
    return [
        *_learning_rates(settings, own),
        *_photographs(settings, own),
        *_optimizers(settings, own),
        *(_batch_norms(settings, own) if batch_norm_layers else []),
        *swept,
    ]


def factors_of(settings: Settings, batch_norm_layers: bool) -> dict[str, list[str]]:
    """Return the levels of each factor that is varied within the own arm, in words."""
    found: dict[str, list[str]] = {}
    for cell in cells(settings, Arm(OWN, OWN, OWN), batch_norm_layers):
        found.setdefault(cell.factor, []).append(cell.level)
    return found


def _own(settings: Settings) -> Cell:
    training = settings.training
    photographs = settings.factors.reference_photographs
    return Cell("", "", None, True, training.learning_rate, photographs, training.optimizer, training.batch_norm)


def _learning_rates(settings: Settings, own: Cell) -> Iterator[Cell]:
    if settings.factors.learning_rate:
        for rate in sorted({*settings.factors.learning_rate, own.learning_rate}):
            yield replace(
                own,
                factor="learning_rate",
                level=f"{rate:g}",
                value=rate,
                learning_rate=rate,
                reference=rate == own.learning_rate,
            )


def _photographs(settings: Settings, own: Cell) -> Iterator[Cell]:
    if settings.factors.photographs:
        for count in sorted({*settings.factors.photographs, own.photographs}, key=_as_number):
            yield replace(
                own,
                factor="photographs",
                level=str(count),
                value=None if count == "all" else float(count),
                photographs=count,
                reference=count == own.photographs,
            )


def _optimizers(settings: Settings, own: Cell) -> Iterator[Cell]:
    for name in dict.fromkeys([own.optimizer, *settings.factors.optimizer]) if settings.factors.optimizer else ():
        same = name == own.optimizer
        rate = own.learning_rate if same else settings.factors.other_optimizer_rate
        yield replace(own, factor="optimizer", level=name, optimizer=name, learning_rate=rate, reference=same)


def _batch_norms(settings: Settings, own: Cell) -> Iterator[Cell]:
    for policy in dict.fromkeys([own.batch_norm, *settings.factors.batch_norm]) if settings.factors.batch_norm else ():
        yield replace(own, factor="batch_norm", level=policy, batch_norm=policy, reference=policy == own.batch_norm)


def _imbalance(settings: Settings, own: Cell) -> Iterator[Cell]:
    """Every ratio has photographs of its own number, so the evenest ratio is this factor's reference."""
    ratios = sorted(settings.factors.imbalance.ratios)
    for ratio in ratios:
        yield replace(
            own, factor="imbalance", level=f"{ratio:g}", value=ratio, imbalance=ratio, reference=ratio == ratios[0]
        )


def _grid(settings: Settings, arm: Arm, own: Cell, batch_norm_layers: bool) -> list[Cell]:
    asked = settings.factors
    levels: dict[str, list[Any]] = {
        "learning_rate": sorted(asked.learning_rate) or [own.learning_rate],
        "photographs": sorted(asked.photographs, key=_as_number) or [own.photographs],
        "optimizer": asked.optimizer or [own.optimizer],
        "batch_norm": (asked.batch_norm if batch_norm_layers else []) or [own.batch_norm],
    }
    found = []
    for combination in product(*levels.values()):
        values = dict(zip(levels, combination, strict=True))
        level = ", ".join([*(f"{value:g}" if isinstance(value, float) else str(value) for value in combination)])
        cell = replace(own, factor="grid", level=f"{arm.level}: {level}", value=None, **values)
        found.append(replace(cell, reference=arm.factor == OWN and _same(cell, own)))
    return found


def _same(cell: Cell, own: Cell) -> bool:
    names = ("learning_rate", "photographs", "optimizer", "batch_norm")
    return all(getattr(cell, name) == getattr(own, name) for name in names)


def _as_number(count: Photographs) -> float:
    return float("inf") if count == "all" else float(count)
