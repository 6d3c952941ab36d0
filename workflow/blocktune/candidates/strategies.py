"""The paper's strategies (section Strategies, Algorithms 1 and 2): from a layer table to candidates.

Every list is in search order: the target (head) end comes first, so that ties go to the layer nearer the head.
"""

from collections.abc import Sequence
from math import isqrt

import numpy as np

from ..errors import BlocktuneError
from ..files.layers import Layer
from ..messages import nearest
from .candidate import Candidate, spanning

Layers = Sequence[Layer]


def baselines(layers: Layers) -> list[Candidate]:
    """Baseline I unfreezes nothing, Baseline II everything."""
    return [spanning("baseline1", 1, []), spanning("baseline2", 1, layers)]


def single_layers(layers: Layers) -> list[Candidate]:
    """Every layer with weights on its own (lw, Algorithm 1)."""
    weighted = [layer for layer in reversed(layers) if layer.weighted]
    return [spanning("lw", number, [layer]) for number, layer in enumerate(weighted, 1)]


def blocks(layers: Layers, delimiters: str | Sequence[str] = "weightless") -> list[Candidate]:
    """Blocks between delimiters (bw, Algorithm 2).

    Args:
        layers: the backbone's layers.
        delimiters: `weightless` cuts at every layer without weights, but takes a composite layer (a transformer's
            block) as a block whatever is in it; a list of Keras class names cuts at these. A delimiter that has weights
            of its own (BatchNormalization) closes the block that it ends.

    Raises:
        BlocktuneError: a class name that no layer of this backbone has.
    """
    if delimiters != "weightless":
        _check_delimiters(layers, delimiters)
    found: list[list[Layer]] = [[]]
    by_nature = None
    for layer in layers:
        before, by_nature = by_nature, layer.block if delimiters == "weightless" else None
        if by_nature != before:
            found.append([])
        cuts = by_nature is None and (not layer.weighted if delimiters == "weightless" else layer.type in delimiters)
        if layer.weighted or not cuts:
            found[-1].append(layer)
        if cuts:
            found.append([])
    with_weights = [block for block in reversed(found) if any(layer.weighted for layer in block)]
    return [spanning("bw", number, _trimmed(block)) for number, block in enumerate(with_weights, 1)]


def tails(layers: Layers, delimiters: str | Sequence[str] = "weightless") -> list[Candidate]:
    """Everything from a block border up to the head (tail); the first is the last block, the last is everything.

    What Keras' guide to fine-tuning does; the paper has no such candidate.

    Raises:
        BlocktuneError: the backbone has a single block, so there is no border to look for; and as `blocks` does.
    """
    found = _blocks_with_borders("tail", layers, delimiters)
    return [spanning("tail", block.number, layers[block.first :]) for block in found]


