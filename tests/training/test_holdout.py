"""The test part scores and does nothing else: whatever its labels are, the training is the same."""

import hashlib
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from test_resume import keeping
from test_train import CLASSES, SIZE, make_images, settings_of

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.runs.history import read_history
from blocktune.runs.spec import Part, run_spec
from blocktune.search.ranking import score_of
from blocktune.training.assemble import ImageSet
from blocktune.training.checkpoint import CheckpointFile
from blocktune.training.train import train_run

TRAIN, VALIDATION, TEST = np.arange(0, 27), np.arange(27, 34), np.arange(34, 42)


def planned(test=TEST, unfrozen=(7, 8), **training):
    settings = settings_of("TinyResidual", plateau={"patience": 1, "min_delta": 0.5}, **training)
    entry = settings.backbones[0]
    backbone = build_backbone(entry, SIZE, 7)
    table = layer_table(backbone, entry, 7)
    part = Part(TRAIN, VALIDATION, test)
    return run_spec(settings, table, "d", CLASSES, part, unfrozen), backbone, table, part


def train(image_set, test=TEST, checkpoint=None, memory_gb=1.0, pause=None, **training):
    spec, backbone, table, part = planned(test, **training)
    file = checkpoint(spec) if checkpoint else None
    finished = train_run(spec, backbone, table, image_set, part, memory_gb, file, None, pause)
    weights = hashlib.sha256(b"".join(weight.numpy().tobytes() for weight in backbone.weights)).hexdigest()
    return finished, weights


@cache
def undisturbed():
    """A run without a checkpoint, to look at."""
    return train(make_images())


@cache
def kept():
    """What a kill after each of its epochs would leave."""
    return keeping(lambda file: train(make_images(), checkpoint=file))[1]


def with_test_labels(image_set, labels):
    changed = image_set.labels.copy()
    changed[TEST] = labels
    return ImageSet(image_set.images, changed)


def test_shuffled_test_labels_change_the_test_score_alone():
    image_set = make_images()
    truth = image_set.labels[TEST]
    true, weights = undisturbed()
    assert len({row.split(",")[-1] for row in true.history.splitlines()[1:]}) > 1, "the learning rate never fell"
    trained = {name: value for name, value in true.metrics.items() if name != "test"}
    other, other_weights = train(with_test_labels(image_set, np.roll(truth, 1)))
    assert other.metrics.pop("test") != true.metrics["test"]
    assert (other.metrics, other.history, other_weights) == (trained, true.history, weights)
    # Nor does it matter whether there is a test part
    without, weights_without = train(image_set, test=None)
    assert (without.metrics, without.history, weights_without) == (trained, true.history, weights)
    assert without.validation is None


@pytest.mark.parametrize("changes", [{}, {"memory_gb": 0.0}, {"label_smoothing": 0.1}, {"optimizer": "sgd"}])
def test_every_validation_image_keeps_its_loss_after_the_last_epoch(changes):
    image_set = make_images()
    # One epoch: the validation images have not lowered any rate yet
    finished, _ = train(image_set, epochs=1, **changes)
    last = read_history(finished.history, "run")[-1]
    assert len(finished.validation["losses"]) == len(VALIDATION)
    # At the temperature that suits them best: what the history's loss is at temperature 1 can only be higher
    assert 0 < np.mean(finished.validation["losses"]) < last.val_loss + 1e-4
    assert 0.05 <= finished.validation["temperature"] <= 20.1
    right = np.unpackbits(np.frombuffer(bytes.fromhex(finished.validation["right"]), np.uint8), count=len(VALIDATION))
    assert right.mean() == last.val_accuracy


@pytest.mark.parametrize("memory_gb", [1.0, 0.0])
def test_the_test_score_is_that_of_the_epochs_that_count(memory_gb):
    image_set = make_images()
    finished, _ = train(image_set, memory_gb=memory_gb) if memory_gb == 0 else undisturbed()
    best = finished.metrics["best_epoch"]
    found = finished.metrics["test"]
    # The same training cut short after the best epoch ends with the best epoch's test score
    shorter, _ = train(image_set, memory_gb=memory_gb, epochs=best)
    assert shorter.metrics["test"]["last"] == found["best"] == shorter.metrics["test"]["best"]
    for score in found.values():
        right = np.unpackbits(np.frombuffer(bytes.fromhex(score["right"]), np.uint8), count=len(TEST))
        assert right.mean() == score["accuracy"]
    assert score_of(finished.metrics, "last") == found["last"]["accuracy"]
    assert score_of(finished.metrics, "best") == found["best"]["accuracy"]


# Also after its last epoch, whose checkpoint is then still there
@pytest.mark.parametrize("killed_after", [2, 3])
def test_a_killed_run_ends_with_the_same_test_scores_and_losses(killed_after, tmp_path):
    path = tmp_path / "run.ckpt"
    path.write_bytes(kept()[killed_after - 1])
    again, _ = train(make_images(), checkpoint=lambda spec: CheckpointFile(path, spec))
    whole, _ = undisturbed()
    assert (again.metrics, again.history, again.validation) == (whole.metrics, whole.history, whole.validation)


def test_a_run_that_pauses_keeps_no_losses(tmp_path):
    def file(spec):
        return CheckpointFile(tmp_path / "run.ckpt", spec)

    assert train(make_images(), checkpoint=file, pause=2)[0].validation is None


def test_a_test_part_makes_another_run_and_its_absence_none():
    spec, without = planned()[0], planned(test=None)[0]
    assert spec.run_id != without.run_id
    assert replace(spec, test_rows=None).run_id == without.run_id
