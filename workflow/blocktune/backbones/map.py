"""Whether a network of the user's own ends with a map (height, width, channels) or tokens, and if not, how it can."""

from typing import Any

from ..errors import BlocktuneError
from ..known_keras import keras
from .graph import cut_names

_TO_VECTOR = (
    *(keras.layers.GlobalAveragePooling1D, keras.layers.GlobalAveragePooling2D),
    *(keras.layers.GlobalMaxPooling1D, keras.layers.GlobalMaxPooling2D, keras.layers.Flatten),
)


def check_output(model: keras.Model, name: str, vector: bool = False) -> None:
    """Refuse a network for images of one size that has nothing to unfreeze, or no map or tokens at its end.

    `vector`: whether one vector an image will do.

    Raises:
        BlocktuneError: says what it gives, and code that makes a map of that where there is any.
    """
    for layer in model.layers:
        output = keras.tree.flatten(layer.output)[0]
        if None in output.shape[1:]:
            raise BlocktuneError(f"{name}: layer {layer.name!r} gives maps of unknown size: {output.shape}")
    shape = model.output_shape[1:]
    if len(shape) not in ((1, 2, 3) if vector else (2, 3)):
        raise BlocktuneError(
            f"{name} gives {shown(shape)}, no map (height, width, channels) and no tokens (count, channels)"
            f"{_advice(model)}"
        )
    if not model.trainable_weights:
        raise BlocktuneError(f"{name} has no layer with weights that train: there is nothing to unfreeze")


def shown(shape: Any) -> str:
    """Return a shape without the batch axis as people write it."""
    return f"({', '.join('any' if side is None else str(side) for side in shape)}{',' if len(shape) == 1 else ''})"


def _advice(model: keras.Model) -> str:
    """What leaves a top out; nothing where that is unclear."""
    last = _below_top(model) if len(model.output_shape) == 2 else None
    if last is None:
        return ""
    return f": it has its top on; without it: keras.Model(model.input, model.get_layer({last.name!r}).output)"


def _below_top(model: keras.Model) -> keras.Layer | None:
    """The last layer that gives a map or tokens, before what makes one vector of them."""
    cuts, last = cut_names(model), None
    for layer in model.layers[1:]:
        if layer.name in cuts and isinstance(layer, _TO_VECTOR):
            break
        if layer.name in cuts and len(layer.output.shape) in (3, 4):
            last = layer
    return last
