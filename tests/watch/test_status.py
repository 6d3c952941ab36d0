"""`blocktune status`: how a study stands at every point of its way. The studies are pretended; nothing trains."""

import fcntl
import json
import os
import time
from dataclasses import replace

import pytest
from looking import BACKBONE, RUNS, counts, look, work

from blocktune.cli.main import main
from blocktune.errors import BlocktuneError
from blocktune.files.plan import SearchState
from blocktune.search.schedule import strategy_columns
from blocktune.watch.expected import to_be_planned
from blocktune.watch.session import at_work
from blocktune.watch.watcher import Watcher


def test_a_folder_without_a_study_is_one_error(tmp_path, capsys):
    assert main(["status", "--directory", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: no study in {tmp_path}: results/plan/settings/settings.json is not there")
    assert main(["status", "--directory", str(tmp_path / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err
    with pytest.raises(BlocktuneError, match="no study in"):
        Watcher(tmp_path)


def test_before_planning_is_done_it_says_what_is_known(study):
    work(study)
    progress = look(study)
    assert progress.state == "planning"
    assert counts(progress.runs) == (0, 0, 0, 0, 0)
    assert [entry.title for entry in progress.backbones] == ["TinyPlain", "TinyResidual"]
    assert progress.seconds_left is None


def test_each_run_counts_once_and_in_every_strategy_that_needs_it(planned):
    work(planned)
    planned.finish(RUNS[4])
    progress = look(planned)
    first, second = progress.backbones
    assert progress.state == "planning"
    assert counts(progress.runs) == (7, 1, 0, 6, 0)
    assert (first.planned, second.planned) == (["search"], [])
    assert {name: (tally.done, tally.planned) for name, tally in first.strategies.items()} == {
        "baseline1": (0, 1),
        "lw": (1, 4),
        "bw": (1, 2),
        "bwsw": (0, 2),
    }


def test_a_job_s_record_settles_its_runs_without_the_store(planned):
    planned.write(f"results/runs/{BACKBONE}/search/j0.json", "{}")
    assert counts(look(planned).runs) == (7, 2, 0, 5, 0)


def test_a_run_whose_lock_is_held_is_running(planned):
    work(planned)
    planned.finish(RUNS[0])
    with planned.store.lock(RUNS[2]):
        progress = look(planned)
        assert counts(progress.runs) == (7, 1, 1, 5, 0)
        assert [entry.run for entry in progress.running] == [RUNS[2]]
    # A checkpoint and a lock file that nobody holds are what an interrupted run leaves behind
    (planned.store.folder / "unfinished" / f"{RUNS[2]}.lock").touch()
    (planned.store.folder / "unfinished" / f"{RUNS[2]}.checkpoint").touch()
    assert counts(look(planned).runs) == (7, 1, 0, 6, 0)


def test_looking_does_not_keep_a_run_from_starting(planned):
    planned.store.folder.joinpath("unfinished").mkdir(parents=True)
    place = planned.store.folder / "unfinished" / f"{RUNS[0]}.lock"
    place.touch()
    look(planned)
    with place.open("w") as stream:
        # It would be an error if the lock were held
        assert fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "run a (1 of 2): 3.1 s\nerror: run b (2 of 2) was ended by SIGKILL\n",
            "error: run b (2 of 2) was ended by SIGKILL",
        ),
        ("Traceback (most recent call last):\n  File x\nValueError: no\n", "ValueError: no"),
        ("error: data.name x: gone.\nWithout a network: copy it here\n\n", "error: data.name x: gone."),
    ],
)
def test_a_job_whose_log_ends_in_an_error_has_failed(planned, text, line):
    planned.finish(RUNS[2])
    planned.log(f"train/{BACKBONE}/search/j1", text)
    progress = look(planned)
    assert progress.state == "stopped"
    assert counts(progress.runs) == (7, 1, 0, 5, 1)
    (failure,) = progress.failed
    assert failure.last_line == line
    assert failure.log == f"results/logs/train/{BACKBONE}/search/j1.log"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no GPU: training on the CPU\n",
        "run a (1 of 2): 3.1 s\n",
        "ended by SIGTERM; finished runs and epochs are kept\n",
    ],
)
def test_a_job_that_was_interrupted_is_waiting(planned, text):
    planned.log(f"train/{BACKBONE}/search/j1", text)
    progress = look(planned)
    assert counts(progress.runs) == (7, 0, 0, 7, 0)
    assert progress.failed == []


