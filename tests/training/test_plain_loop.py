"""A run is what a plain loop in Keras makes of the same settings: the head, the optimizer, the rate, the loss."""

from functools import cache

import keras
import numpy as np
import pytest
from test_train import CLASSES, SIZE, columns, make_images

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.runs.spec import Part, run_spec
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.training.probe import fit_probe
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
    finished = train_run(spec, backbone, table, make_images(), PART, memory_gb=0.0)
    return columns(finished.history), finished.head, backbone


@cache
def at_a_constant_rate():
    """History of the run from which one setting makes another."""
    return ours(settings_of(schedule="constant"))[0]


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
    image_set, found = make_images(), []
    images, labels = image_set.images.astype(np.float32) / 255, image_set.labels
    targets = keras.utils.to_categorical(labels, CLASSES) if one_hot else labels
    held = PART.validation
    for epoch in range(EPOCHS):
        rate = float(model.optimizer.learning_rate)
        rows = PART.train[np.random.default_rng([1, 1, epoch]).permutation(len(PART.train))]
        batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        told = np.array([model.train_on_batch(images[chosen], targets[chosen]) for chosen in batches])
        loss, accuracy = np.average(told, axis=0, weights=[len(chosen) for chosen in batches])
        probabilities = np.asarray(model(images[held], training=False))
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


def cosine(step, warmup_steps=0):
    """The rate of a step as the formula has it."""
    if step < warmup_steps:
        return RATE * step / warmup_steps
    return RATE * (1 + np.cos(np.pi * (step - warmup_steps) / (EPOCHS * STEPS - warmup_steps))) / 2


def cosine_decay(warmup_steps=0):
    """What the tutorials of Keras write for it."""
    if not warmup_steps:
        return keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * STEPS)
    left = EPOCHS * STEPS - warmup_steps
    return keras.optimizers.schedules.CosineDecay(0.0, left, warmup_target=RATE, warmup_steps=warmup_steps)


def test_a_head_may_start_as_the_probe():
    settings = settings_of({"start": "probe"}, schedule="constant")
    model = plain_model(settings, keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
    features = keras.Sequential(model.layers[:-1]).predict(make_images().images[PART.train] / 255, verbose=0)
    probe = fit_probe(features, make_images().labels[PART.train], CLASSES)
    model.layers[-1].set_weights([probe.kernel, probe.bias])
    history, _, _ = ours(settings)
    assert_same(history, plain_history(model))


def test_adamw_is_keras_own():
    settings = settings_of(optimizer="adamw", weight_decay=0.05, schedule="constant")
    model = plain_model(settings, keras.optimizers.AdamW(RATE, weight_decay=0.05), "sparse_categorical_crossentropy")
    history, _, _ = ours(settings)
    assert_same(history, plain_history(model))
    assert not np.array_equal(at_a_constant_rate()["loss"], history["loss"])


@pytest.mark.parametrize(("warmup", "warmup_steps"), [(0, 0), (1.5, 10)])
def test_a_cosine_falls_step_by_step_over_the_whole_run(warmup, warmup_steps):
    settings = settings_of(schedule="cosine", warmup=warmup)
    optimizer = keras.optimizers.Adam(cosine_decay(warmup_steps))
    history, _, _ = ours(settings)
    assert_same(history, plain_history(plain_model(settings, optimizer, "sparse_categorical_crossentropy")))
    told = [cosine(STEPS * epoch, warmup_steps) for epoch in range(EPOCHS)]
    np.testing.assert_allclose(history["learning_rate"], told, rtol=1e-5)


def test_a_constant_rate_warms_up_and_stays():
    history, _, _ = ours(settings_of(schedule="constant", warmup=1))
    np.testing.assert_allclose(history["learning_rate"], [0, RATE, RATE], rtol=1e-6)
    assert at_a_constant_rate()["learning_rate"].tolist() == pytest.approx([RATE] * EPOCHS)


def test_gradients_longer_than_the_limit_are_scaled_down():
    settings = settings_of(clip_norm=0.1, schedule="constant")
    optimizer = keras.optimizers.Adam(RATE, global_clipnorm=0.1)
    history, _, _ = ours(settings)
    assert_same(history, plain_history(plain_model(settings, optimizer, "sparse_categorical_crossentropy")))
    assert not np.array_equal(at_a_constant_rate()["loss"], history["loss"])


def test_smoothed_labels_train_and_the_plain_cross_entropy_is_told_of_validation():
    settings = settings_of(label_smoothing=0.2, schedule="constant")
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)
    history, _, _ = ours(settings)
    assert_same(history, plain_history(plain_model(settings, keras.optimizers.Adam(RATE), loss), one_hot=True))
    assert history["loss"][0] > at_a_constant_rate()["loss"][0]
