"""A training that hangs or eats memory is ended, says which setting did it, and the next call goes on."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from faulty import numbers, stored

from blocktune.cli.main import main
from blocktune.errors import BlocktuneError
from blocktune.settings.execution import LIMIT_VARIABLES, Execution
from blocktune.settings.load import validate
from blocktune.training.limits import Begun, Ended, RunLimits, memory_gb, wait_within


@pytest.fixture
def one_done(jobs, tmp_path):
    """A folder with a store in which the first of a job's two runs has finished."""
    jobs.put_first_run(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("training", "limit", "said"),
    [
        ("hang", ["--run-minutes", "0.01"], "took more than run_minutes=0.01 and was ended"),
        ("hang without pause", ["--run-minutes", "0.01"], "took more than run_minutes=0.01 and was ended"),
        ("eat", ["--run-memory-gb", "1.5"], "GB of memory, more than run_memory_gb=1.5, and was ended"),
    ],
)
def test_a_training_beyond_its_limit_is_ended_and_named(forker, faults, jobs, one_done, training, limit, said):
    arguments, before = jobs.arguments("pair", one_done), stored(one_done / "store")
    ended = forker.run([*arguments, *limit], one_done, training=training, seconds=60)
    assert ended.status == 2
    (error,) = [line for line in ended.output.splitlines() if line.startswith("error: ")]
    assert error.startswith("error: run ") and "(2 of 2)" in error
    assert said in error
    assert "Traceback" not in ended.output
    faults.strike(before, stored(one_done / "store"))
    # Well within generous limits the same job ends well
    again = forker.run([*arguments, "--run-minutes", "5", "--run-memory-gb", "8"], one_done)
    assert again.status == 0, again.output
    faults.strike(before, stored(one_done / "store"), count=0)
    faults.compare(numbers(one_done / "store"), jobs.of("pair"))


@pytest.mark.parametrize("training", ["hang", "hang without pause"])
def test_a_training_that_hangs_does_not_outlive_its_job(forker, faults, jobs, one_done, training):
    job = forker.start(jobs.arguments("pair", one_done), one_done, training=training)
    deadline = time.monotonic() + 60
    while not (children := psutil.Process(job).children()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    os.kill(job, signal.SIGKILL)
    # What the training holds open ends with it
    ended = forker.wait(job, seconds=20)
    assert "time limit" not in ended.output
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    faults.strike(stored(one_done / "store"), stored(one_done / "store"))


class Child:
    """Stands for a process that never ends."""

    def __init__(self):
        self.sentinel, self.never = os.pipe()
        self.pid = os.getpid()


def test_waiting_for_a_gpu_does_not_count():
    ours, theirs = multiprocessing.Pipe()
    threading.Timer(1.0, lambda: theirs.send(Begun("a GPU"))).start()
    begun = time.monotonic()
    with pytest.raises(BlocktuneError, match="run_minutes"):
        wait_within(Child(), ours, RunLimits(minutes=0.01), "run x")
    assert time.monotonic() - begun > 1.5


def test_each_run_of_a_process_has_its_own_time():
    ours, theirs = multiprocessing.Pipe()
    for _ in range(2):
        theirs.send(Begun("cpu"))
        threading.Timer(0.7, lambda: theirs.send(Ended(goes_on=True))).start()
        assert wait_within(Child(), ours, RunLimits(minutes=0.02), "run x") == Ended(goes_on=True)


HOLDS = "print(1, flush=True); input(); held = b'x' * 300_000_000; print(2, flush=True); input()"


def test_memory_is_what_the_process_itself_holds():
    """Seen from outside, in a process that nothing else frees memory in."""
    child = subprocess.Popen([sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    child.stdout.readline()
    before = memory_gb(child.pid)
    child.stdin.write("\n")
    child.stdin.flush()
    child.stdout.readline()
    after = memory_gb(child.pid)
    child.communicate("\n")
    assert 0.25 < after - before < 0.4
    assert memory_gb(2**22 + 1) == 0


def test_limits_reach_jobs_by_their_environment():
    execution = validate(Execution, {"run_minutes": 90, "run_memory_gb": "6.5"})
    variables = execution.job_environment()
    assert validate(Execution, {key: variables[name] for key, name in LIMIT_VARIABLES.items()}) == execution
    assert not set(LIMIT_VARIABLES.values()) & set(Execution().job_environment())


@pytest.mark.parametrize("flag", ["--run-minutes", "--run-memory-gb"])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "soon"])
def test_a_limit_that_cannot_be_is_one_error(jobs, tmp_path, capsys, monkeypatch, flag, value):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert main([*jobs.arguments("one", tmp_path), flag, value]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line]
    assert line.startswith("error: ") and flag[2:].replace("-", "_") in line
    assert not (tmp_path / "store").exists()
