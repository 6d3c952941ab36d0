"""Pre-training the demo's tiny backbones on source pictures: all digits (`weights: digits`), or a part of a source."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..atomic import whole
from ..backbones.pixels import pixel_transform
from ..backbones.tiny import TINY
from ..data.subsets import few
from ..errors import BlocktuneError
from ..known_keras import keras
from ..settings.model import Pretraining

# One picture in five tells how well the source task was learned
_HELD_OUT = 5


def pretrain(
    name: str,
    images: np.ndarray,
    labels: np.ndarray,
    pretraining: Pretraining,
    seed: int,
    output: Path,
    classes: Sequence[int] | None = None,
    per_class: int | None = None,
) -> float:
    """Train a tiny backbone with a small head on source pictures, save the backbone's weights.

    Args:
        name: TinyPlain or TinyResidual.
        images: uint8 (N, H, W, 3).
        labels: int64 (N,), 0 to classes - 1.
        pretraining: settings.
        seed: of initial weights, order, and which images are held out and chosen.
        output: the file of weights, ending in `.weights.h5`.
        classes: labels of the classes that are trained on, None for all.
        per_class: pictures of each class that are trained on, besides those held out; None for all.

    Returns:
        Accuracy on the pictures held out: one in five of the source, of the classes trained on.

    Raises:
        BlocktuneError: a class has fewer pictures that are not held out, or what is left is no task;
            the disk is full or the place can't be written.
    """
    train, held_out = source_parts(labels, seed, classes, per_class)
    if classes is not None:
        labels = _numbered(labels, classes)
    keras.utils.set_random_seed(seed)
    backbone = TINY[name](images.shape[1:])
    pooled = keras.layers.GlobalAveragePooling2D()(backbone.output)
    chances = keras.layers.Dense(int(labels.max()) + 1, activation="softmax")(pooled)
    model = keras.Model(backbone.input, chances)
    model.compile(
        optimizer=keras.optimizers.Adam(pretraining.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    transform, batch, epochs = pixel_transform(name, "unit"), pretraining.batch_size, pretraining.epochs
    model.fit(transform(images[train]), labels[train], batch_size=batch, epochs=epochs, verbose=0)
    _, accuracy = model.evaluate(transform(images[held_out]), labels[held_out], verbose=0)
    # HDF5 adds a few kilobytes a layer to the weights
    with whole(output, size=2 * backbone.count_params() * 4 + 2**16) as beside:
        backbone.save_weights(beside)
    return float(accuracy)


def source_parts(
    labels: np.ndarray, seed: int, classes: Sequence[int] | None = None, per_class: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that are trained on and the rows held out, in the order of training.

    What is held out of a class is the same however many classes and pictures are trained on. With the same seed fewer
    pictures lie within more, and those of a class are the same whichever other classes there are.

    Args:
        labels: int64 (N,), of the whole source.
        seed: of the draw.
        classes: labels of the classes that are trained on, None for all.
        per_class: pictures of each of them, None for all that are not held out.

    Raises:
        BlocktuneError: a class has fewer pictures that are not held out, or what is left is no task.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    train, held_out = order[len(order) // _HELD_OUT :], order[: len(order) // _HELD_OUT]
    if classes is not None:
        train, held_out = (rows[np.isin(labels[rows], list(classes))] for rows in (train, held_out))
    if per_class is not None:
        train = train[np.isin(train, few(labels, train, per_class, seed))]
    wanted = len(set(labels.tolist()) if classes is None else set(classes))
    found = len(np.unique(labels[train]))
    if found < max(wanted, 2) or not len(held_out):
        raise BlocktuneError(
            f"pre-training on {wanted} source class(es): {found} of them have pictures to train on, {len(held_out)} "
            "pictures are left to score; at least two classes are needed, each with pictures"
        )
    return train, held_out


def _numbered(labels: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """Return labels as places in `classes`; pictures of other classes, which nobody looks at, get 0."""
    numbered = np.zeros_like(labels)
    for place, label in enumerate(classes):
        numbered[labels == label] = place
    return numbered
