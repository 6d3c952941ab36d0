"""Whether a network of the user's own ends with a map (height, width, channels), and if not, how it can."""

import math
from typing import Any

from ..errors import BlocktuneError
from ..known_keras import keras
from .graph import cut_names

_TO_VECTOR = (
    *(keras.layers.GlobalAveragePooling1D, keras.layers.GlobalAveragePooling2D),
    *(keras.layers.GlobalMaxPooling1D, keras.layers.GlobalMaxPooling2D, keras.layers.Flatten),
)


def check_output(model: keras.Model, name: str) -> None:
    """Refuse a network that ends with something else than a map, or that has nothing to unfreeze.

    Args:
        model: the network for images of one size.
        name: as the settings name it.

    Raises:
        BlocktuneError: says what it gives, and code that makes a map of that where there is any.
    """
    for layer in model.layers:
        if None in layer.output.shape[1:]:
            raise BlocktuneError(f"{name}: layer {layer.name!r} gives maps of unknown size: {layer.output.shape}")
    shape = model.output_shape[1:]
    if len(shape) != 3:
        raise BlocktuneError(f"{name} gives {shown(shape)}, no map (height, width, channels){_advice(model)}")
    if not model.trainable_weights:
        raise BlocktuneError(f"{name} has no layer with weights that train: there is nothing to unfreeze")


def shown(shape: Any) -> str:
    """Return a shape without the batch axis as people write it."""
    return f"({', '.join('any' if side is None else str(side) for side in shape)}{',' if len(shape) == 1 else ''})"


def _advice(model: keras.Model) -> str:
    """What makes a map of a network's output, or of the last layer before its top; nothing where that is unclear."""
    grids = [layer.output.shape[1:3] for layer in model.layers if len(layer.output.shape) == 4]
    if len(model.output_shape) == 3:
        code = _grid_code("model.output", model.output_shape[1:], grids)
        return f": these look like tokens. As a map: {code}" if code else ""
    if len(model.output_shape) != 2:
        return ""
    last = _below_top(model)
    if last is None:
        return ""
    shape, output = last.output.shape[1:], f"model.get_layer({last.name!r}).output"
    if len(shape) == 3:
        return f": it has its top on; without it: keras.Model(model.input, {output})"
    # Behind the last map lies more than a top: that map would leave out what made these tokens of it
    code = _grid_code(output, shape, grids)
    return f": it has its top on. Its last tokens as a map: {code}" if code else ""


def _below_top(model: keras.Model) -> keras.Layer | None:
    """The last layer that gives a map or tokens, before what makes one vector of them."""
    cuts, last = cut_names(model), None
    for layer in model.layers[1:]:
        if layer.name in cuts and isinstance(layer, _TO_VECTOR):
            break
        if layer.name in cuts and len(layer.output.shape) in (3, 4):
            last = layer
    return last


def _grid_code(output: str, shape: tuple[int, int], grids: list[tuple[int, int]]) -> str | None:
    """Code that puts tokens (count, channels) back into the grid that they were made from; None if there is none."""
    count, channels = shape
    # As many tokens as a map of the network has places, or with a class token before them; else a square
    of_maps = [(*grid, extra) for extra in (0, 1) for grid in reversed(grids)]
    squares = [(math.isqrt(count - extra), math.isqrt(count - extra), extra) for extra in (0, 1)]
    for height, width, extra in [*of_maps, *squares]:
        if height * width == count - extra > 1:
            patches = f"{output}[:, 1:]" if extra else output
            return f"keras.Model(model.input, keras.layers.Reshape(({height}, {width}, {channels}))({patches}))"
    return None
