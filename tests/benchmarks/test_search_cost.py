"""How the whole search's cost follows from some of its jobs, and what is compared with what."""

import os

import pytest
from extrapolate import all_of_ours, all_of_the_loop, sample_jobs
from made_up import made_candidate, made_plan, made_spec
from search_cost import compare, dealt, same
from study import REPOSITORY, environment, training_flags


def plan(jobs, doubles=()):
    """A plan of jobs, by name their runs; some runs stand for several candidates."""
    runs = [run for job in jobs.values() for run in job]
    listed = [made_candidate("lw", run=run) for run in [*runs, *doubles]]
    return made_plan(listed, jobs={job: tuple(runs) for job, runs in jobs.items()})


TEN = {f"job{number}": [f"run{number}{letter}" for letter in "ab"] for number in range(10)}


def test_whole_jobs_are_sampled_over_the_depth():
    sample = sample_jobs(plan(TEN), 2)
    assert [one.job for one in sample] == ["job2", "job7"]
    assert [one.runs for one in sample] == [("run2a", "run2b"), ("run7a", "run7b")]


def test_depth_is_that_of_the_first_trained_layers_whatever_the_jobs_are_called():
    """Jobs are named by a hash; the file of a plan has them in the order of their names."""
    depths = {"b": 1, "d": 5, "a": 9, "c": 13}
    specs = {name: made_spec(unfrozen=(depth, depth + 1)) for name, depth in depths.items()}
    listed = [made_candidate("lw", run=run) for run in specs]
    made = made_plan(listed, specs, jobs={f"job {name}": (name,) for name in sorted(depths)})
    assert [one.job for one in sample_jobs(made, 4)] == ["job b", "job d", "job a", "job c"]
    # The head alone lies above all
    head = made_plan(listed, specs | {"b": made_spec(unfrozen=())}, jobs=made.jobs)
    assert [one.job for one in sample_jobs(head, 4)][-1] == "job b"


def test_every_run_and_candidate_is_stood_for_once():
    uneven = TEN | {"last": ["alone"], "deep": ["x", "y", "z"]}
    doubles = ["run0a", "run0a", "run9b"]
    sample = sample_jobs(plan(uneven, doubles), 5)
    assert sum(one.of_runs for one in sample) == 24
    assert sum(one.of_candidates for one in sample) == 27
    # run0a is three candidates of the first group
    assert sample[0].of_candidates == sample[0].of_runs + 2


def test_all_jobs_are_taken_where_there_are_no_more():
    assert [one.job for one in sample_jobs(plan(TEN), 99)] == list(TEN)


def test_what_all_jobs_would_take_is_their_sum_where_all_were_trained():
    sample = sample_jobs(plan(TEN), 10)
    assert all_of_ours(sample, dict.fromkeys(TEN, 2.0)) == pytest.approx(20.0)
    seconds = {run: 3.0 for job in TEN.values() for run in job}
    assert all_of_the_loop(sample, seconds, start=7.0) == pytest.approx(67.0)


def test_a_job_counts_as_often_as_its_group_has_runs_for_each_of_its_own():
    sample = sample_jobs(plan(TEN, ["run0a", "run0b"]), 2)
    # Five jobs of two runs each stand behind either
    assert all_of_ours(sample, {"job2": 10.0, "job7": 1.0}) == pytest.approx(55.0)
    # Means of 2 and 5 seconds, 12 and 10 candidates
    seconds = {"run2a": 1.0, "run2b": 3.0, "run7a": 5.0, "run7b": 5.0}
    assert all_of_the_loop(sample, seconds, start=6.0) == pytest.approx(12 * 2 + 10 * 5 + 6)


def loop_round(seconds, processes=1):
    runs = {run: {"wall": seconds, "cpu": 1.5 * seconds} for run in ("run0a", "run0b")}
    start = {"wall_seconds": 0.0, "cpu_seconds": 0.0}
    return {"runs": runs, "start": start, "processes": processes}


def our_round(seconds):
    return {"jobs": {"job0": {"wall_seconds": 2 * seconds, "cpu_seconds": 2 * seconds}}}


def test_ratios_are_those_of_medians_with_each_round_beside():
    sample = sample_jobs(plan({"job0": TEN["job0"]}), 1)
    rounds = {
        "loop": [loop_round(seconds) for seconds in (30.0, 8.0, 10.0)],
        "ours": [our_round(seconds) for seconds in (4.0, 4.0, 100.0)],
        "loop_same_flags": [loop_round(seconds, 2) for seconds in (8.0, 8.0, 8.0)],
    }
    found = compare(sample, rounds, cores=2)
    # Two jobs of ours at a time, so half the wall time each
    assert found["wall_ratio"] == pytest.approx(10.0 / (4.0 / 2))
    assert found["cpu_ratio"] == pytest.approx(15.0 / 4.0)
    assert found["pairs"]["as_is"]["wall_ratio_by_round"] == pytest.approx([15.0, 4.0, 0.2])
    # Two loops at a time too
    assert found["pairs"]["same_flags"]["wall_ratio"] == pytest.approx(2.0)
    assert found["pairs"]["same_flags"]["cpu_ratio"] == pytest.approx(3.0)
    assert found["pairs"]["as_is"]["our_cpu_hours"] == pytest.approx(8.0 / 3600)


def test_runs_are_dealt_out_and_none_is_lost():
    assert dealt(["a", "b", "c"], 2) == [["a", "c"], ["b"]]
    assert dealt(["a"], 4) == [["a"]]


def test_the_flags_are_on_one_side_only_unless_they_are_asked_for(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = dict(os.environ)
    flags = training_flags()
    assert dict(os.environ) == before
    assert {"TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "MALLOC_TOP_PAD_"} <= set(flags)
    assert not set(flags) & set(environment(REPOSITORY))
    assert environment(REPOSITORY, flags)["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize("name", ["loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"])
def test_histories_are_the_same_if_every_number_is(name):
    columns = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
    history = {column: [0.1, 0.2] for column in columns}
    assert same(history, {column: [0.1 + 1e-12, 0.2] for column in columns})
    assert not same(history, history | {name: [0.1, 0.2 + 1e-6]})
    assert not same(history, history | {name: [0.1]})
