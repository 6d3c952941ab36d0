"""The model that is handed over: ordinary RGB pictures of any size in, class probabilities out."""

import numpy as np

from ..backbones.pixels import CAFFE_MEAN_BGR, LINEAR
from ..backbones.whole import whole_of
from ..known_keras import keras, layers
from ..settings.architectures import fed_range, linear_of

OLDEST_KERAS = "3.15"
"""That reads what Keras 3.15 writes: before, initializers know no `input_axes` and `output_axes`."""

RESIZE = "resize"
RANGE = "range"


def deliverable(
    backbone: keras.Model, head: keras.Model, name: str, pixel_range: str, native: str | None = None
) -> keras.Model:
    """Return one model: resizing, the pixels' range, the backbone, the head; all but the backbone of built-in layers.

    Args:
        backbone: the fine-tuned network.
        head: the fine-tuned head.
        name: the backbone's architecture.
        pixel_range: `unit` or `native`: what the network was fine-tuned with.
        native: what a network of the user's own was trained on.

    Returns:
        A model from (N, height, width, 3), RGB from 0 to 255, to probabilities (N, classes). Pictures of the size that
        the network was fine-tuned with pass the resizing unchanged.
    """
    # A compiled part, as the head is where it trained alone, would be saved with its optimizer
    size, whole = backbone.input_shape[1], whole_of(backbone)
    backbone, head = (keras.Model(part.input, part.output, name=part.name) for part in (backbone, head))
    pictures = keras.Input((None, None, 3), name="pictures")
    resized = layers.Resizing(size, size, interpolation="bilinear", antialias=True, name=RESIZE)(
        pictures,
        # Its default, True, would reach all layers behind it where a model is called or exported: dropout would drop,
        # BatchNormalization use the batch's statistics
        training=False,
    )
    fed = _range(fed_range(name, pixel_range, native))(resized)
    features = backbone(fed) if whole is None else whole.called(fed)
    return keras.Model(pictures, head(features), name="blocktune")


def _range(fed: str) -> keras.Layer:
    """The layer that does what `backbones.pixels.pixel_transform` did in training."""
    if fed == "raw":
        return layers.Identity(name=RANGE)
    if fed in ("unit", "tf"):
        return layers.Rescaling(*LINEAR[fed], name=RANGE)
    return _linear(fed)


def _linear(fed: str) -> keras.Layer:
    """A fixed mixture of the three colours; a convolution, since Keras has no layer that turns RGB into BGR."""
    if fed == "caffe":
        kernel, bias = np.eye(3)[::-1], -CAFFE_MEAN_BGR
    else:
        scale, bias = map(np.array, linear_of(fed) or LINEAR[fed])
        kernel = np.diag(scale)
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