def test_a_failure_is_forgotten_when_the_job_is_tried_again_or_has_succeeded(planned):
    log = planned.log(f"train/{BACKBONE}/search/j1", "error: no\n")
    with planned.store.lock(RUNS[2]):
        assert counts(look(planned).runs) == (7, 0, 1, 6, 0)
    work(planned)
    os.utime(log, (time.time() - 60, time.time() - 60))
    # From before this workflow began: the job is still to be tried
    assert counts(look(planned).runs)[-1] == 0
    os.utime(log)
    planned.write(f"results/runs/{BACKBONE}/search/j1.json", "{}")
    assert look(planned).failed == []


def test_other_steps_fail_too(study):
    study.log("inspect/TinyPlain-digits", "error: weights: no file\n")
    (failure,) = look(study).failed
    assert (failure.job, failure.last_line) == ("inspect/TinyPlain-digits", "error: weights: no file")


def halving(study, **changes):
    """Make it a study whose search is a halving of 9 epochs: rounds end after 1, 3 and 9."""
    changed = study.settings.model_dump(mode="json")
    changed["search"] |= {"method": "halving", "top_k": [1]}
    changed["training"]["epochs"] = 9
    changed["backbones"] = changed["backbones"][:1]
    study.write("results/plan/settings/settings.json", json.dumps(changed))


def test_in_halving_a_run_counts_once_in_every_round_that_trains_it(planned):
    halving(planned)
    planned.plan("search", {"j": RUNS[:1]}, {"baseline1": RUNS[:1], "lw": RUNS[1:5]})
    planned.plan("rung1", {"r1": RUNS[1:5]}, {"lw": RUNS[1:5]}, pause_after=1)
    assert counts(look(planned).runs) == (5, 0, 0, 5, 0)
    planned.store.path(RUNS[1], 1).mkdir(parents=True)
    assert counts(look(planned).runs) == (5, 1, 0, 4, 0)
    planned.write(f"results/runs/{BACKBONE}/rung1/r1.json", "{}")
    everything = look(planned)
    assert counts(everything.runs) == (5, 4, 0, 1, 0)
    planned.plan("rung2", {"r2": RUNS[1:3]}, {"lw": RUNS[1:3]})
    progress = look(planned)
    # Two of the four go on
    assert counts(progress.runs) == (7, 4, 0, 3, 0)
    assert progress.backbones[0].strategies["lw"].done == 4


def pause(study, run, epochs):
    study.store.path(run, epochs).mkdir(parents=True)


def finish_whole(study, run):
    """As the store does it: what paused goes."""
    study.finish(run)
    for place in (study.store.folder / "paused").glob(f"{run}-*"):
        place.rmdir()


