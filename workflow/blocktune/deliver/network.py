"""The model that is handed over: ordinary RGB pictures of any size in, class probabilities out."""

import keras
import numpy as np
from keras import layers

from ..settings.architectures import ARCHITECTURES

RESIZE = "resize"
RANGE = "range"


def deliverable(backbone: keras.Model, head: keras.Model, name: str, pixel_range: str) -> keras.Model:
    """Return one model of built-in layers alone: resizing, the pixels' range, the backbone, the head.

    Args:
        backbone: the tuned network.
        head: the tuned head.
        name: the backbone's architecture.
        pixel_range: `unit` or `native`: what the network was tuned with.

    Returns:
        A model from (N, height, width, 3), RGB from 0 to 255, to probabilities (N, classes). Pictures of the size that
        the network was tuned with pass the resizing unchanged.
    """
    size = backbone.input_shape[1]
    pictures = keras.Input((None, None, 3), name="pictures")
    resized = layers.Resizing(size, size, interpolation="bilinear", antialias=True, name=RESIZE)(
        pictures,
        # Its default, True, would reach all layers behind it where a model is called or exported: dropout would drop,
        # BatchNormalization use the batch's statistics
        training=False,
    )
    fed = _range(name, pixel_range)(resized)
    return keras.Model(pictures, head(backbone(fed)), name="blocktune")


def _range(name: str, pixel_range: str) -> keras.Layer:
    """The layer that does what `backbones.pixels.pixel_transform` did in training."""
    native = "unit" if pixel_range == "unit" else ARCHITECTURES[name].native
    if native == "raw":
        return layers.Identity(name=RANGE)
    if native == "unit":
        return layers.Rescaling(1 / 255, name=RANGE)
    if native == "tf":
        return layers.Rescaling(1 / 127.5, offset=-1, name=RANGE)
    return _linear(native)


def _linear(native: str) -> keras.Layer:
    """A fixed mixture of the three colours; a convolution, since Keras has no layer that turns RGB into BGR."""
    if native == "caffe":
        kernel, bias = np.eye(3)[::-1], -np.array([103.939, 116.779, 123.68])
    else:
        mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
        kernel, bias = np.diag(1 / (255 * deviation)), -mean / deviation
    layer = layers.Conv2D(3, 1, name=RANGE, trainable=False)
    layer.build((None, None, None, 3))
    layer.set_weights([kernel.astype(np.float32)[None, None], bias.astype(np.float32)])
    return layer


def input_size(model: keras.Model) -> int:
    """Return the side in pixels that a delivered model resizes pictures to.

    Raises:
        ValueError: it is not a model that `deliverable` made.
    """
    try:
        return int(model.get_layer(RESIZE).height)
    except (ValueError, AttributeError):
        raise ValueError("it has no resizing layer as blocktune's models have") from None
