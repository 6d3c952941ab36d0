"""Small real trainings: the frozen prefix is exact, frozen weights stay, the same seed gives the same files."""

import csv
import io
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.runs.spec import Part, run_spec
from blocktune.settings.backbone import Backbone
from blocktune.settings.head import Head, Pixels
from blocktune.settings.model import Settings
from blocktune.settings.training import Training
from blocktune.training import freeze
from blocktune.training.assemble import ImageSet
from blocktune.training.train import train_run

SIZE = 16
CLASSES = 3


def make_images(count=42):
    generator = np.random.default_rng(5)
    labels = np.arange(count) % CLASSES
    images = generator.integers(0, 120, (count, SIZE, SIZE, 3)) + labels[:, None, None, None] * 60
    return ImageSet(images.astype(np.uint8), labels.astype(np.int64))


def settings_of(name, **training):
    return Settings(
        backbones=[Backbone(name=name, weights="none")],
        pixels=Pixels(range="unit"),
        head=Head(units=(16, 8)),
        training=Training(**{"epochs": 3, "learning_rate": 1e-3} | training),
    )


def train(name, unfrozen, memory_gb=1.0, seed=1, **training):
    settings = settings_of(name, **training)
    entry = settings.backbones[0]
    backbone = build_backbone(entry, SIZE, 7)
    table = layer_table(backbone, entry, 7)
    part = Part(np.arange(0, 27), np.arange(27, 42))
    spec = replace(run_spec(settings, table, "d", CLASSES, part, tuple(unfrozen)), seed=seed)
    return train_run(spec, backbone, table, make_images(), part, memory_gb), backbone


@cache
def trained(name, *unfrozen, **training):
    """What a run finds, and the network that it leaves, to look at."""
    return train(name, unfrozen, **training)


def columns(history):
    rows = list(csv.DictReader(io.StringIO(history)))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@pytest.mark.parametrize(
    ("name", "unfrozen"),
    [("TinyPlain", [4, 5]), ("TinyPlain", []), ("TinyResidual", [7, 8]), ("TinyResidual", [2])],
)
def test_prefix_gives_the_same_history_as_the_whole_network(name, unfrozen):
    cut, _ = trained(name, *unfrozen)
    whole, _ = train(name, unfrozen, memory_gb=0.0)
    assert cut.resources["cut"] is not None
    assert whole.resources["cut"] is None
    with_cut, without = columns(cut.history), columns(whole.history)
    for column in ("loss", "val_loss"):
        np.testing.assert_allclose(with_cut[column], without[column], rtol=2e-5)
    for column in ("accuracy", "val_accuracy", "learning_rate"):
        np.testing.assert_array_equal(with_cut[column], without[column])


def test_same_seed_same_files_and_another_seed_other_files():
    first, _ = trained("TinyResidual", 7, 8)
    again, other = (train("TinyResidual", [7, 8], seed=seed)[0] for seed in (1, 2))
    assert (first.metrics, first.history) == (again.metrics, again.history)
    assert first.history != other.history


def test_only_the_candidate_changes_batch_statistics_included():
    unfrozen = [7, 8]
    finished, tuned = trained("TinyResidual", *unfrozen)
    untouched = build_backbone(Backbone(name="TinyResidual", weights="none"), SIZE, 7)
    for index, (after, before) in enumerate(zip(tuned.layers, untouched.layers, strict=True)):
        for old, new in zip(before.weights, after.weights, strict=True):
            same = np.array_equal(old.numpy(), new.numpy())
            assert same == (index not in unfrozen), after.name
    assert finished.metrics["parameters_backbone"] == 12 * 12 * 9 + 2 * 12


def test_changed_frozen_weights_are_an_error():
    backbone = build_backbone(Backbone(name="TinyResidual", weights="none"), SIZE, 7)
    proof = freeze.FrozenProof(backbone, [7, 8])
    proof.check()
    mean = backbone.get_layer("stem_bn").moving_mean
    mean.assign(mean.numpy() + 1e-6)
    with pytest.raises(freeze.FrozenWeightsChangedError, match="stem_bn"):
        proof.check()


def test_diverged_run_is_recorded():
    settings = settings_of("TinyPlain")
    entry = settings.backbones[0]
    backbone = build_backbone(entry, SIZE, 7)
    table = layer_table(backbone, entry, 7)
    kernel = backbone.get_layer("block1_conv1").kernel
    kernel.assign(np.full(kernel.shape, np.nan, np.float32))
    part = Part(np.arange(0, 27), np.arange(27, 42))
    spec = run_spec(settings, table, "d", CLASSES, part, (1, 2, 4, 5))
    finished = train_run(spec, backbone, table, make_images(), part, 1.0)
    assert finished.metrics["diverged"] is True
    assert finished.metrics["last_accuracy"] is None


def test_learning_rate_falls_on_a_plateau():
    plateau = {"monitor": "val_accuracy", "patience": 1, "min_delta": 1.0, "factor": 0.5}
    finished, _ = train("TinyPlain", [4], plateau=plateau)
    rates = columns(finished.history)["learning_rate"]
    assert rates == pytest.approx([1e-3, 1e-3, 5e-4])
