"""Freezing all but a candidate, and proving afterwards that frozen weights never changed."""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ..known_keras import keras


class FrozenWeightsChangedError(RuntimeError):
    """Frozen weights differ after training: a defect of the training code, never to be ignored."""


def unfreeze_only(backbone: keras.Model, unfrozen: Collection[int], batch_norm: str = "layer") -> None:
    """Make exactly the layers at the given indices trainable. Must come before the model is compiled.

    Args:
        backbone: the network.
        unfrozen: indices of the layers that train.
        batch_norm: what BatchNormalization layers among them do, `training.batch_norm`.
    """
    backbone.trainable = True
    for index, layer in enumerate(backbone.layers):
        layer.trainable = index in unfrozen
        # A layer of the user's own may have layers inside
        for part in layer._flatten_layers():
            if isinstance(part, keras.layers.BatchNormalization):
                _settle_batch_norm(part, batch_norm)


def _settle_batch_norm(layer: keras.layers.BatchNormalization, batch_norm: str) -> None:
    _use_stored_statistics(layer, always=batch_norm == "frozen" and layer.trainable)
    if batch_norm == "adapt":
        for weight in (layer.gamma, layer.beta):
            if weight is not None:
                weight.trainable = False


def _use_stored_statistics(layer: keras.layers.BatchNormalization, always: bool) -> None:
    """Let a layer normalise with its stored statistics in training too, or go back to Keras' way.

    Keras does so for a frozen layer only, and has no switch for one whose gamma and beta train.
    """
    if not always:
        layer.__dict__.pop("call", None)
        return

    def call(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        return type(layer).call(layer, inputs, training=False, mask=mask)

    layer.__dict__["call"] = call


class FrozenProof:
    """Remembers every frozen layer's weights, BatchNormalization's statistics included, bit for bit.

    Attributes:
        layers: the frozen layers.
    """

    def __init__(self, backbone: keras.Model, unfrozen: Collection[int]) -> None:
        self.layers = [layer for index, layer in enumerate(backbone.layers) if index not in unfrozen]
        self._before = [digest_of(layer.weights) for layer in self.layers]

    def check(self) -> None:
        """Compare with now.

        Raises:
            FrozenWeightsChangedError: names the layers that changed.
        """
        changed = [
            layer.name
            for layer, before in zip(self.layers, self._before, strict=True)
            if digest_of(layer.weights) != before
        ]
        if changed:
            raise FrozenWeightsChangedError(f"frozen layers changed in training: {', '.join(changed)}")


def digest_of(weights: Sequence[Any]) -> bytes:
    """Sha256 over the bytes of weights."""
    digest = hashlib.sha256()
    for weight in weights:
        digest.update(np.ascontiguousarray(weight.numpy()).tobytes())
    return digest.digest()
