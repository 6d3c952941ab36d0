"""What a pre-trained backbone says of images before anything is fine-tuned: one vector an image."""

import numpy as np

from ..backbones.pixels import Transform
from ..known_keras import keras
from .features import Segment, compute_features
from .head import pooling


def features(
    backbone: keras.Model, images: np.ndarray, rows: np.ndarray, transform: Transform, batch_size: int = 32
) -> np.ndarray:
    """Return the backbone's output, averaged over positions, in inference mode: no dropout, stored statistics.

    Only a batch of images is in memory at a time, and nothing of the backbone changes.

    Args:
        backbone: the network with its pre-trained weights.
        images: uint8 (N, H, W, 3), an array or a memory map.
        rows: int, which images, in any order.
        transform: from pixels to what the network takes (`pixel_transform`).
        batch_size: images per step.

    Returns:
        float32 (len(rows), channels).
    """
    average = pooling("average", backbone.output_shape[1:])
    averaged = keras.Model(backbone.input, average(backbone.output), name="frozen_features")
    last = averaged.layers.index(average)
    return compute_features(averaged, last, images, np.asarray(rows), transform, None, [Segment(len(rows), batch_size)])
