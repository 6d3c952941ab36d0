"""Further baselines at equal budget: better than the paper's two is a low bar, these are what people do instead.

Each fine-tunes for as many epochs as every other run; the probe is fitted instead. Fractions of epochs are rounded;
every phase has at least one. A new one is a class here and its name in `FURTHER`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

from ..files.layers import Layer
from ..files.spec import Phase, Rate
from .candidate import Candidate, spanning
from .recipe import Recipe
from .registry import by_key

Layers = Sequence[Layer]
Blocks = Sequence[Candidate]


def linear_probe() -> Candidate:
    """Unfreeze nothing and fit a linear classifier to the features: what every fine-tuning has to beat."""
    return spanning("probe", 1, [], Recipe(probe=True))


def last_quarter(layers: Layers) -> tuple[int, ...]:
    """Return the indices of the last quarter (rounded up) of the layers with weights, ascending."""
    weighted = [layer.index for layer in layers if layer.weighted]
    return tuple(weighted[len(weighted) * 3 // 4 :])


class Asked(Protocol):
    """What baselines read of the section `baselines` of the settings."""

    head_share: float
    unfreezing_share: float
    lowest_rate: float


class Further(ABC):
    """A baseline beside the paper's two.

    Attributes:
        key: in settings and files.
        label: heading of its column in Table I.
        color: of its bars, `#rrggbb`.
        about: what it unfreezes, in the description of `baselines.also`.
        how: of one that fine-tunes everything, how, after a comma.
        in_phases: whether it trains the head alone first, so that it needs two epochs.
        own_way: whether its layers do not say how it trains: in steps, at several rates, not at all.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    color: ClassVar[str]
    about: ClassVar[str]
    how: ClassVar[str] = ""
    in_phases: ClassVar[bool] = False
    own_way: ClassVar[bool] = True

    @abstractmethod
    def candidate(self, layers: Layers, blocks: Blocks, epochs: int, asked: Asked) -> Candidate:
        """Return what it trains.

        Args:
            layers: the backbone's.
            blocks: its blocks, nearest the head first.
            epochs: of the whole run.
            asked: the section of the settings.
        """


class LinearProbe(Further):
    """A linear classifier of the features, see `linear_probe`."""

    key, label, color = "probe", "Linear probe", "#6B7F94"
    about = "nothing: a logistic regression on the frozen features"

    def candidate(self, layers: Layers, blocks: Blocks, epochs: int, asked: Asked) -> Candidate:
        """Return the frozen backbone with a fitted classifier."""
        return linear_probe()


class LastQuarter(Further):
    """Fine-tune the last quarter of the layers with weights (the ICMLA 2023 follow-up's rule of thumb)."""

    key, label, color, own_way = "quarter", "Last quarter", "#C4C4C4", False
    about = "the last quarter of the layers with weights"

    def candidate(self, layers: Layers, blocks: Blocks, epochs: int, asked: Asked) -> Candidate:
        """Return the last quarter of the layers with weights."""
        quarter = set(last_quarter(layers))
        return spanning("quarter", 1, [layer for layer in layers if layer.index in quarter])


class HeadFirst(Further):
    """Linear probing, then fine-tuning (LP-FT; Kumar et al., ICLR 2022): the head alone, then everything."""

    key, label, color, in_phases, how = "lpft", "LP-FT", "#B08D57", True, ", after the head alone"
    about = "the head alone, then everything"

    def candidate(self, layers: Layers, blocks: Blocks, epochs: int, asked: Asked) -> Candidate:
        """Return the head alone for its share of the epochs, at least 2 in all, then everything."""
        alone = min(max(round(asked.head_share * epochs), 1), epochs - 1)
        everything = tuple(layer.index for layer in layers if layer.weighted)
        return spanning("lpft", 1, layers, Recipe((Phase(alone, ()), Phase(epochs - alone, everything))))


class GradualUnfreezing(Further):
    """Unfreeze block after block from the head down (ULMFiT; Howard and Ruder, ACL 2018), then fine-tune everything.

    The first epoch trains the head alone; over their share of the epochs the blocks join evenly.
    """

    key, label, color, in_phases, how = "gradual", "Gradual", "#8C6D3F", True, ", block after block"
    about = "block after block from the head down"

    def candidate(self, layers: Layers, blocks: Blocks, epochs: int, asked: Asked) -> Candidate:
        """Return everything, block after block, in at least 2 epochs."""
        until = min(max(round(asked.unfreezing_share * epochs), 1), epochs - 1)
        joined = [len(blocks) * epoch // until for epoch in range(until)] + [len(blocks)] * (epochs - until)
        phases: list[Phase] = []
        for count in joined:
            unfrozen = tuple(sorted(index for block in blocks[:count] for index in block.layers))
            before = phases[-1] if phases else None
            if before and before.unfrozen == unfrozen:
                phases[-1] = Phase(before.epochs + 1, unfrozen)
            else:
                phases.append(Phase(1, unfrozen))
        return spanning("gradual", 1, layers, Recipe(tuple(phases)))


class LayerwiseDecay(Further):
    """Fine-tune everything, each block at a lower rate than the one nearer the head (discriminative, ULMFiT).

    The block nearest the head has the head's rate, the one nearest the input the lowest; the others lie between in
    equal ratios.
    """

    key, label, color, how = "decay", "Rate decay", "#5E4726", ", at falling rates"
    about = "everything, at rates that fall towards the input"

    def candidate(self, layers: Layers, blocks: Blocks, epochs: int, asked: Asked) -> Candidate:
        """Return everything, at falling rates."""
        steps = max(len(blocks) - 1, 1)
        rates = sorted(
            Rate(index, asked.lowest_rate ** (place / steps))
            for place, block in enumerate(blocks)
            for index in block.layers
        )
        return spanning("decay", 1, layers, Recipe(rates=tuple(rates)))


FURTHER: dict[str, Further] = by_key(
    [kind() for kind in (LinearProbe, LastQuarter, HeadFirst, GradualUnfreezing, LayerwiseDecay)],
    needed=("key", "label", "color", "about"),
)
"""By key, in the order of the settings' description."""


def baselines_listed() -> str:
    """Return all as the description of `baselines.also` lists them."""
    return ", ".join(f"`{key}` ({baseline.about})" for key, baseline in FURTHER.items())
