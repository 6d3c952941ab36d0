"""A job's temporary folder: gone after the job, and after the next one if the job was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from blocktune.training.features import FeatureCache
from blocktune.training.scratch import scratch_folder

HOLD = (
    "from blocktune.training.scratch import scratch_folder\nwith scratch_folder() as f: print(f, flush=True); input()"
)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield tmp_path
    monkeypatch.setattr("tempfile.tempdir", None)


@pytest.fixture
def another():
    """A process that holds a folder, and that folder."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "workflow")}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.communicate()


def test_it_is_gone_after_the_job(place):
    with scratch_folder() as folder:
        (folder / "features.npy").write_text("x")
        assert folder.parent == place
    assert list(place.iterdir()) == []


def test_what_a_killed_job_left_is_removed_by_the_next_one(place, another):
    process, left = another
    (left / "features.npy").write_text("gigabytes")
    with scratch_folder():
        assert (left / "features.npy").is_file()
    process.send_signal(signal.SIGKILL)
    process.wait()
    with scratch_folder():
        assert not left.exists()
    assert list(place.iterdir()) == []


def test_without_room_for_features_the_next_run_computes_its_own(tmp_path, monkeypatch, capsys):
    cache = FeatureCache(tmp_path)
    cache.store("rows", 3, np.zeros(4))

    def full(path, *_, **__):
        Path(path).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.save", full)
    cache.store("rows", 5, np.ones(4))
    assert "can't keep features for the next run (No space left on device)" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["rows-cut3.npy"]
    assert cache.latest("rows", 5)[0] == 3
    assert cache.latest("others", 5) is None