def spans(
    layers: Layers,
    delimiters: str | Sequence[str] = "weightless",
    most_blocks: int | None = None,
    most: int | None = None,
) -> list[Candidate]:
    """Any sequence of consecutive blocks (span): one block is the shortest, everything the longest; not in the paper.

    Ordered by their first block, the one nearest the head first; of the same first block the shortest comes first.

    Args:
        layers: the backbone's layers.
        delimiters: see `blocks`.
        most_blocks: of more blocks, neighbours are merged evenly into so many; None for all. What is left are some of
            the borders, so each span is one of those of all blocks; it keeps the number that it has among them.
        most: of spans, at least 3; blocks are merged until there are no more of them. None for all.

    Raises:
        BlocktuneError: the backbone has a single block; and as `blocks` does.
    """
    found = _blocks_with_borders("span", layers, delimiters)
    # N blocks have N (N + 1) / 2 spans
    fitting = None if most is None else (isqrt(8 * most + 1) - 1) // 2
    count = min(limit for limit in (len(found), most_blocks, fitting) if limit is not None)
    borders = [len(found) * place // count for place in range(count + 1)]
    return [
        spanning("span", span_number(first, last + 1), layers[found[first - 1].first : found[last].last + 1])
        for place, first in enumerate(borders[1:], 1)
        for last in reversed(borders[:place])
    ]


def span_number(first: int, last: int) -> int:
    """Return the number of a span among all, from 1, by the numbers of its ends from the head (first >= last)."""
    return first * (first - 1) // 2 + first - last + 1


def span_ends(number: int) -> tuple[int, int]:
    """Return the numbers of a span's first and last block, counted from the head, from 1; undoes `span_number`."""
    first = (1 + isqrt(8 * number - 7)) // 2
    return first, first - (number - first * (first - 1) // 2) + 1


def windows(layers: Layers, size: int = 3) -> list[Candidate]:
    """Windows of `size` consecutive layers slid over all layers, weightless ones included (bwsw).

    A window without any weights would be Baseline I again and is left out.

    Raises:
        BlocktuneError: the window is larger than the backbone.
    """
    if size > len(layers):
        raise BlocktuneError(f"search.window is {size}, but the backbone has only {len(layers)} layers")
    slid = [layers[start : start + size] for start in reversed(range(len(layers) - size + 1))]
    with_weights = [window for window in slid if any(layer.weighted for layer in window)]
    return [spanning("bwsw", number, window) for number, window in enumerate(with_weights, 1)]


def spread(found: list[Candidate], most: int | None) -> list[Candidate]:
    """Return at most so many of a strategy's candidates, evenly spread, the first and the last among them; None: all.

    At least 2 are asked for.
    """
    if most is None or most >= len(found):
        return found
    return [found[round(place)] for place in np.linspace(0, len(found) - 1, most)]


def random_set(layers: Layers, size: int, seed: int) -> Candidate:
    """Draw `size` layers with weights at random (Figure 3); the same seed draws the same layers.

    Raises:
        BlocktuneError: the backbone has fewer layers with weights.
    """
    weighted = _at_least(layers, size, "search.random_layers")
    drawn = np.random.default_rng([seed, size]).choice(len(weighted), size=size, replace=False)
    return spanning(f"random{size}", 1, [weighted[place] for place in drawn])


def ranked_set(layers: Layers, ranking: Sequence[int], size: int) -> Candidate:
    """The `size` best layers of lw together (bwt3, bwt5); `ranking`: indices of the layers with weights, best first.

    Raises:
        BlocktuneError: the backbone has fewer layers with weights.
    """
    _at_least(layers, size, "search.top_k")
    return spanning(f"bwt{size}", 1, [layers[index] for index in ranking[:size]])


def distinct(candidates: Sequence[Candidate]) -> list[tuple[int, ...]]:
    """The distinct sets of trained layers among candidates: what really has to be trained.

    Updates of low rank in layers are something else than the layers: then the same set is there twice.
    """
    updated = {(one.layers, one.recipe.lora) for one in candidates if one.recipe and one.recipe.lora}
    trained = {one.layers for one in candidates if not (one.recipe and one.recipe.lora)}
    return [*trained, *(layers for layers, _ in updated)]


def _blocks_with_borders(strategy: str, layers: Layers, delimiters: str | Sequence[str]) -> list[Candidate]:
    """At least two blocks, for a strategy that looks for the border between them."""
    found = blocks(layers, delimiters)
    if len(found) < 2:
        raise BlocktuneError(
            f"search.strategies has {strategy}, but search.delimiters {delimiters} make {len(found)} block of this "
            f"backbone: at least 2 are needed for a border between them; leave {strategy} out, or choose other "
            "delimiters"
        )
    return found


def _check_delimiters(layers: Layers, delimiters: Sequence[str]) -> None:
    types = sorted({layer.type for layer in layers})
    for name in delimiters:
        if name not in types:
            raise BlocktuneError(
                f"search.delimiters: no layer of this backbone is a {name!r}{nearest(name, types)}; "
                f"it has: {', '.join(types)}"
            )


def _trimmed(block: list[Layer]) -> list[Layer]:
    """Leave out weightless layers at both ends of a block: they belong to nothing."""
    weighted = [place for place, layer in enumerate(block) if layer.weighted]
    return block[weighted[0] : weighted[-1] + 1]


def _at_least(layers: Layers, size: int, key: str) -> list[Layer]:
    weighted = [layer for layer in layers if layer.weighted]
    if size > len(weighted):
        raise BlocktuneError(f"{key} asks for {size} layers, but the backbone has only {len(weighted)} with weights")
    return weighted
