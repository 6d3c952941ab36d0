"""The frozen prefix: what lies below the first layer that trains is computed once.

Exact, because nothing below the cut changes: no trainable layer, no random layer (dropout acts in training even when
it is frozen), and BatchNormalization that is frozen runs on its stored statistics.
"""

from collections.abc import Collection, Iterator

import keras
import numpy as np

from ..backbones.pixels import Transform
from ..candidates.table import LayerTable

_FLOAT_BYTES = 4
_BATCH = 32


def choose_cut(table: LayerTable, unfrozen: Collection[int], photographs: int, memory_gb: float) -> int | None:
    """Return the index of the last layer below the cut, as near to what trains as the features' size allows.

    None means no cut: pixels go through the whole backbone.

    Args:
        table: the backbone's layers.
        unfrozen: indices of the layers that train.
        photographs: how many photographs' features have to be held.
        memory_gb: memory for features in GB (10^9 bytes).
    """
    moving = [layer.index for layer in table.layers if layer.random or layer.index in unfrozen]
    limit = min(moving, default=len(table.layers))
    for layer in reversed(table.layers[1:limit]):
        size = photographs * int(np.prod(layer.output_shape)) * _FLOAT_BYTES
        if layer.cut and size <= memory_gb * 1e9:
            return layer.index
    return None


def split_at(backbone: keras.Model, cut: int | None) -> tuple[keras.Model | None, keras.Model | None]:
    """Return the parts below and above the cut; they share the backbone's own layers.

    The part below is None without a cut; the part above is None if the cut is the backbone's output.
    """
    if cut is None:
        return None, backbone
    at = backbone.layers[cut].output
    below = keras.Model(backbone.input, at, name="prefix")
    if cut == len(backbone.layers) - 1:
        return below, None
    return below, keras.Model(at, backbone.output, name="suffix")


def compute_features(below: keras.Model, images: np.ndarray, rows: np.ndarray, transform: Transform) -> np.ndarray:
    """Return the prefix's output for the given rows of the photographs, float32 (len(rows), ...)."""
    features = np.empty((len(rows), *below.output_shape[1:]), np.float32)
    for start, chunk in _chunks(rows):
        features[start : start + len(chunk)] = below.predict_on_batch(transform(images[chunk]))
    return features


def _chunks(rows: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for start in range(0, len(rows), _BATCH):
        yield start, rows[start : start + _BATCH]
