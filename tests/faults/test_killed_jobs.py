"""Jobs that train: killed, terminated and interrupted at random, on a full disk. What had finished stays as it was."""

import os
import random
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import psutil
import pytest
from faulty import longer, numbers, stored

ROOT = Path(__file__).parents[2]
KINDS = ("KILL the job", "KILL the training", "KILL all", "TERM the job", "TERM all", "Ctrl-C")


def is_left(folder):
    """What nobody needs when a job has ended well."""
    inside = [*(folder / "store" / "unfinished").iterdir(), *(folder / "tmp").iterdir()]
    return inside + list((folder / "store").rglob(".*"))


def test_a_job_on_a_full_disk_or_killed_at_a_moment_of_writing(forker, faults, jobs, tmp_path, pytestconfig):
    surroundings = {"environment": {"TMPDIR": str(tmp_path / "tmp")}}
    arguments, store = jobs.arguments("one", tmp_path), tmp_path / "store"
    begun = forker.run(arguments, tmp_path, **surroundings)
    assert begun.status == 0, begun.output
    faults.compare(numbers(store), jobs.of("one"))
    every, random_ones, numbered = range(1, begun.moments + 1), random.Random(1), count()
    tried = every if pytestconfig.getoption("--long") else random_ones.sample(every, 2)
    for fault in [{kind: moment} for kind in ("fail_at", "kill_at") for moment in tried]:
        for run in stored(store):
            (store / run[:2] / run).rename(tmp_path / f"done {next(numbered)}")
        ended = forker.run(arguments, tmp_path, **surroundings, **fault)
        if ended.moments < max(fault.values()):
            # It went on from what the faults before had left, which has fewer moments: now one from the beginning
            store.rename(tmp_path / f"store {next(numbered)}")
            (tmp_path / "records.json").unlink()
            ended = forker.run(arguments, tmp_path, **surroundings, **fault)
        found = numbers(store)
        assert found == {name: content for name, content in jobs.of("one").items() if name in found}, fault
        faults.strike({}, stored(store))
        if "kill_at" in fault:
            assert ended.status == -signal.SIGKILL
        else:
            assert ended.status == 0 or "error: " in ended.output
            assert "Traceback" not in ended.output
    ended = forker.run(arguments, tmp_path, **surroundings)
    assert ended.status == 0, ended.output
    faults.compare(numbers(store), jobs.of("one"))
    assert is_left(tmp_path) == []


def strike(kind, pid):
    """Do to a job what `kind` says; tell whether there was anything to hit."""
    hit = {"KILL": signal.SIGKILL, "TERM": signal.SIGTERM, "Ctrl-C": signal.SIGINT}[kind.split()[0]]
    try:
        if kind == "KILL the training":
            for child in psutil.Process(pid).children():
                child.kill()
        elif kind.endswith("the job"):
            os.kill(pid, hit)
        else:
            os.killpg(pid, hit)
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False
    return True


# A job that is hit before it has begun ends by the signal itself
STATUSES = {
    "KILL the job": {-signal.SIGKILL},
    "KILL the training": {2},
    "KILL all": {-signal.SIGKILL},
    "TERM the job": {128 + signal.SIGTERM, -signal.SIGTERM},
    "TERM all": {128 + signal.SIGTERM, -signal.SIGTERM, 2},
    "Ctrl-C": {128 + signal.SIGINT},
}


@pytest.mark.parametrize("kills", longer([6, 50]))
def test_a_job_hit_at_random_goes_on_and_ends_like_an_undisturbed_one(forker, faults, jobs, tmp_path, kills):
    surroundings = {"environment": {"TMPDIR": str(tmp_path / "tmp")}}
    moments, kinds = random.Random(kills), [KINDS[number % len(KINDS)] for number in range(kills)]
    arguments, store, begun = jobs.arguments("three", tmp_path), tmp_path / "store", time.monotonic()
    assert forker.run(arguments, tmp_path, **surroundings).status == 0
    seconds = time.monotonic() - begun
    moments.shuffle(kinds)
    while kinds:
        if len(stored(store)) == 3:
            faults.compare(numbers(store), jobs.undisturbed)
            store.rename(tmp_path / f"store {len(kinds)}")
        before, job = stored(store), forker.start(arguments, tmp_path, **surroundings)
        time.sleep(0.2 + moments.uniform(0, 0.6) * seconds)
        before = stored(store) | before
        hit = strike(kinds[-1], job)
        ended = forker.wait(job)
        assert "Traceback" not in ended.output.split("Exception ignored in")[0]
        found = numbers(store)
        assert found == {name: content for name, content in jobs.undisturbed.items() if name in found}
        if hit and ended.status != 0:
            assert ended.status in STATUSES[kinds[-1]], ended.output
            faults.strike(before, stored(store))
            kinds.pop()
    ended = forker.run(arguments, tmp_path, **surroundings)
    assert ended.status == 0, ended.output
    faults.compare(numbers(store), jobs.undisturbed)
    assert is_left(tmp_path) == []


@pytest.mark.parametrize("kind", ["TERM the job", "Ctrl-C"])
def test_a_job_as_the_workflow_starts_it_keeps_what_is_finished_and_says_so(faults, jobs, tmp_path, kind):
    """With a start-up of its own: a fork server has imported Keras, and begins each training."""
    # Longer than a socket's path may be, as on some clusters
    temporary = tmp_path / ("temporary files" * 6)
    temporary.mkdir()
    command, log = [sys.executable, "-m", "blocktune", *jobs.arguments("three", tmp_path)], tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow"), "TMPDIR": str(temporary)}
    with log.open("w") as stream:
        process = subprocess.Popen(
            command,
            stdout=stream,
            stderr=stream,
            env=environment,
            start_new_session=True,
            # Ignored in what a shell starts in the background
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    deadline = time.monotonic() + 300
    while "(1 of 3)" not in log.read_text() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.poll() is None, log.read_text()
    before = stored(tmp_path / "store")
    family = psutil.Process(process.pid).children(recursive=True)
    assert strike(kind, process.pid)
    assert process.wait(timeout=60) in STATUSES[kind]
    said = "ended by SIGTERM" if kind.startswith("TERM") else "interrupted; what is finished is kept"
    assert said in log.read_text()
    assert "Traceback" not in log.read_text()
    psutil.wait_procs(family, timeout=30)
    assert [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    faults.strike(before, stored(tmp_path / "store"))
    found = numbers(tmp_path / "store")
    assert 3 <= len(found) < 9
    assert found == {name: content for name, content in jobs.undisturbed.items() if name in found}
    assert list(temporary.iterdir()) == []
