"""What the factor study found: what decides whether fine-tuning works, and what it does to each layer."""

from typing import Annotated, ClassVar

from .effects import BackboneEffects, EffectsOverBackbones
from .kind import Closed, JsonFile, part


class FrozenMoved(Closed):
    """Frozen layers whose weights changed: none may."""

    layers: Annotated[int, "how many there are"]
    runs: Annotated[int, "of how many runs"]


class ChangedLayer(Closed):
    """A layer that changes most or least."""

    layer: Annotated[str, "its name"]
    depth: Annotated[float, "where it lies, from 0 at the input to 1 at the head"]
    mean: Annotated[float, "relative change of its weights, mean over seeds"]


class MostAndLeast(Closed):
    """Where weights change when all layers are unfrozen."""

    most: Annotated[ChangedLayer, "the layer that changes most"]
    least: Annotated[ChangedLayer, "the layer that changes least"]


class ChangeAndAccuracy(Closed):
    """Whether weights change most in the blocks that gain most when only they are fine-tuned."""

    blocks: Annotated[int, "how many there are"]
    correlation: Annotated[
        float | None, "Spearman's, of a block's accuracy and the mean change of its layers; null with fewer than five"
    ]
    interval: Annotated[
        list[float] | None, "95 % interval of that (Bonett and Wright), rather too narrow, since neighbours are alike"
    ]


class Movement(Closed):
    """What fine-tuning did to a backbone's layers, at the study's own settings."""

    frozen_moved: Annotated[FrozenMoved, "frozen layers that changed"]
    change: Annotated[MostAndLeast | None, "where weights change most and least; null if Baseline II was not run"]
    map: Annotated[ChangeAndAccuracy | None, "how that goes with the search's blocks; null without these"]
    cka: Annotated[
        dict[str, list[float | None]],
        "of features before and after, by strategy: in the third nearest the input, the middle, nearest the head",
    ]


class BackboneWords(Closed):
    """What the runs of a backbone say, in words."""

    answer: Annotated[str, "which factor matters most"]
    sentences: Annotated[list[str], "what else they say"]


@part(kw_only=True)
class FactorResults(JsonFile):
    """All numbers and sentences of the factor study."""

    called: ClassVar[str] = "list of effects of factors"
    place: ClassVar[str] = "results/tables/factors/effects.json"
    writer: ClassVar[str] = "factor-results"
    remedy: ClassVar[str] = "; remove it, and the same call makes it again"

    study: Annotated[str, "the study's name"]
    order: Annotated[tuple[str, ...], "keys of the backbones, in the order of the settings"]
    conditions: Annotated[str, "what was varied, in a line"]
    notes: Annotated[tuple[str, ...], "what a reader must know of the design"]
    backbones: Annotated[dict[str, BackboneEffects], "effects with each backbone, by its key"]
    over_backbones: Annotated[EffectsOverBackbones | None, "all backbones together; null with fewer than five"]
    movement: Annotated[dict[str, Movement], "of each backbone's layers, by its key"]
    words: Annotated[dict[str, BackboneWords], "on each backbone, by its key"]
    words_over: Annotated[tuple[str, ...], "what holds over all backbones"]
    limits: Annotated[tuple[str, ...], "what these runs can't say"]
