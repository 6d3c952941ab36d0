"""Epochs that are not validated: nothing but their validation values is missing, however the training goes."""

import hashlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from test_resume import keeping
from test_train import CLASSES, SIZE, make_images, settings_of

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.candidates.recipe import Recipe
from blocktune.files.spec import Phase
from blocktune.runs.history import read_history
from blocktune.runs.spec import Part, run_spec
from blocktune.training.checkpoint import CheckpointFile
from blocktune.training.record import Recorder
from blocktune.training.train import train_run

RECIPE = {"schedule": "constant", "optimizer": "adamw", "epochs": 7}
FEW = {"validate_every": 3}
VALIDATED = [1, 4, 7]
PART = Part(np.arange(0, 27), np.arange(27, 34), np.arange(34, 42))
HEAD_FIRST = Recipe((Phase(2, ()), Phase(1, (8,)), Phase(4, (7, 8))))


def train(checkpoint=None, recipe=None, **training):
    settings = settings_of("TinyResidual", **RECIPE | training)
    entry = settings.backbones[0]
    backbone = build_backbone(entry, SIZE, 7)
    table = layer_table(backbone, entry, 7)
    spec = run_spec(settings, table, "d", CLASSES, PART, (7, 8), recipe)
    file = checkpoint(spec) if checkpoint else None
    finished = train_run(spec, backbone, table, make_images(), PART, 1.0, file)
    weights = [weight.numpy().tobytes() for model in (backbone, finished.head) for weight in model.weights]
    return finished, hashlib.sha256(b"".join(weights)).hexdigest()


def of_recipe(recipe):
    return [train(recipe=recipe, **changes) for changes in ({}, FEW)]


@pytest.fixture(scope="module")
def both():
    """Finished run and digest of the weights, with every epoch validated and with a few."""
    return of_recipe(None)


@pytest.fixture(scope="module", params=[None, HEAD_FIRST], ids=["one phase", "three phases"])
def each_and_few(request, both):
    return both if request.param is None else of_recipe(request.param)


def test_weights_and_all_that_the_last_epoch_says_are_the_same(each_and_few):
    (each, weights), (few, weights_of_few) = each_and_few
    assert weights_of_few == weights
    assert few.validation == each.validation is not None
    assert few.metrics["test"]["last"] == each.metrics["test"]["last"]
    for name in ("last_accuracy", "epochs", "diverged"):
        assert few.metrics[name] == each.metrics[name]


def test_only_values_of_epochs_that_are_not_validated_are_missing(each_and_few):
    each, few = (read_history(found.history, "run") for found, _ in each_and_few)
    assert [epoch.epoch for epoch in few if epoch.val_accuracy is not None] == VALIDATED
    assert few == [
        epoch if epoch.epoch in VALIDATED else replace(epoch, val_loss=None, val_accuracy=None) for epoch in each
    ]


def test_the_best_epoch_is_one_that_was_validated(both):
    each, few = (found for found, _ in both)
    scores = {epoch.epoch: epoch.val_accuracy for epoch in read_history(each.history, "run")}
    best = max(VALIDATED, key=lambda epoch: (scores[epoch], -epoch))
    assert (few.metrics["best_epoch"], few.metrics["best_accuracy"]) == (best, scores[best])
    # The test part says of it what it says of a run that ends there
    assert few.metrics["test"]["best"] == train(epochs=best)[0].metrics["test"]["last"]


def test_a_run_goes_on_to_the_same_bytes(both, tmp_path):
    _, copies = keeping(lambda file: train(file, **FEW))
    path = tmp_path / "run.checkpoint"
    whole, weights_of_whole = both[1]
    # After epochs that were validated and after one that was not
    for killed_after in (1, 3, 7):
        path.write_bytes(copies[killed_after - 1])
        again, weights = train(lambda spec: CheckpointFile(path, spec), **FEW)
        assert (again.metrics, again.history, again.validation) == (whole.metrics, whole.history, whole.validation)
        assert weights == weights_of_whole


@pytest.mark.parametrize(
    ("logs", "diverged"),
    [
        ({"loss": 1.0, "accuracy": 0.5}, False),
        ({"loss": np.inf, "accuracy": 0.5}, True),
        ({"loss": 1.0, "accuracy": 0.5, "val_loss": np.nan, "val_accuracy": 0.5}, True),
    ],
)
def test_a_loss_that_is_no_number_ends_a_run_in_any_epoch(logs, diverged):
    recorder = Recorder(2, 2)
    recorder.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.1), stop_training=False))
    recorder.on_epoch_begin(0)
    recorder.on_epoch_end(0, logs)
    assert recorder.diverged is recorder.model.stop_training is diverged
    assert len(recorder.epochs) == (not diverged)
