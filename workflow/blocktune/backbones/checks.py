"""What every network of the user's own must be: its input, and each of its layers."""

import numpy as np

from ..errors import BlocktuneError
from ..known_keras import keras
from .function import is_known
from .graph import calls
from .map import shown
from .pixels import pixel_transform

Shape = tuple[int, int, int]
"""Of an image: height, width, 3."""

HEAD = "head"
"""What the new classifier is called in every network that trains."""

BEGIN = "begin it with keras.Input((height, width, 3))"


def check_layers(model: keras.Model, name: str, described: bool = True) -> None:
    """Refuse a network with a layer that can't be fine-tuned or saved alone.

    Args:
        model: the network.
        name: as the settings name it.
        described: whether each layer is saved by a description of its own.

    Raises:
        BlocktuneError: names the layer, and what it is.
    """
    called = calls(model)
    for layer in model.layers:
        problem = None
        if isinstance(layer, keras.Model):
            problem = "is a model whose layers have no known order: a functional one is needed"
        elif isinstance(layer, keras.layers.Lambda):
            problem = "is a Lambda, which no saved model may hold: write a layer class, or use keras.ops"
        elif described and not is_known(type(layer)):
            kind = type(layer).__name__
            problem = f"is a {kind}, which Keras could not load again: define that class at the top of a module"
        elif layer.dtype_policy.name != "float32":
            problem = f"computes in {layer.dtype_policy.name}; float32 is needed"
        elif called.get(layer.name, 0) > 1:
            problem = f"is called {called[layer.name]} times; a layer has one place: make a new one for each call"
        elif not hasattr(layer.output, "shape") and (described or layer.weights):
            problem = "has several outputs; one is needed"
        elif layer.name == HEAD:
            problem = "has the name of the new classifier: rename it"
        elif ";" in layer.name:
            problem = "has a semicolon in its name: rename it"
        if problem:
            raise BlocktuneError(f"{name}: layer {layer.name!r} {problem}")


def check_input(model: keras.Model, name: str, shape: Shape) -> None:
    """Refuse a functional network of one input that does not take float32 images of one size, any number at a time.

    Raises:
        BlocktuneError: says what it takes.
    """
    batch, *picture = model.input_shape
    if len(picture) != 3 or picture[-1] != 3:
        raise BlocktuneError(f"{name} takes {shown(picture)}; images (height, width, 3) are needed")
    if batch is not None:
        raise BlocktuneError(f"{name} takes exactly {batch} images at a time: {BEGIN}")
    if model.inputs[0].dtype != "float32":
        raise BlocktuneError(f"{name} takes {model.inputs[0].dtype}; an input of float32 is needed")
    if any(own not in (None, asked) for own, asked in zip(picture, shape, strict=True)):
        raise BlocktuneError(
            f"{name} takes images of {picture[0]} x {picture[1]} pixels, but data.image_size is {shape[0]}: set "
            "data.image_size (for `blocktune plan`: --image-size) to its size, or build it for any size with "
            "keras.Input((None, None, 3))"
        )


def noise_for(shape: Shape, name: str, native: str | None) -> np.ndarray:
    """Return two images of noise as a network takes them that was trained on such pixels, float32 (2, *shape)."""
    noise = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
    return pixel_transform(name, "native", native)(noise)
