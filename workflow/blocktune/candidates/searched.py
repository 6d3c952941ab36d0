"""The strategies that are searched for: one class each, with its candidates and all that tables and figures call them.

A new one is a class here and its name in `SEARCHED`; settings, search, Table I, figures and report find it there. They
stand in one file, though it is long, since a new one is written after the pattern of the others.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

from ..errors import BlocktuneError
from .candidate import Candidate, spanning
from .recipe import Recipe
from .registry import by_key
from .strategies import Layers, blocks, single_layers, span_ends, spans, tails, windows


class Asked(Protocol):
    """What strategies read of the section `search` of the settings."""

    candidates: int | None
    delimiters: str | list[str]
    lora_rank: int
    span_blocks: int | None
    window: int


class Searched(ABC):
    """A strategy whose best candidate is searched for.

    Attributes:
        key: in settings and files; candidates have it as their strategy.
        about: what is searched for, in the description of `search.strategies`.
        one: what a candidate is called.
        color: of its bars and points, `#rrggbb`.
        label: heading of its column in Table I; the key in capitals if empty.
        plural: of `one`, if it is not that with an s.
        tried: what its candidates are counted as, if not as these.
        map_symbol: Plotly's symbol of a candidate in the depth map; empty for bars as wide as the candidate.
        map_line: whether a line joins them there, since neighbours overlap.
        in_depth_map: whether the depth map shows its candidates; they have a picture of their own otherwise.
        numbered: whether a candidate's number from the head is told with its layers.
        own_way: whether a candidate's layers do not say how it trains.
    """

    key: ClassVar[str]
    about: ClassVar[str]
    one: ClassVar[str]
    color: ClassVar[str]
    label: ClassVar[str] = ""
    plural: ClassVar[str] = ""
    tried: ClassVar[str] = ""
    map_symbol: ClassVar[str] = "square"
    map_line: ClassVar[bool] = False
    in_depth_map: ClassVar[bool] = True
    numbered: ClassVar[bool] = True
    own_way: ClassVar[bool] = False

    @property
    def figure(self) -> tuple[str, str] | None:
        """Name and title of the figure of all its candidates over depth; None where there is none."""
        return f"figure_{self.key}", f"Accuracy of every {self.one}"

    @property
    def figure_of_repeats(self) -> tuple[str, str] | None:
        """Name and title of the same figure over all repeats; None if there is none."""
        return f"figure_{self.key}_repeated", f"Accuracy of every {self.one}, repeated"

    @abstractmethod
    def candidates(self, layers: Layers, search: Asked) -> list[Candidate]:
        """Return all candidates of a backbone in search order, the one nearest the head first.

        Args:
            layers: the backbone's, from the input to the head.
            search: the section of the settings.

        Raises:
            BlocktuneError: the settings do not fit the backbone.
        """

    @property
    def many(self) -> str:
        """What several candidates are called."""
        return self.plural or f"{self.one}s"

    @property
    def spans(self) -> bool:
        """Whether candidates are drawn as wide as they are; points otherwise."""
        return not self.map_symbol

    def place(self, first: int, last: int) -> float:
        """Return where in the depth map a candidate stands that spans these layers: in its middle."""
        return (first + last) / 2

    def told(self, number: int, names: Sequence[str]) -> str | None:
        """Return a candidate in words of its own; None for its layers' names.

        Args:
            number: its number in search order, from 1.
            names: of its layers with weights.
        """
        return None


class SingleLayers(Searched):
    """The paper's LW (Algorithm 1)."""

    key, one, color, about = "lw", "layer", "#0072B2", "the best layer"
    figure = "figure4_layers", "Figure 4: accuracy of every single layer"
    figure_of_repeats = None
    map_symbol = "circle"

    def candidates(self, layers: Layers, search: Asked) -> list[Candidate]:
        """Return every layer with weights."""
        return single_layers(layers)


class Blocks(Searched):
    """The paper's BW (Algorithm 2)."""

    key, one, color, about = "bw", "block", "#D55E00", "the best block"
    figure = "figure5_blocks", "Figure 5: accuracy of every block"
    figure_of_repeats = "figure9_blocks_repeated", "Figure 9: accuracy of every block, repeated"
    map_symbol = ""

    def candidates(self, layers: Layers, search: Asked) -> list[Candidate]:
        """Return the blocks between delimiters."""
        return blocks(layers, search.delimiters)


class Windows(Searched):
    """The paper's BWSW."""

    key, one, color, about = "bwsw", "window", "#CC79A7", "the best window"
    figure = "figure6_windows", "Figure 6: accuracy of every window"
    figure_of_repeats = "figure10_windows_repeated", "Figure 10: accuracy of every window, repeated"
    map_symbol, map_line = "diamond-open", True

    def candidates(self, layers: Layers, search: Asked) -> list[Candidate]:
        """Return the windows of `search.window` layers."""
        return windows(layers, search.window)


