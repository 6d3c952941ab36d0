"""Whole workflows: killed, interrupted and damaged; the next call ends well and nothing that was done is lost."""

import random
import time

import pytest
from faulty import BACKBONE, DAMAGES, flip, longer, stored, truncate

TABLE = "results/tables/table1.csv"
KINDS = ("Ctrl-C", "KILL Snakemake", "TERM Snakemake", "KILL all")


def test_a_workflow_killed_and_damaged_goes_on_by_itself(workflow):
    """From two trainings on: the rest of a study is the same, and takes longer."""
    workflow.take_away_final_runs(2)
    assert workflow.hit("KILL Snakemake", TABLE, once=workflow.trains)
    # A bit that flips below a training's eyes is another matter: what it reads then, it trains on
    workflow.wait_for_jobs()
    before, folder = stored(workflow.store), workflow.copy.folder
    damaged = {
        folder / "results" / "plan" / BACKBONE / "final.json": truncate,
        next((folder / "data" / "prepared").glob("*/images.npy")): flip,
    }
    for path, damage in damaged.items():
        damage(path)
    workflow.faults.strike(before, stored(workflow.store), count=len(damaged))
    out = workflow.goes_on(TABLE)
    assert "its lock is taken away" in out
    for path in damaged:
        assert f"{path.relative_to(folder)} is not what the workflow made: set aside as {path.name}.damaged1" in out
        assert path.with_name(f"{path.name}.damaged1").is_file()


@pytest.mark.parametrize("kills", longer([3, 50]))
def test_a_workflow_hit_at_random_ends_like_an_undisturbed_one(workflow, kills):
    moments, kinds = random.Random(kills), [KINDS[number % len(KINDS)] for number in range(kills)]
    moments.shuffle(kinds)
    workflow.take_away_final_runs(2)
    begun = time.monotonic()
    workflow.goes_on(TABLE)
    seconds = time.monotonic() - begun
    while kinds:
        workflow.take_away_final_runs(2)
        hit = True
        # It is hit up to three times and then let through
        for _ in range(3):
            if kinds and hit:
                hit = workflow.hit(kinds[-1], TABLE, after=moments.uniform(0.1, 0.9) * seconds)
                kinds = kinds[: len(kinds) - hit]
        workflow.goes_on(TABLE)
    assert workflow.faults.injected == kills


@pytest.mark.long
def test_a_whole_study_hit_while_it_trains_ends_like_an_undisturbed_one(workflow):
    workflow.take_away_final_runs(2)
    workflow.take_away_results()
    for kind in KINDS:
        assert workflow.hit(kind, once=workflow.trains)
    workflow.goes_on()


FILES = (
    *("results/tables/table1.csv", "results/metrics.json", "results/figures/figure8_final.svg", "results/report.html"),
    *(f"results/final/{BACKBONE}/scores.csv", f"results/search/{BACKBONE}/winners.json", "results/runs/*/final/*.json"),
    *(f"results/plan/{BACKBONE}/{name}.json" for name in ("layers", "search", "dependent", "final")),
    *("results/plan/splits.csv", "results/plan/splits.json", "results/plan/study.json"),
    *("results/plan/pretrained/TinyPlain.weights.h5", "results/plan/settings/planning.json"),
    *(f"data/prepared/*/{name}" for name in ("images.npy", "labels.npy", "manifest.csv", "dataset.json")),
)


@pytest.mark.parametrize("damage", longer(DAMAGES), ids=lambda done: done.__name__)
def test_any_file_of_a_study_may_be_damaged_in_any_way(workflow, damage):
    """All of them at once, before one call."""
    folder, paths = workflow.copy.folder, []
    for pattern in FILES:
        (path, *_) = sorted(folder.glob(pattern))
        paths.append(path)
        before = stored(workflow.store)
        damage(path)
        workflow.faults.strike(before, stored(workflow.store))
    out = workflow.goes_on()
    for path in paths:
        if "settings" not in path.parts:
            assert f"{path.relative_to(folder)} is not what the workflow made" in out
