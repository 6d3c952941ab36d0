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

pytestmark = pytest.mark.xdist_group("workflow")

ROOT = Path(__file__).parents[2]
BACKBONE = "TinyPlain-digits"


@pytest.fixture(scope="module")
def job(finished, tmp_path_factory):
    """A plan with one job of three runs, long enough to be hit; returns a function that starts it on a store."""
    place = finished.folder / "results" / "plan"
    plan = read_plan(place / BACKBONE / "search.json")
    runs = dict(list(plan["runs"].items())[:3])
    plan_file = tmp_path_factory.mktemp("job") / "plan.json"
    write_plan(plan_file, {**plan, "jobs": {"all": list(runs)}})

    def start(folder):
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "blocktune", "train", "--plan", plan_file, "--job", "all"]
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
    folder = tmp_path_factory.mktemp("undisturbed")
    assert job(folder).wait(timeout=300) == 0
    return numbers(folder)


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM], ids=["KILL", "TERM"])
def test_killed_job_ends_like_an_undisturbed_one(job, undisturbed, tmp_path, signal_number):
    assert len(undisturbed) == 9
    process = job(tmp_path)
    # Seeded per signal: somewhere in the second run, wherever that may be on this machine
    deadline = time.monotonic() + 120
    while "(1 of 3)" not in (tmp_path / "log").read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(random.Random(int(signal_number)).uniform(0.2, 2.0))
    process.send_signal(signal_number)
    status = process.wait(timeout=60)
    assert status != 0
    if signal_number == signal.SIGTERM:
        assert status == 128 + signal.SIGTERM
        assert "ended by SIGTERM" in (tmp_path / "log").read_text()
    before = set(numbers(tmp_path))
    assert job(tmp_path).wait(timeout=300) == 0
    assert numbers(tmp_path) == undisturbed
    assert "in the store" in (tmp_path / "log").read_text()
    assert before < set(undisturbed)
    assert not list((tmp_path / "store" / "unfinished").iterdir())