def test_while_a_halving_study_runs_done_never_falls_and_the_total_stays_in_its_range(planned):
    halving(planned)
    lw = {"lw": RUNS[1:5]}

    def dependent_and_final():
        planned.plan("dependent", {"d": [RUNS[1]]}, {"lw": [RUNS[1]]})
        planned.plan("final", {"f": RUNS[5:]}, {"baseline1": [RUNS[5]], "baseline2": [RUNS[6]], "lw": [RUNS[7]]})

    steps = [
        lambda: planned.plan("search", {"j": RUNS[:1]}, {"baseline1": RUNS[:1], **lw}),
        lambda: planned.finish(RUNS[0]),
        lambda: planned.plan("rung1", {"r1": RUNS[1:5]}, lw, pause_after=1),
        *[lambda run=run: pause(planned, run, 1) for run in RUNS[1:5]],
        lambda: planned.plan("rung2", {"r2": RUNS[1:3]}, {"lw": RUNS[1:3]}, pause_after=3),
        *[lambda run=run: pause(planned, run, 3) for run in RUNS[1:3]],
        lambda: planned.plan("rung3", {"r3": RUNS[1:2]}, {"lw": RUNS[1:2]}),
        lambda: finish_whole(planned, RUNS[1]),
        dependent_and_final,
        *[lambda run=run: planned.finish(run) for run in RUNS[5:]],
    ]
    seen = []
    for step in steps:
        step()
        seen.append(look(planned))
    done = [progress.runs.done for progress in seen]
    assert done == sorted(done)
    least, most = zip(*(progress.total for progress in seen), strict=True)
    assert list(least) == sorted(least)
    assert list(most) == sorted(most, reverse=True)
    # A baseline, 4 + 2 + 1 trainings of candidates, 3 final runs
    assert seen[-1].runs.done == least[-1] == most[-1] == 1 + 4 + 2 + 1 + 3
    # At first: two rounds of 1 to 4 runs to come after that of all 4, no or one ranked set, 3 to 6 final runs
    assert seen[0].total == (1 + 4 + 2 + 1 + 3, 1 + 4 + 4 + 4 + 1 + 6)


def test_the_winners_that_repeats_train_once_more_are_expected(planned):
    once, stages = planned.settings, ["search", "dependent", "final"]
    twice = once.model_copy(update={"repeats": 2})
    columns = len(strategy_columns(once))
    # Winners of several strategies may be one; both baselines and one layer never are
    assert to_be_planned(twice, stages, {}) == (3, columns)
    assert to_be_planned(once, stages, {}) == to_be_planned(twice, [*stages, "unseen"], {}) == (0, 0)
    # The further baselines take no part in the search
    more = twice.model_copy(update={"baselines": twice.baselines.model_copy(update={"also": ["quarter"]})})
    assert to_be_planned(more, stages, {}) == (3, columns)


def finish_everything(study):
    for entry in study.settings.backbones:
        study.inspect(entry.key)
        for stage in ("search", "dependent", "final"):
            run = f"{abs(hash((entry.key, stage))) % 16**8:016x}"
            study.plan(stage, {"j": [run]}, {"lw": [run]}, entry.key)
            study.finish(run)
        study.write(f"results/final/{entry.key}/scores.csv", "")
    study.write("results/tables/table1.md", "")


