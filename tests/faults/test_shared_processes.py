"""Runs that share a graph share a process: their numbers are those of runs alone, also where one diverges or is hit."""

import time

import pytest
from faulty import numbers, stored

from blocktune.files.plan import Plan
from blocktune.gpus.slots import slots_in_use
from blocktune.runs.store import Store


@pytest.fixture(scope="module")
def alone(forker, jobs, tmp_path_factory):
    """The numbers of the arms, each trained by a job of its own."""
    folder = tmp_path_factory.mktemp("alone")
    for run in Plan.read(jobs.plan).jobs["arms"]:
        ended = forker.run(jobs.arguments(run, folder), folder)
        assert ended.status == 0, ended.output
    return numbers(folder / "store")


def test_a_jobs_runs_have_the_numbers_of_runs_alone(forker, jobs, tmp_path, alone):
    ended = forker.run(jobs.arguments("arms", tmp_path), tmp_path)
    assert ended.status == 0, ended.output
    assert numbers(tmp_path / "store") == alone
    assert sum(b'"diverged": true' in content for content in alone.values()) == 1


def test_a_job_that_is_killed_between_its_runs_goes_on(forker, faults, jobs, tmp_path, alone):
    arguments = jobs.arguments("arms", tmp_path)
    moments = forker.run(jobs.arguments("arms", tmp_path, tmp_path / "whole"), tmp_path).moments
    for moment in (moments // 2, moments // 3):
        before = stored(tmp_path / "store")
        forker.run(arguments, tmp_path, kill_at=moment)
        faults.strike(before, stored(tmp_path / "store"))
    ended = forker.run(arguments, tmp_path)
    assert ended.status == 0, ended.output
    faults.compare(numbers(tmp_path / "store"), alone)


def waited_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_who_waits_for_a_run_of_another_job_lets_that_have_the_gpu(forker, jobs, tmp_path, alone):
    first, second, *_ = Plan.read(jobs.plan).jobs["arms"]
    store, slots = Store(tmp_path / "store"), tmp_path / "slots"
    environment = {"CUDA_VISIBLE_DEVICES": "5", "BLOCKTUNE_SLOTS": str(slots)}
    with store.lock(second):
        job = forker.start(jobs.arguments("arms", tmp_path), tmp_path, environment=environment)
        assert waited_for(lambda: slots_in_use(slots))
        assert waited_for(store.path(first).is_dir)
        # It wants the second run, which is held here
        assert waited_for(lambda: not slots_in_use(slots), 20)
    seen, arms = set(), Plan.read(jobs.plan).jobs["arms"]

    def look_until_the_end():
        seen.update(holder["run"] for holder in slots_in_use(slots) if "run" in holder)
        return len(stored(tmp_path / "store")) == len(arms)

    assert waited_for(look_until_the_end, 120)
    ended = forker.wait(job)
    assert ended.status == 0, ended.output
    assert numbers(tmp_path / "store") == alone
    # Whoever looks is told of the run that trains, also of those that are not their process' first
    assert seen == {*arms} - {first}


def test_an_error_that_also_means_an_end_is_shown(forker, jobs, tmp_path):
    ended = forker.run(jobs.arguments("one", tmp_path), tmp_path, training="read on")
    assert ended.status == 1
    assert "EOFError: nothing left to read" in ended.output
