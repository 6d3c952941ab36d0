"""A training that is interrupted goes on as if nothing had happened; features are carried over exactly."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from test_train import CLASSES, SIZE, make_images, settings_of

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.runs.spec import Part, run_spec
from blocktune.settings.head import Head
from blocktune.training.checkpoint import CheckpointFile
from blocktune.training.features import FeatureCache
from blocktune.training.probe import fit_probe
from blocktune.training.train import train_run

PLATEAU = {"monitor": "val_accuracy", "patience": 2, "min_delta": 0.5, "factor": 0.5}


def keeping(train):
    """What a training returns, and what a kill after each of its epochs would leave of its checkpoint file.

    `train` is called with a function that makes such a file for a specification.
    """
    copies = []

    class Kept(CheckpointFile):
        def write(self, header, arrays):
            super().write(header, arrays)
            copies.append(self.path.read_bytes())

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # These epochs last milliseconds, so that a checkpoint may well cost more than its share
        patch.setattr("blocktune.training.checkpoint._COST", 1e9)
        return train(lambda spec: Kept(Path(folder) / "run.checkpoint", spec)), copies


def study(unfrozen, plateau=PLATEAU, head=None, **training):
    settings = settings_of("TinyResidual", plateau=plateau, **training)
    settings = settings if head is None else settings.model_copy(update={"head": head})
    entry = settings.backbones[0]
    backbone = build_backbone(entry, SIZE, 7)
    table = layer_table(backbone, entry, 7)
    part = Part(np.arange(0, 27), np.arange(27, 42))
    spec = run_spec(settings, table, "d", CLASSES, part, tuple(unfrozen))
    return replace(spec, training={**spec.training, "epochs": 5}), backbone, table, part


def run(unfrozen, checkpoint=None, cache=None, memory_gb=1.0, pause_after=None, **training):
    spec, backbone, table, part = study(unfrozen, **training)
    file = checkpoint(spec) if checkpoint else None
    return train_run(spec, backbone, table, make_images(), part, memory_gb, file, cache, pause_after)


@cache
def whole(*unfrozen, **given):
    """An uninterrupted run without a checkpoint."""
    return run(unfrozen, **given)


def checkpoints(unfrozen, **given):
    """An uninterrupted run, and what a kill after each of its epochs would leave."""
    return keeping(lambda file: run(unfrozen, file, **given))


@cache
def of_the_paper(*unfrozen):
    """The same with the paper's recipe."""
    return checkpoints(unfrozen)


def resumed(path, content, unfrozen, **given):
    """The same run where there is such a checkpoint."""
    path.write_bytes(content)
    return run(unfrozen, lambda spec: CheckpointFile(path, spec), **given)


def scores(finished):
    return finished.history, finished.metrics


@pytest.mark.parametrize(("unfrozen", "killed_after"), [([7, 8], 3), ([1, 2, 4, 5, 7, 8], 1)])
def test_interrupted_run_ends_like_an_uninterrupted_one(tmp_path, unfrozen, killed_after):
    kept, copies = of_the_paper(*unfrozen)
    found = resumed(tmp_path / "run.checkpoint", copies[killed_after - 1], unfrozen)
    assert scores(found) == scores(kept)
    # The plateau's counters matter in this test: the rate falls after the interruption
    assert len({line.split(",")[-1] for line in lines(found)[1:]}) > 1


MODERN = {
    "plateau": {},
    "optimizer": "adamw",
    "weight_decay": 0.1,
    "warmup": 1.5,
    "clip_norm": 1.0,
    "label_smoothing": 0.1,
}


# In the middle of warming up, which goes on to the rest of the run, and after it
@pytest.mark.parametrize(("schedule", "kills"), [("cosine", (1, 3)), ("constant", (1,))])
def test_a_schedule_goes_on_where_it_was(tmp_path, schedule, kills):
    recipe = {**MODERN, "schedule": schedule}
    kept, copies = checkpoints([7, 8], **recipe)
    for killed_after in kills:
        found = resumed(tmp_path / "run.checkpoint", copies[killed_after - 1], [7, 8], **recipe)
        assert scores(found) == scores(kept)
    rates = [float(line.split(",")[-1]) for line in lines(kept)[1:]]
    assert rates[0] == 0
    assert len(set(rates)) > 2


PROBE = Head(pooling="average", units=(), start="probe")


def test_a_head_that_starts_as_a_probe_goes_on_where_it_was(tmp_path):
    kept, copies = checkpoints([7, 8], head=PROBE)
    assert scores(resumed(tmp_path / "run.checkpoint", copies[1], [7, 8], head=PROBE)) == scores(kept)