def test_a_finished_study(study, capsys):
    finish_everything(study)
    progress = look(study)
    assert progress.state == "finished"
    assert counts(progress.runs) == (6, 6, 0, 0, 0)
    assert main(["status", "--directory", str(study.folder)]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 1
    assert "pretended: finished; 6 of 6 runs done" in out
    assert "left" not in out


def test_a_study_without_its_table_is_not_finished(study):
    finish_everything(study)
    (study.folder / "results" / "tables" / "table1.md").unlink()
    assert look(study).state == "stopped"


# ------------------------------------------------------------------------------------------------------------------
# is a workflow at work?


def test_a_workflow_is_at_work_as_long_as_its_process_lives(study):
    session = work(study)
    assert at_work(study.folder)
    replace(session, born=session.born - 1).write(study.folder)
    # The number belongs to another process now
    assert not at_work(study.folder)
    replace(session, ended=time.time(), outcome="error").write(study.folder)
    assert not at_work(study.folder)
    # From another machine only Snakemake's locks tell
    replace(session, host="elsewhere").write(study.folder)
    assert not at_work(study.folder)
    study.write(".snakemake/locks/0.output.lock", "")
    assert at_work(study.folder)


def test_without_a_session_snakemake_s_locks_tell(study):
    assert not at_work(study.folder)
    study.write(".snakemake/locks/0.output.lock", "")
    assert at_work(study.folder)


def race(study, budget=8):
    """Make it a study of one backbone whose search is a race."""
    changed = study.settings.model_dump(mode="json")
    changed["search"] |= {"method": "race", "strategies": ["lw"], "budget": budget}
    changed["backbones"] = changed["backbones"][:1]
    study.write("results/plan/settings/settings.json", json.dumps(changed))


def round_of_race(study, number, runs, trainings, expected_loss=1.234, ended=None):
    """Plan a round; no runs end the race."""
    state = SearchState(trainings, 8, expected_loss, ended)
    study.plan(f"round{number}", {f"r{number}": runs} if runs else {}, {"lw": runs}, state=state)


def test_while_a_race_runs_done_never_falls_and_the_total_stays_in_its_range(planned, capsys):
    race(planned)

    def dependent_and_final():
        planned.plan("dependent", {"d": [RUNS[1]]}, {"lw": [RUNS[1]]})
        planned.plan("final", {"f": RUNS[5:]}, {"baseline1": [RUNS[5]], "baseline2": [RUNS[6]], "lw": [RUNS[7]]})

    steps = [
        lambda: planned.plan("search", {"j": RUNS[:1]}, {"baseline1": RUNS[:1], "lw": RUNS[1:5]}),
        lambda: planned.finish(RUNS[0]),
        lambda: round_of_race(planned, 1, RUNS[1:4], 0, None),
        *[lambda run=run: planned.finish(run) for run in RUNS[1:4]],
        lambda: round_of_race(planned, 2, RUNS[4:5], 3),
        lambda: planned.finish(RUNS[4]),
        lambda: round_of_race(planned, 3, [], 4, 0.1, "tolerance"),
        dependent_and_final,
        *[lambda run=run: planned.finish(run) for run in RUNS[5:]],
    ]
    seen = []
    for step in steps:
        step()
        seen.append(look(planned))
    done = [progress.runs.done for progress in seen]
    assert done == sorted(done)
    least, most = zip(*(progress.total for progress in seen), strict=True)
    assert list(least) == sorted(least)
    assert list(most) == sorted(most, reverse=True)
    # A baseline, four trainings of the race, three final runs
    assert seen[-1].runs.done == least[-1] == most[-1] == 1 + 4 + 3
    said = [progress.backbones[0].search for progress in seen]
    assert said[:2] == ["", ""] and said[2] == "round 1: 0 of at most 8 trainings"
    # What the round has trained since is counted
    assert said[5] == "round 1: 3 of at most 8 trainings"
    assert said[6] == "round 2: 3 of at most 8 trainings, expected loss 1.23 points"
    assert said[-1] == (
        "ended after 2 rounds, as its answer is sure enough: 4 of at most 8 trainings, expected loss 0.10 points"
    )
    assert main(["status", "--directory", str(planned.folder)]) == 0
    assert f"search of TinyPlain: {said[-1]}" in capsys.readouterr().out


def test_time_of_a_race_is_that_of_what_its_budget_leaves(planned):
    race(planned)
    planned.plan("search", {"j": RUNS[:1]}, {"baseline1": RUNS[:1], "lw": RUNS[1:5]})
    first = look(planned).backbones[0].training_seconds_left
    assert first.least < first.most
    race(planned, budget=16)
    assert look(planned).backbones[0].training_seconds_left.most > first.most
    race(planned)
    round_of_race(planned, 1, [], 0, None, "method")
    # Rounds of an earlier race that went farther are none of this one
    round_of_race(planned, 2, RUNS[1:5], 4)
    ended = look(planned)
    left = ended.backbones[0].training_seconds_left
    assert left.least == left.most and "round2" not in ended.backbones[0].planned
