"""A job of several runs that is killed or preempted goes on where it was and ends with the same files."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blocktune.runs.plan import read_plan, write_plan

ROOT = Path(__file__).parents[2]
BACKBONE = "TinyPlain-digits"


@pytest.fixture(scope="module")
def job(finished, tmp_path_factory):
    """A plan with a job of three runs and one of a single run; returns a function that starts one on a store."""
    place = finished.folder / "results" / "plan"
    plan = read_plan(place / BACKBONE / "search.json")
    runs = list(plan["runs"])[:3]
    plan_file = tmp_path_factory.mktemp("job") / "plan.json"
    write_plan(plan_file, {**plan, "jobs": {"all": runs, "one": runs[1:2]}})

    def start(folder, name="all"):
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "blocktune", "train", "--plan", plan_file, "--job", name]
        command += ["--layers", place / BACKBONE / "layers.json", "--splits", place / "splits.csv"]
        command += ["--dataset", next((finished.folder / "data" / "prepared").glob("*/dataset.json"))]
        command += ["--pretrained", place / "pretrained" / "TinyPlain.weights.h5"]
        command += ["--store", folder / "store", "--output", folder / "records.json"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow")}
        with (folder / "log").open("a") as log:
            return subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, env=environment)

    return start


def numbers(folder):
    """The files that must not depend on what happened on the way."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for name in ("spec.json", "metrics.json", "history.csv")
        for path in sorted((folder / "store").rglob(name))
    }


@pytest.fixture(scope="module")
def undisturbed(job, tmp_path_factory):
    """By job, the files of an undisturbed call and the seconds that it took."""
    found = {}
    for name in ("all", "one"):
        folder = tmp_path_factory.mktemp("undisturbed")
        begun = time.monotonic()
        assert job(folder, name).wait(timeout=600) == 0
        found[name] = numbers(folder), time.monotonic() - begun
    return found


@pytest.mark.parametrize(("name", "runs"), [("one", 1), ("all", 3)])
def test_job_killed_five_times_at_random_ends_like_an_undisturbed_one(job, undisturbed, tmp_path, name, runs):
    files, seconds = undisturbed[name]
    assert len(files) == 3 * runs
    moments = random.Random(runs)
    statuses = []
    for _ in range(5):
        process = job(tmp_path, name)
        try:
            process.wait(timeout=moments.uniform(0.1, 0.9) * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        statuses.append(process.wait(timeout=60))
        # What is in the store is whole at any moment
        there = numbers(tmp_path)
        assert there == {path: files[path] for path in there}
    assert -signal.SIGKILL in statuses
    assert job(tmp_path, name).wait(timeout=600) == 0
    assert numbers(tmp_path) == files
    assert not list((tmp_path / "store" / "unfinished").iterdir())


def test_preempted_job_keeps_what_is_finished_and_says_so(job, undisturbed, tmp_path):
    files, _ = undisturbed["all"]
    process = job(tmp_path)
    deadline = time.monotonic() + 300
    while "(1 of 3)" not in (tmp_path / "log").read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert "ended by SIGTERM" in (tmp_path / "log").read_text()
    before = numbers(tmp_path)
    assert 3 <= len(before) < 9
    assert job(tmp_path).wait(timeout=600) == 0
    assert numbers(tmp_path) == files
    assert "in the store" in (tmp_path / "log").read_text()
    assert not list((tmp_path / "store" / "unfinished").iterdir())
