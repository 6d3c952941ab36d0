"""Runs that share a graph share a process: their numbers are those of runs alone, also where one diverges or is hit."""

import pytest
from faulty import numbers, stored

from blocktune.runs.plan import read_plan


@pytest.fixture(scope="module")
def alone(forker, jobs, tmp_path_factory):
    """The numbers of the arms, each trained by a job of its own."""
    folder = tmp_path_factory.mktemp("alone")
    for run in read_plan(jobs.plan)["jobs"]["arms"]:
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
