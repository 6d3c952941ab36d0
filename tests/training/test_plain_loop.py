"""A run is what a plain loop in Keras makes of the same settings: the head, the optimizer, the rate, the loss."""

import keras
import numpy as np
import pytest
from test_train import CLASSES, SIZE, columns, make_photographs

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.runs.spec import Part, run_spec
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.training.train import train_run

PART = Part(np.arange(0, 27), np.arange(27, 42))
UNFROZEN = (7, 8)
EPOCHS, BATCH, RATE = 3, 4, 1e-3
STEPS = -(-len(PART.train) // BATCH)


def settings_of(head=None, **training):
    return validate(
        Settings,
        {
            "backbones": [{"name": "TinyResidual", "weights": "none"}],
            "head": {"pooling": "average", "units": [], **(head or {})},
            "training": {"epochs": EPOCHS, "batch_size": BATCH, "learning_rate": RATE, **training},
        },
    )


def ours(settings):
    """History, head and backbone of a run on the whole network."""
    entry = settings.backbones[0]
    backbone = build_backbone(entry, SIZE, 7)
    table = layer_table(backbone, entry, 7)
    spec = run_spec(settings, table, "d", CLASSES, PART, UNFROZEN)
    finished = train_run(spec, backbone, table, make_photographs(), PART, memory_gb=0.0)
    return columns(finished.history), finished.head, backbone


def fresh_classes(seed=1):
    """The layer that tells the classes apart, as a run of that seed begins with it."""
    drawn = int(np.random.SeedSequence([seed, 0]).generate_state(4)[3])
    return keras.layers.Dense(CLASSES, "softmax", kernel_initializer=keras.initializers.GlorotUniform(seed=drawn))


def plain_model(settings, optimizer, loss, pooling=keras.layers.GlobalAveragePooling2D):
    backbone = build_backbone(settings.backbones[0], SIZE, 7)
    for index, layer in enumerate(backbone.layers):
        layer.trainable = index in UNFROZEN
    model = keras.Sequential([backbone, pooling(), fresh_classes()])
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    return model


def plain_history(model, one_hot=False):
    """Loss and accuracy of both parts after each epoch, and the rate at its beginning."""
    photographs, found = make_photographs(), []
    images, labels = photographs.images.astype(np.float32) / 255, photographs.labels
    targets = keras.utils.to_categorical(labels, CLASSES) if one_hot else labels
    held = PART.validation
    for epoch in range(EPOCHS):
        rate = float(model.optimizer.learning_rate)
        rows = PART.train[np.random.default_rng([1, 1, epoch]).permutation(len(PART.train))]
        batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        told = np.array([model.train_on_batch(images[chosen], targets[chosen]) for chosen in batches])
        loss, accuracy = np.average(told, axis=0, weights=[len(chosen) for chosen in batches])
        probabilities = model.predict_on_batch(images[held])
        found.append(
            {
                "loss": loss,
                "accuracy": accuracy,
                # Always the plain cross-entropy
                "val_loss": -np.log(probabilities[np.arange(len(held)), labels[held]]).mean(),
                "val_accuracy": np.mean(probabilities.argmax(axis=1) == labels[held]),
                "learning_rate": rate,
            }
        )
    return {name: np.array([float(row[name]) for row in found]) for name in found[0]}


def assert_same(history, plain):
    for name, values in plain.items():
        np.testing.assert_allclose(history[name], values, rtol=2e-5, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("pooling", ["average", "flatten"])
def test_a_head_without_hidden_layers_is_pooling_and_classes(pooling):
    settings = settings_of({"pooling": pooling})
    layer = {"average": keras.layers.GlobalAveragePooling2D, "flatten": keras.layers.Flatten}[pooling]
    model = plain_model(settings, keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", layer)
    history, head, backbone = ours(settings)
    assert_same(history, plain_history(model))
    assert [len(layer.weights) for layer in head.layers] == [0, 0, 2]
    for mine, theirs in zip([*backbone.weights, *head.weights], model.weights, strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-6)
