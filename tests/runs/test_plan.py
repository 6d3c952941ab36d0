"""The plan: candidates share runs, runs share jobs, the same work has the same name."""

import itertools
import re
from dataclasses import replace

import pytest

from blocktune.candidates.candidate import Candidate
from blocktune.candidates.recipe import Recipe
from blocktune.errors import BlocktuneError
from blocktune.files.plan import Plan, job_names, read_plan
from blocktune.files.spec import Rate
from blocktune.runs.plan import jobs_of, make_plan

SETS = [
    ("lw", (6,)),
    ("lw", (4,)),
    ("lw", (3,)),
    ("lw", (1,)),
    ("bw", (6,)),
    ("bw", (3, 4)),
    ("bw", (1,)),
    ("bwsw", ()),
]


@pytest.fixture
def plan_of(make_spec, table):
    def make(runs_per_job=1, sets=SETS, stage="search", **spec):
        candidates = [
            Candidate(strategy, number, layers, min(layers, default=None), max(layers, default=None))
            for number, (strategy, layers) in enumerate(sets, 1)
        ]
        return make_plan(
            stage, table(), candidates, lambda candidate: make_spec(unfrozen=candidate.layers, **spec), runs_per_job
        )

    return make


def runs_of(plan):
    return list(itertools.chain(*plan.jobs.values()))


def test_candidates_of_the_same_weights_share_a_run(plan_of):
    plan = plan_of()
    assert len(plan.candidates) == 8
    assert len(plan.runs) == 6
    run_of = {(entry.strategy, entry.layers): entry.run for entry in plan.candidates}
    assert run_of["lw", (6,)] == run_of["bw", (6,)]
    assert run_of["lw", (1,)] == run_of["bw", (1,)]
    assert run_of["bw", (3, 4)] not in (run_of["lw", (3,)], run_of["lw", (4,)])


def test_candidates_keep_their_order_and_say_what_they_unfreeze(plan_of):
    entries = plan_of().candidates
    assert [(entry.strategy, entry.layers) for entry in entries] == SETS
    assert entries[5].names == ("conv2", "conv3")
    assert entries[5].parameters == 20
    assert entries[7].names == ()
    assert entries[7].parameters == 0


# The start-up of Keras takes under a tenth of a job of more than 100 s
@pytest.mark.parametrize(("each", "sizes"), [(20.0, [8, 4]), (30.0, [4, 4, 4]), (80.0, [2] * 6), (400.0, [1] * 12)])
def test_auto_leaves_runs_of_one_graph_together_until_they_fill_a_job_themselves(make_spec, each, sizes):
    specs = [replace(make_spec(unfrozen=unfrozen), seed=seed) for unfrozen in ((6,), (3,), (1,)) for seed in range(4)]
    seconds, graphs = {spec.run_id: each for spec in specs}, {spec.run_id: spec.graph for spec in specs}
    jobs = jobs_of([*seconds], "auto", seconds, graphs=graphs)
    assert [len(runs) for runs in jobs.values()] == sizes
    # As many as are asked for are so many
    assert [len(runs) for runs in jobs_of([*seconds], 5, seconds, graphs=graphs).values()] == [5, 5, 2]


def test_runs_of_one_graph_are_neighbours_whatever_else_tunes_the_same_layers(make_spec, table):
    everything = (1, 3, 4, 6)
    recipes = [Recipe(), Recipe(rates=tuple(Rate(layer, 0.5) for layer in everything))]
    candidates = [
        Candidate("lw", number, everything, 1, 6, replace(recipe, learning_rate=rate))
        for number, (recipe, rate) in enumerate(itertools.product(recipes, (1e-4, 1e-3, 1e-2, 1e-1)), 1)
    ]

    def spec_of(candidate):
        rate, rates = candidate.recipe.learning_rate, candidate.recipe.rates or None
        spec = make_spec(unfrozen=candidate.layers)
        return replace(spec, rates=rates, training={**spec.training, "learning_rate": rate})

    (runs,) = make_plan("search", table(), candidates, spec_of, 8).jobs.values()
    graph_of = {spec.run_id: spec.graph for spec in map(spec_of, candidates)}
    assert len([*itertools.groupby(runs, graph_of.get)]) == 2


@pytest.mark.parametrize(("runs_per_job", "sizes"), [(1, [1] * 6), (4, [4, 2]), (6, [6]), (100, [6])])
def test_jobs_hold_so_many_runs_and_every_run_once(plan_of, runs_per_job, sizes):
    plan = plan_of(runs_per_job)
    assert [len(runs) for runs in plan.jobs.values()] == sizes
    assert sorted(runs_of(plan)) == sorted(plan.runs)


def test_a_job_of_one_run_is_named_after_it(plan_of):
    assert all(runs == (name,) for name, runs in plan_of(1).jobs.items())


def test_the_same_work_has_the_same_name(plan_of):
    assert plan_of(4) == plan_of(4)
    # ... whichever strategy asks for it, and in whatever order
    assert list(plan_of(4).jobs) == list(plan_of(4, sets=SETS[::-1]).jobs)


def test_other_work_has_another_name(plan_of):
    names = [set(plan_of(4, settings={"seed": seed}).jobs) for seed in (1, 2, 3)]
    assert len(set.union(*names)) == 6


def test_jobs_have_names_that_paths_can_hold(plan_of):
    assert all(re.fullmatch("[0-9a-fx]{12,}", name) for size in (1, 4) for name in plan_of(size).jobs)


def test_neighbours_in_depth_share_a_job(plan_of):
    plan = plan_of(2)
    depths = [[min(plan.runs[run].unfrozen, default=8) for run in runs] for runs in plan.jobs.values()]
    assert depths == [[1, 3], [3, 4], [6, 8]]


def test_how_runs_are_put_into_jobs_changes_no_run(plan_of):
    assert plan_of(1).runs == plan_of(4).runs
    assert plan_of(1).candidates == plan_of(4).candidates


def test_a_plan_survives_its_file(plan_of, tmp_path):
    plan, file = plan_of(4), tmp_path / "deep" / "search.json"
    plan.write(file)
    assert Plan.read(file) == read_plan(file) == plan
    assert sorted(job_names(file)) == sorted(plan.jobs)
    assert all(spec.run_id == run for run, spec in Plan.read(file).runs.items())


@pytest.mark.parametrize("content", [None, "", "{", b"\xff\xfe"])
def test_a_plan_that_cannot_be_read_is_named(tmp_path, content):
    file = tmp_path / "search.json"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BlocktuneError, match=r"can't read .*search\.json"):
        read_plan(file)