class Tails(Searched):
    """What Keras' guide to fine-tuning does: no candidate of the paper's."""

    key, one, color, label, tried = "tail", "tail", "#117733", "Tail", "block borders"
    about = "everything from a block border up to the head"
    map_symbol, map_line, numbered = "triangle-right", True, False
    # Figure 11 draws them with probe and quarter, one line a rate
    figure = figure_of_repeats = None

    def candidates(self, layers: Layers, search: Asked) -> list[Candidate]:
        """Return everything from each block border up to the head."""
        return tails(layers, search.delimiters)

    def place(self, first: int, last: int) -> float:
        """Return the border: all tails end at the head."""
        return float(first)

    def told(self, number: int, names: Sequence[str]) -> str | None:
        """Return how many of the last blocks it has."""
        return _last_blocks(number, names)


class Spans(Searched):
    """Where to begin and where to end: blocks, tails and everything are spans, too. No candidate of the paper's."""

    key, one, color, label = "span", "span", "#332288", "Span"
    about = "any sequence of consecutive blocks"
    in_depth_map = numbered = False
    # Figure 12 draws them as a triangle, first block against last block
    figure = figure_of_repeats = None

    def candidates(self, layers: Layers, search: Asked) -> list[Candidate]:
        """Return every span of the blocks, or of `search.span_blocks` merged ones, at most `search.candidates`."""
        return spans(layers, search.delimiters, search.span_blocks, search.candidates)

    def told(self, number: int, names: Sequence[str]) -> str | None:
        """Return the numbers of its first and its last block, counted from the head, with their layers."""
        first, last = span_ends(number)
        if last == 1:
            return _last_blocks(first, names)
        which = f"block {first}" if first == last else f"blocks {first} to {last}"
        return f"{which} from the head ({names[0] if len(names) == 1 else f'{names[0]} to {names[-1]}'})"


class LowRank(Searched):
    """LoRA (Hu et al., ICLR 2022): what people with transformers compare with. No candidate of the paper's."""

    key, one, color, label = "lora", "low-rank update", "#882255", "LoRA"
    about = "updates of low rank (LoRA) in the best block, or everywhere"
    map_symbol, numbered, own_way = "cross", False, True
    figure = figure_of_repeats = None

    def candidates(self, layers: Layers, search: Asked) -> list[Candidate]:
        """Return every block that has a weight matrix, and everything, with updates of rank `search.lora_rank`."""
        types = {layer.index: layer.type for layer in layers}
        found = [
            block
            for block in blocks(layers, search.delimiters)
            if any(types[index] not in _WITHOUT_MATRIX for index in block.layers)
        ]
        if not found:
            raise BlocktuneError(
                "search.strategies has lora, but no block of the backbone has a dense layer, an attention or a "
                "convolution to add an update to: leave lora out"
            )
        recipe = Recipe(lora=search.lora_rank)
        within = [
            spanning("lora", number, layers[block.first : block.last + 1], recipe)
            for number, block in enumerate(found, 1)
        ]
        return [*within, spanning("lora", len(within) + 1, layers, recipe)] if len(within) > 1 else within

    def told(self, number: int, names: Sequence[str]) -> str | None:
        """Return between which layers the updates are."""
        where = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        return f"nothing but updates of low rank (LoRA) in {where}"


_WITHOUT_MATRIX = {
    *("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization", "UnitNormalization"),
    *("DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Embedding", "PReLU"),
    "AddPositionalEmbedding",
}
"""Layers of Keras and keras-hub that train and have nothing that an update of low rank could be added to."""


def _last_blocks(count: int, names: Sequence[str]) -> str:
    return f"the last {'block' if count == 1 else f'{count} blocks'} (from {names[0]})"


SEARCHED: dict[str, Searched] = by_key(
    [kind() for kind in (SingleLayers, Blocks, Windows, Tails, Spans, LowRank)], needed=("key", "about", "one", "color")
)
"""By key, in the order in which candidates are planned."""


def candidates_of(key: str, layers: Layers, search: Asked) -> list[Candidate]:
    """Return all candidates of a strategy of `SEARCHED`, see `Searched.candidates`.

    Raises:
        BlocktuneError: the settings do not fit the backbone, or the strategy has no candidates, or none of its own.
    """
    found = SEARCHED[key].candidates(layers, search)
    if not found:
        raise BlocktuneError(
            f"search.strategies has {key}, but {key} has no candidate in this backbone: leave {key} out"
        )
    if other := next((one for one in found if one.strategy != key), None):
        raise BlocktuneError(
            f"strategy {key}: its candidate {other.number} says that it is one of {other.strategy!r}; its strategy "
            f"must be {key!r}"
        )
    return found


def strategy_keys() -> tuple[str, ...]:
    """Return what `search.strategies` may name: these, and after the blocks the sets of best layers (bwt)."""
    keys = list(SEARCHED)
    return (*keys[:2], "bwt", *keys[2:])


def strategies_listed() -> str:
    """Return all as the description of `search.strategies` lists them."""
    about = {key: strategy.about for key, strategy in SEARCHED.items()} | {"bwt": "the best layers together"}
    return ", ".join(f"`{key}` ({about[key]})" for key in strategy_keys())
