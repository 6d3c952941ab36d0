"""Pre-training: today's weights stay what they were, and parts of a source lie inside each other."""

import h5py
import keras
import numpy as np
import pytest

from blocktune.backbones.tiny import TINY
from blocktune.data.digits import load_digits_images
from blocktune.errors import BlocktuneError
from blocktune.settings.model import Pretraining
from blocktune.training.pretrain import pretrain, source_parts

IMAGES, LABELS = load_digits_images([0, 1, 2, 3, 4], 8, None, 1)
SETTINGS = Pretraining(epochs=1)


def weights(path):
    """Names and bytes of all weights in a file, whose own bytes hold times."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()].tobytes()} if hasattr(item, "dtype") else {}))
    return found


def as_it_was(name, seed, output):
    """Pre-training as it was before parts of a source could be chosen: weights of the last digits differ by machine."""
    keras.utils.set_random_seed(seed)
    backbone = TINY[name](IMAGES.shape[1:])
    pooled = keras.layers.GlobalAveragePooling2D()(backbone.output)
    model = keras.Model(backbone.input, keras.layers.Dense(5, activation="softmax")(pooled))
    jit = False if keras.backend.backend() == "tensorflow" else "auto"
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=jit)
    inputs = IMAGES.astype(np.float32) / np.float32(255)
    order = np.random.default_rng(seed).permutation(len(LABELS))
    train, held_out = order[len(order) // 5 :], order[: len(order) // 5]
    model.fit(inputs[train], LABELS[train], batch_size=32, epochs=1, verbose=0)
    _, accuracy = model.evaluate(inputs[held_out], LABELS[held_out], verbose=0)
    backbone.save_weights(output)
    return float(accuracy)


def test_weights_are_what_they_were_before_there_was_a_choice(tmp_path):
    old, new = tmp_path / "old.weights.h5", tmp_path / "new.weights.h5"
    accuracy = as_it_was("TinyResidual", 3, old)
    assert pretrain("TinyResidual", IMAGES, LABELS, SETTINGS, 3, new) == accuracy
    assert weights(new) == weights(old)
    assert len(weights(new)) == len(TINY["TinyResidual"](IMAGES.shape[1:]).weights)
    # All classes, named
    for part, same in zip(source_parts(LABELS, 3, range(5)), source_parts(LABELS, 3), strict=True):
        assert np.array_equal(part, same)


def test_two_classes_are_learned_from_few_pictures(tmp_path):
    settings = Pretraining(epochs=20, learning_rate=1e-2)
    output = tmp_path / "a.weights.h5"
    assert pretrain("TinyPlain", IMAGES, LABELS, settings, 1, output, classes=[4, 1], per_class=40) > 0.85


def test_parts_are_exact_nested_and_never_held_out():
    _, all_held_out = source_parts(LABELS, 1)
    before = set()
    for classes, per_class in (([2, 4], 10), ([2, 4], 40), ([2, 4, 0], 40), ([2, 4, 0], 100)):
        train, held_out = source_parts(LABELS, 1, classes, per_class)
        assert np.bincount(LABELS[train], minlength=5)[classes].tolist() == [per_class] * len(classes)
        assert len(train) == per_class * len(classes)
        assert before < set(train)
        before = set(train)
        # The same pictures score a class in every arm
        assert set(held_out) == {row for row in all_held_out if LABELS[row] in classes}
        assert not before & set(all_held_out)
    assert set(source_parts(LABELS, 2, [2, 4], 10)[0]) != set(source_parts(LABELS, 1, [2, 4], 10)[0])


@pytest.mark.parametrize(
    ("classes", "per_class", "message"),
    [
        ([0, 1], 170, r"class 0 has \d+ images, 170 are asked for"),
        ([3], None, r"pre-training on 1 source class\(es\)"),
        ([3, 9], None, "1 of them have pictures to train on"),
        ([3, 9], 5, "1 of them have pictures to train on"),
        (None, 0, "0 images per class"),
    ],
)
def test_parts_that_are_no_task(classes, per_class, message, tmp_path):
    with pytest.raises(BlocktuneError, match=message):
        pretrain("TinyPlain", IMAGES, LABELS, SETTINGS, 1, tmp_path / "a.weights.h5", classes, per_class)
    assert not list(tmp_path.iterdir())
