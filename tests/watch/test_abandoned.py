"""A lock that a killed Snakemake left is taken away, where it is sure that nobody is at work."""

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from blocktune.watch.abandoned import free_abandoned_folder
from blocktune.watch.session import Session


@pytest.fixture
def session(tmp_path):
    """What a Snakemake that was killed wrote down, in a folder that it left locked."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / ".snakemake" / "locks").mkdir(parents=True)
    for name in ("0.input.lock", "0.output.lock"):
        (tmp_path / ".snakemake" / "locks" / name).write_text("results/tables/table1.csv\n")
    found = Session(time.time(), "data/store", 0, socket.gethostname(), ended.pid, born=1.0)
    found.write(tmp_path)
    return found


def free(folder):
    """What was said, and whether the folder is free."""
    said = []
    free_abandoned_folder(folder, said.append)
    return said, not any((folder / ".snakemake" / "locks").iterdir())


def test_the_lock_of_a_killed_snakemake_is_taken_away_once(session, tmp_path):
    said, is_free = free(tmp_path)
    assert is_free
    assert f"process {session.pid}) was killed; its lock is taken away" in said[0]
    assert free(tmp_path) == ([], True)


@pytest.mark.parametrize(
    "change",
    [{"host": "another"}, {"ended": 2.0, "outcome": "success"}, {"elsewhere": True}, "alive", "unknown"],
    ids=str,
)
def test_the_lock_stays_where_somebody_may_be_at_work(session, tmp_path, change):
    if change == "unknown":
        (tmp_path / ".snakemake" / "blocktune" / "session.json").unlink()
    elif change == "alive":
        replace(Session.begin("data/store", 0)).write(tmp_path)
    else:
        replace(session, **change).write(tmp_path)
    assert free(tmp_path) == ([], False)


@pytest.mark.parametrize("words", [["snakemake", "--mode", "subprocess"], ["-m", "blocktune", "train"]], ids=" ".join)
def test_jobs_that_outlived_their_snakemake_are_waited_for(session, tmp_path, words):
    sleeper = "import sys, time; print('up', flush=True); time.sleep(2)"
    job = subprocess.Popen(
        [sys.executable, "-c", sleeper, *words], cwd=tmp_path, stdout=subprocess.PIPE, start_new_session=True
    )
    # It must not be this process' child: those are never waited for
    assert job.stdout.readline() == b"up\n"
    waiting = "import sys\nfrom pathlib import Path\nfrom blocktune.watch.abandoned import free_abandoned_folder\n"
    waiting += "free_abandoned_folder(Path(), print)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", waiting], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert f"waiting for its jobs (processes {job.pid}) to end" in done.stdout
    assert "its lock is taken away" in done.stdout
    assert job.poll() is not None
    job.wait()
