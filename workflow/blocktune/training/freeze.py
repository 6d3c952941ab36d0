"""Freezing all but a candidate, and proving afterwards that frozen weights never changed."""

import hashlib
from collections.abc import Collection

import keras
import numpy as np


class FrozenWeightsChangedError(RuntimeError):
    """Frozen weights differ after training: a defect of the training code, never to be ignored."""


def unfreeze_only(backbone: keras.Model, unfrozen: Collection[int]) -> None:
    """Make exactly the layers at the given indices trainable. Must come before the model is compiled."""
    backbone.trainable = True
    for index, layer in enumerate(backbone.layers):
        layer.trainable = index in unfrozen


class FrozenProof:
    """Remembers every frozen layer's weights, BatchNormalization's statistics included, bit for bit.

    Attributes:
        layers: the frozen layers.
    """

    def __init__(self, backbone: keras.Model, unfrozen: Collection[int]) -> None:
        self.layers = [layer for index, layer in enumerate(backbone.layers) if index not in unfrozen]
        self._before = [_digest(layer) for layer in self.layers]

    def check(self) -> None:
        """Compare with now.

        Raises:
            FrozenWeightsChangedError: names the layers that changed.
        """
        changed = [
            layer.name for layer, before in zip(self.layers, self._before, strict=True) if _digest(layer) != before
        ]
        if changed:
            raise FrozenWeightsChangedError(f"frozen layers changed in training: {', '.join(changed)}")


def _digest(layer: keras.Layer) -> bytes:
    digest = hashlib.sha256()
    for weight in layer.weights:
        digest.update(np.ascontiguousarray(weight.numpy()).tobytes())
    return digest.digest()
