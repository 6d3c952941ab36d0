"""What the factor study found: what decides whether fine-tuning works, and what it does to each layer."""

from typing import ClassVar

from .effects import BackboneEffects, EffectsOverBackbones
from .kind import Closed, JsonFile, part


class FrozenMoved(Closed):
    """Frozen layers whose weights changed: none may.

    Attributes:
        layers: how many there are.
        runs: of how many runs.
    """

    layers: int
    runs: int


class ChangedLayer(Closed):
    """A layer that changes most or least.

    Attributes:
        layer: its name.
        depth: where it lies, from 0 at the input to 1 at the head.
        mean: relative change of its weights, mean over seeds.
    """

    layer: str
    depth: float
    mean: float


class MostAndLeast(Closed):
    """Where weights change when all layers are unfrozen.

    Attributes:
        most: the layer that changes most.
        least: the layer that changes least.
    """

    most: ChangedLayer
    least: ChangedLayer


class ChangeAndAccuracy(Closed):
    """Whether weights change most in the blocks that gain most when only they are fine-tuned.

    Attributes:
        blocks: how many there are.
        correlation: Spearman's, of a block's accuracy and the mean change of its layers; null with fewer than five.
        interval: 95 % interval of that (Bonett and Wright), rather too narrow, since neighbours are alike.
    """

    blocks: int
    correlation: float | None
    interval: list[float] | None


class Movement(Closed):
    """What fine-tuning did to a backbone's layers, at the study's own settings.

    Attributes:
        frozen_moved: frozen layers that changed.
        change: where weights change most and least; null if Baseline II was not run.
        map: how that goes with the search's blocks; null without these.
        cka: of features before and after, by strategy: in the third nearest the input, the middle, nearest the head.
    """

    frozen_moved: FrozenMoved
    change: MostAndLeast | None
    map: ChangeAndAccuracy | None
    cka: dict[str, list[float | None]]


class BackboneWords(Closed):
    """What the runs of a backbone say, in words.

    Attributes:
        answer: which factor matters most.
        sentences: what else they say.
    """

    answer: str
    sentences: list[str]


@part(kw_only=True)
class FactorResults(JsonFile):
    """All numbers and sentences of the factor study.

    Attributes:
        study: the study's name.
        order: keys of the backbones, in the order of the settings.
        conditions: what was varied, in a line.
        notes: what a reader must know of the design.
        backbones: effects with each backbone, by its key.
        over_backbones: all backbones together; null with fewer than five.
        movement: of each backbone's layers, by its key.
        words: on each backbone, by its key.
        words_over: what holds over all backbones.
        limits: what these runs can't say.
    """

    called: ClassVar[str] = "list of effects of factors"
    place: ClassVar[str] = "results/tables/factors/effects.json"
    writer: ClassVar[str] = "factor-results"
    remedy: ClassVar[str] = "; remove it, and the same call makes it again"

    study: str
    order: tuple[str, ...]
    conditions: str
    notes: tuple[str, ...]
    backbones: dict[str, BackboneEffects]
    over_backbones: EffectsOverBackbones | None
    movement: dict[str, Movement]
    words: dict[str, BackboneWords]
    words_over: tuple[str, ...]
    limits: tuple[str, ...]
