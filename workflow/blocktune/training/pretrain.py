"""Pre-training the demo's tiny backbones on the source digits (`weights: digits`)."""

from pathlib import Path

import keras
import numpy as np

from ..backbones.pixels import pixel_transform
from ..backbones.tiny import TINY
from ..settings.model import Pretraining

# One digit in five tells how well the source task was learned
_HELD_OUT = 5


def pretrain(
    name: str, images: np.ndarray, labels: np.ndarray, pretraining: Pretraining, seed: int, output: Path
) -> float:
    """Train a tiny backbone with a small head on the source digits, save the backbone's weights.

    Args:
        name: TinyPlain or TinyResidual.
        images: uint8 (N, H, W, 3).
        labels: int64 (N,), 0 to classes - 1.
        pretraining: settings.
        seed: seed of initial weights and order.
        output: the file of weights, ending in `.weights.h5`.

    Returns:
        Accuracy on the source digits that were held out.
    """
    keras.utils.set_random_seed(seed)
    backbone = TINY[name](images.shape[1:])
    pooled = keras.layers.GlobalAveragePooling2D()(backbone.output)
    classes = keras.layers.Dense(int(labels.max()) + 1, activation="softmax")(pooled)
    model = keras.Model(backbone.input, classes)
    model.compile(
        optimizer=keras.optimizers.Adam(pretraining.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    inputs = pixel_transform(name, "unit")(images)
    order = np.random.default_rng(seed).permutation(len(labels))
    train, held_out = order[len(order) // _HELD_OUT :], order[: len(order) // _HELD_OUT]
    model.fit(inputs[train], labels[train], batch_size=pretraining.batch_size, epochs=pretraining.epochs, verbose=0)
    _, accuracy = model.evaluate(inputs[held_out], labels[held_out], verbose=0)
    backbone.save_weights(output)
    return float(accuracy)
