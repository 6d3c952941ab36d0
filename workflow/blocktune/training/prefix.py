"""The frozen prefix: what lies below the first layer that trains is computed once.

Exact, because nothing below the cut changes: no trainable layer, no random layer (dropout acts in training even when
it is frozen), and BatchNormalization that is frozen runs on its stored statistics.
"""

from collections.abc import Collection

import numpy as np

from ..files.layers import LayerTable
from ..files.spec import RunSpec
from ..known_keras import keras
from .augment import augmentation_of

_FLOAT_BYTES = 4


def choose_cut(table: LayerTable, unfrozen: Collection[int], images: int, memory_gb: float) -> int | None:
    """Return the index of the last layer below the cut, as near to what trains as the features' size allows.

    None means no cut: pixels go through the whole backbone.

    Args:
        table: the backbone's layers.
        unfrozen: indices of the layers that train.
        images: how many images' features have to be held.
        memory_gb: memory for features in GB (10^9 bytes).
    """
    moving = [layer.index for layer in table.layers if layer.random or layer.index in unfrozen]
    limit = min(moving, default=len(table.layers))
    for layer in reversed(table.layers[1:limit]):
        size = images * int(np.prod(layer.output_shape)) * _FLOAT_BYTES
        if layer.cut and size <= memory_gb * 1e9:
            return layer.index
    return None


def cut_of(spec: RunSpec, table: LayerTable, unfrozen: Collection[int], images: int, memory_gb: float) -> int | None:
    """Return where a run is cut (`choose_cut`): nowhere if its images change: every layer's output does."""
    return None if augmentation_of(spec) else choose_cut(table, unfrozen, images, memory_gb)


def above_cut(backbone: keras.Model, cut: int | None) -> keras.Model | None:
    """Return the part above the cut, sharing the backbone's layers; None if the cut is the backbone's output."""
    if cut is None:
        return backbone
    if cut == len(backbone.layers) - 1:
        return None
    return keras.Model(backbone.layers[cut].output, backbone.output, name="suffix")
