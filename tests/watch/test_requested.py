"""What is trained on request beside a study (`snakemake factors`, `snakemake audit`): counted for itself."""

import json
import time
from dataclasses import replace

import pytest
from looking import BACKBONE, RUNS, counts, look, work
from made_up import made_spec

from blocktune.cli.main import main
from blocktune.files.plan import ArmPlan
from blocktune.settings.execution import Execution
from blocktune.watch.card import Cards

ARM = "factors/own"
FACTORS = [f"f{number:015x}" for number in range(4)]
OTHER = [f"a{number:015x}" for number in range(2)]


@pytest.fixture
def finished(study):
    """A finished study, and the factor study of its first backbone planned: three runs of its own, one shared."""
    for number, entry in enumerate(study.settings.backbones):
        study.inspect(entry.key)
        for stage in ("search", "dependent", "final"):
            runs = [RUNS[number]] if stage == "final" else []
            study.plan(stage, {"j": runs} if runs else {}, {"lw": runs}, entry.key)
            for run in runs:
                study.finish(run)
        study.write(f"results/final/{entry.key}/scores.csv", "")
    study.write("results/tables/table1.md", "")
    plan_factors(study)
    return study


def plan_factors(study, arm=ARM, runs=(*FACTORS[:3], RUNS[0])):
    """An arm's plan as `factor-plan` writes it: no candidates, two jobs."""
    plan = ArmPlan(
        stage="factors",
        backbone=BACKBONE,
        title=BACKBONE,
        arm=arm,
        factor="own",
        level="own",
        cells=(),
        rows={},
        runs={run: made_spec() for run in runs},
        jobs={"j0": tuple(runs[:2]), "j1": tuple(runs[2:])},
        estimated_seconds=40,
    )
    plan.write(study.folder / f"results/plan/{BACKBONE}/{arm}.json")


def measure(study, *runs):
    for run in runs:
        study.store.put_measures(run, {"calibration_error": 0.1})


def test_a_study_without_requests_has_none(planned):
    assert look(planned).requested == []


def test_the_table_of_arms_counts_for_itself(finished):
    runs = [*FACTORS[:3], RUNS[0]]
    finished.plan("arms/all", {"j0": runs[:2], "j1": runs[2:]}, {"bw": runs}, BACKBONE)
    (_, arms) = look(finished).requested
    # One run is a final run of the study, too, and done; nothing is measured on arms
    assert (arms.what, arms.runs.planned, arms.runs.done) == ("table of arms", 4, 1)


def test_the_factor_study_counts_for_itself(finished):
    progress = look(finished)
    assert progress.state == "finished"
    assert counts(progress.runs) == (2, 2, 0, 0, 0)
    (asked,) = progress.requested
    # The shared run is trained, but not measured yet
    assert (asked.what, *counts(asked.runs)) == ("factor study", 4, 0, 0, 4, 0)


def test_a_run_of_the_factor_study_is_done_when_it_is_measured(finished):
    for run in FACTORS[:2]:
        finished.finish(run)
    measure(finished, FACTORS[0], RUNS[0])
    assert counts(look(finished).requested[0].runs) == (4, 2, 0, 2, 0)
    finished.write(f"results/runs/{BACKBONE}/{ARM}/j0.json", "{}")
    assert counts(look(finished).requested[0].runs) == (4, 3, 0, 1, 0)


def test_arms_are_counted_together_and_a_shared_run_once(finished):
    plan_factors(finished, "factors/noise-0.5", (*FACTORS[2:], RUNS[0]))
    assert look(finished).requested[0].runs.planned == 5


def test_runs_that_are_at_work_are_shown_with_their_time(finished, capsys):
    work(finished)
    measure(finished, RUNS[0])
    with finished.store.lock(FACTORS[0]), finished.store.lock(FACTORS[1]):
        progress = look(finished)
        assert main(["status", "--directory", str(finished.folder), "--once"]) == 0
    assert [entry.run for entry in progress.running] == FACTORS[:2]
    assert counts(progress.requested[0].runs) == (4, 1, 2, 1, 0)
    # Two are half done and one waits, of ten seconds by the estimate each: two at once
    correction = progress.requested[0].training_seconds_left / 20
    assert progress.seconds_left == pytest.approx((10 * correction, 10 * correction))
    line = capsys.readouterr().out
    assert (
        "2 of 2 runs done, 0 running, 0 waiting, 0 failed; factor study: 1 of 4 runs done, 2 running, 1 waiting" in line
    )
    assert "left (measured on 2 runs)" in line


def test_a_failure_is_named_although_the_study_is_finished(finished, capsys):
    finished.log(f"train/{BACKBONE}/{ARM}/j1", "error: the disk is full\n")
    # Of a job that is no part of any plan
    finished.log(f"train/{BACKBONE}/search/gone", "error: no\n")
    progress = look(finished)
    assert counts(progress.requested[0].runs) == (4, 0, 0, 2, 2)
    assert [failure.job for failure in progress.failed] == [f"train/{BACKBONE}/{ARM}/j1"]
    assert main(["status", "--directory", str(finished.folder)]) == 0
    assert "the disk is full" in capsys.readouterr().out


def test_the_audit_counts_for_itself(finished):
    key = finished.settings.audit_repeats[0].key
    finished.plan("final", {"j": OTHER}, {"lw": OTHER}, key)
    finished.finish(OTHER[0])
    progress = look(finished)
    assert counts(progress.runs) == (2, 2, 0, 0, 0)
    assert {asked.what: counts(asked.runs) for asked in progress.requested} == {
        "factor study": (4, 0, 0, 4, 0),
        "audit": (2, 1, 0, 1, 0),
    }


def test_json_has_what_was_requested(finished, capsys):
    assert main(["status", "--directory", str(finished.folder), "--json"]) == 0
    (asked,) = json.loads(capsys.readouterr().out)["requested"]
    assert asked["what"] == "factor study"
    assert asked["runs"] == {"planned": 4, "done": 0, "running": 0, "failed": 0, "waiting": 4}


def test_the_last_card_counts_it_on_a_line_of_its_own(finished, monkeypatch):
    monkeypatch.chdir(finished.folder)
    said = []
    cards = Cards(finished.settings, Execution(), (), said.append, finished.folder)
    cards.start()
    for run in FACTORS[:3]:
        finished.finish(run)
    measure(finished, RUNS[0], *FACTORS[:2])
    cards.success()
    assert "runs         0 trained now, 2 from the store\n" in said[1]
    assert "factor study 3 trained now, 0 from the store, 1 still to train\n" in said[1]


def test_a_call_that_ended_well_without_table_one_has_finished_the_study(finished):
    """`snakemake factors` makes no Table I."""
    (finished.folder / "results/tables/table1.md").unlink()
    session = work(finished)
    assert look(finished).state == "running"
    replace(session, ended=time.time(), outcome="error").write(finished.folder)
    assert look(finished).state == "stopped"
    replace(session, ended=time.time(), outcome="success").write(finished.folder)
    assert look(finished).state == "finished"


def test_nothing_left_to_train_is_no_time(finished, capsys):
    (finished.folder / "results/tables/table1.md").unlink()
    measure(finished, *FACTORS, RUNS[0])
    for run in FACTORS:
        finished.finish(run)
    assert main(["status", "--directory", str(finished.folder), "--once"]) == 0
    line = capsys.readouterr().out
    assert "factor study: 4 of 4 runs done" in line and "left" not in line