@pytest.mark.parametrize(("memory_gb", "runs"), [(1.0, ([7, 8], [1, 2], [])), (0.0, ([7, 8], [1, 2]))])
def test_a_jobs_runs_share_the_probe_that_each_would_fit(tmp_path, monkeypatch, memory_gb, runs):
    alone = [whole(*unfrozen, head=PROBE) for unfrozen in runs]
    fitted = []

    def counted(*given):
        fitted.append(fit_probe(*given))
        return fitted[-1]

    monkeypatch.setattr("blocktune.training.probe.fit_probe", counted)
    cache = FeatureCache(tmp_path)
    together = [run(unfrozen, cache=cache, memory_gb=memory_gb, head=PROBE) for unfrozen in runs]
    assert len(fitted) == 1
    assert [found.history for found in together] == [found.history for found in alone]


def lines(finished):
    return finished.history.splitlines()


@pytest.mark.parametrize(
    ("share", "pauses"), [(0.0, (1, 3)), (1e9, (3,))], ids=["only the pause is saved", "every epoch is saved"]
)
def test_a_run_that_pauses_equals_the_first_epochs_and_then_the_whole_run(tmp_path, monkeypatch, share, pauses):
    monkeypatch.setattr("blocktune.training.checkpoint._COST", share)
    path = tmp_path / "run.checkpoint"
    alone = whole(4, 5, 7, 8)
    assert not alone.paused
    for epochs in pauses:
        paused = run([4, 5, 7, 8], lambda spec: CheckpointFile(path, spec), pause_after=epochs)
        assert paused.paused
        assert CheckpointFile(path, study([4, 5, 7, 8])[0]).epochs() == epochs
        assert lines(paused) == lines(alone)[: 1 + epochs]
        assert paused.metrics["epochs"] == epochs
        assert len(paused.resources["cpu_seconds_epochs"]) == epochs
    # A study that pauses earlier finds a run that is already further
    assert lines(run([4, 5, 7, 8], lambda spec: CheckpointFile(path, spec), pause_after=2)) == lines(alone)[:3]
    ended = run([4, 5, 7, 8], lambda spec: CheckpointFile(path, spec), pause_after=5)
    assert not ended.paused
    assert scores(ended) == scores(alone)


@pytest.mark.parametrize("damage", ["flipped", "truncated", "emptied", "zeroed", "other run", "other version"])
def test_a_damaged_checkpoint_is_named_and_removed(tmp_path, capsys, monkeypatch, damage):
    path, spec = tmp_path / "run.checkpoint", study([7, 8])[0]
    content = bytearray(of_the_paper(7, 8)[1][1])
    path.write_bytes(content)
    assert CheckpointFile(path, spec).epochs() == 2
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    elif damage == "truncated":
        content = content[: len(content) // 3]
    elif damage == "emptied":
        content = b""
    elif damage == "zeroed":
        content = bytes(len(content))
    path.write_bytes(content)
    if damage == "other version":
        monkeypatch.setattr("blocktune.training.checkpoint._FORMAT", 99)
    file = CheckpointFile(path, replace(spec, seed=99) if damage == "other run" else spec)
    assert file.read() is None
    assert str(path) in capsys.readouterr().err
    assert not path.exists()


def test_a_run_whose_checkpoint_is_damaged_starts_anew(tmp_path, capsys):
    path = tmp_path / "run.checkpoint"
    assert scores(resumed(path, of_the_paper(7, 8)[1][1][:-1], [7, 8])) == scores(whole(7, 8))
    assert str(path) in capsys.readouterr().err


def test_features_carried_over_between_runs_change_nothing(tmp_path):
    cache = FeatureCache(tmp_path)
    # Ascending cuts go on from what is there; the last one lies below it and starts from pixels again
    for unfrozen in ([7, 8], [7, 8], [], [4, 5, 7, 8]):
        assert run(unfrozen, cache=cache).history == whole(*unfrozen).history
    assert len(list(tmp_path.glob("*.npy"))) == 1


def test_features_of_other_images_are_never_taken(tmp_path):
    """Runs of one job of the factor study see different images, often as many."""
    cache = FeatureCache(tmp_path)
    parts = Part(np.arange(0, 27), np.arange(27, 42)), Part(np.arange(15, 42), np.arange(0, 15))
    parts += (Part(np.arange(0, 9), np.arange(27, 42)),)

    def trained(part, cache=None):
        spec, backbone, table, _ = study([])
        return train_run(spec, backbone, table, make_images(), part, 1.0, None, cache).history

    alone = [whole().history, *(trained(part) for part in parts[1:])]
    assert [trained(part, cache) for part in parts] == alone
