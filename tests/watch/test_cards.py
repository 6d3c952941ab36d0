"""The cards at start and end of a workflow: what they say, and that they can't do any harm."""

import json
import re

import pytest
from made_up import made_dataset, made_metrics

from blocktune.files.dataset import SixteenBit, Skipped
from blocktune.gpus.choose import Device
from blocktune.gpus.driver import Gpu
from blocktune.settings.execution import Execution
from blocktune.settings.sections import dataset_key
from blocktune.walk import LeftOut
from blocktune.watch.card import Cards
from blocktune.watch.session import Session, at_work

RUNS = [f"{number:016x}" for number in range(8)]
GPUS = [Device("GPU-a", "GPU-a", Gpu("GPU-a", "GPU 0: NVIDIA Pretended")), Device("1", "gpu1")]


@pytest.fixture
def cards(planned, monkeypatch):
    """`cards(devices, execution)`: the cards of a workflow in the planned study, and the list of what they say."""
    monkeypatch.chdir(planned.folder)
    said = []

    def make(devices=(), execution=None):
        return Cards(planned.settings, execution or Execution(), devices, said.append, planned.folder), said

    return make


def lines(card):
    """The card's lines as a mapping from name to text."""
    assert len({len(line) for line in (card.splitlines()[0], card.splitlines()[-1])}) == 1
    return {line[:12].strip(): line[13:] for line in card.splitlines()[1:-1]}


def test_the_first_card_says_what_will_be_done_and_where(planned, cards):
    planned.finish(RUNS[0])
    card, said = cards()
    card.start()
    told = lines(said[0])
    assert "pretended" in said[0].splitlines()[0]
    assert told["backbones"] == "TinyPlain, TinyResidual"
    assert "7 planned, 1 of them done; 1 of 2 backbones not planned yet; the store holds 1" in told["runs"]
    assert told["results"] == str(planned.folder / "results")
    assert told["store, logs"] == "data/store, results/logs"
    assert told["devices"] == "no GPU: trainings run on the CPU"
    assert at_work(planned.folder)


def test_the_last_card_says_what_was_left_out_of_the_images(planned, cards):
    about = made_dataset(
        skipped=(Skipped("a.jpg", "empty"), Skipped("b.jpg", "empty")),
        left_out=(LeftOut(".x/", "hidden", 12), LeftOut("kite", "empty", 0)),
        sixteen_bit=SixteenBit(2, 65535, "2 images of 16 bits: dark"),
    )
    about.write(planned.folder / "data" / "prepared" / dataset_key(planned.settings) / "dataset.json")
    card, said = cards()
    card.start()
    card.success()
    told = lines(said[1])
    assert told["left out"].startswith("2 unreadable files, 12 files not looked at, 1 folder without images")
    assert "results/logs/prepare.log" in said[1] and told["warning"] == "2 images of 16 bits: dark"


@pytest.mark.parametrize(
    ("devices", "settings", "said"),
    [
        (None, {}, "those of the cluster's jobs"),
        ([], {"gpus": "none"}, "no GPU wanted: trainings run on the CPU"),
        (GPUS, {}, "GPU 0: NVIDIA Pretended, GPU 1; 1 training at once on each"),
        (GPUS, {"runs_per_gpu": 2, "gpu_memory": 10}, "; 2 trainings at once on each, at most 10 GB each"),
    ],
)
def test_the_first_card_says_where_trainings_run(planned, cards, devices, settings, said):
    card, texts = cards(devices, Execution(**settings))
    card.start()
    assert lines(texts[0])["devices"].endswith(said)
    assert Session.read(planned.folder).slots == len(devices or ()) * settings.get("runs_per_gpu", 1)


def test_the_last_card_counts_what_was_trained_and_what_was_there(planned, cards):
    planned.finish(RUNS[0])
    card, said = cards()
    card.start()
    for run in (*RUNS[1:4], "f" * 16):
        # The last is a run of another study on the same store
        planned.finish(run)
    planned.write("results/tables/table1.md", "")
    card.success()
    told = lines(said[1])
    assert re.search(r"pretended: done after \d+ s ", said[1].splitlines()[0])
    assert told["runs"] == "3 trained now, 1 from the store, 3 still to train"
    assert told["Table I"] == str(planned.folder / "results" / "tables" / "table1.md")
    assert not at_work(planned.folder)
    assert Session.read(planned.folder).outcome == "success"


def diverge(planned, run, diverged):
    planned.finish(run)
    (planned.store.path(run) / "metrics.json").write_text(json.dumps(made_metrics(None if diverged else 0.5)))


@pytest.mark.parametrize("ending", ["success", "error"])
def test_the_last_card_warns_where_most_runs_diverged_and_says_what_to_look_at(planned, cards, ending):
    card, said = cards()
    card.start()
    for number, run in enumerate(RUNS[:7]):
        diverge(planned, run, diverged=number < 4)
    card.success() if ending == "success" else card.error([])
    assert lines(said[1])["warning"] == "4 of 7 runs diverged"
    for name in ("training.learning_rate", "pixels.range", "labels"):
        assert name in said[1]


def test_the_last_card_warns_of_final_runs_though_the_search_did_well(planned, cards):
    planned.plan("final", {"f": ["a" * 16, "b" * 16]}, {"baseline1": ["a" * 16], "lw": ["b" * 16]})
    card, said = cards()
    for run in RUNS[:7]:
        diverge(planned, run, diverged=False)
    for run in ("a" * 16, "b" * 16):
        diverge(planned, run, diverged=True)
    card.success()
    assert lines(said[0])["warning"] == "2 of 2 final runs diverged"


def test_half_of_the_runs_are_no_reason_to_warn(planned, cards):
    card, said = cards()
    for number, run in enumerate(RUNS[:6]):
        diverge(planned, run, diverged=number < 3)
    card.success()
    assert "warning" not in lines(said[0])


def test_what_paused_before_and_was_gone_on_with_is_counted_round_by_round(planned, cards):
    changed = planned.settings.model_dump(mode="json")
    changed["search"]["method"] = "halving"
    planned.write("results/plan/settings/settings.json", json.dumps(changed))
    planned.plan("search", {"j": RUNS[:1]}, {"baseline1": RUNS[:1], "lw": RUNS[1:4]})
    planned.plan("rung1", {"r": RUNS[1:4]}, {"lw": RUNS[1:4]}, pause_after=1)
    planned.plan("rung2", {"s": RUNS[1:2]}, {"lw": RUNS[1:2]})
    for run in RUNS[1:3]:
        planned.store.path(run, 1).mkdir(parents=True)
    card, said = cards()
    card.start()
    planned.store.path(RUNS[3], 1).mkdir(parents=True)
    # A finished run takes the place of its pause
    planned.finish(RUNS[1])
    planned.store.path(RUNS[1], 1).rmdir()
    card.success()
    assert lines(said[1])["runs"] == "2 trained now, 2 from the store, 1 still to train"


def test_before_anything_is_planned_the_expected_time_is_said_to_be_unknown(study, monkeypatch):
    said = []
    Cards(study.settings, Execution(), (), said.append, study.folder).expect(2)
    (text,) = said
    assert text.startswith(
        "expected time: not known before the network is looked at and its runs are planned: TinyPlain"
    )
    assert "TinyResidual" in text
    assert "`blocktune plan TinyPlain --image-size 8 --epochs 2 --method exhaustive --images N` tells it" in text


def test_the_expected_time_is_estimated_and_then_measured(planned, cards):
    card, said = cards()
    card.expect(1)
    known, unknown = said
    assert re.match(r"expected time: about \d+ \w+ to \d+ \w+ on one core \(estimated; ", known)
    assert "planned: TinyResidual;" in unknown
    card.expect(4)
    assert " on 4 (estimated; " in said[2]
    planned.finish(RUNS[0], seconds=3600)
    card.expect(4)
    assert re.search(r"about \d+ h.* on one core, .* on 4 \(measured on 1 runs\)", said[4])


def test_of_a_study_that_is_trained_no_time_is_expected(study):
    study.settings = study.settings.model_copy(update={"backbones": study.settings.backbones[:1]})
    study.write("results/plan/settings/settings.json", study.settings.model_dump_json())
    study.inspect()
    for stage, run in zip(("search", "dependent", "final"), RUNS, strict=False):
        study.plan(stage, {"j": [run]}, {"lw": [run]})
        study.finish(run)
    said = []
    Cards(study.settings, Execution(), (), said.append, study.folder).expect(2)
    assert said == ["expected time: nothing is left to train"]


SNAKEMAKE_LOG = """
[Sat Nov 21 14:00:00 2026]
Error in rule train:
    message: None
    jobid: 12
    input: results/plan/a.json
    output: results/runs/a/search/j1.json
    log: results/logs/train/TinyPlain-digits/search/j1.log (check log file(s) for error details)
    shell:
        python -m blocktune train
        (command exited with non-zero exit code)
Error in rule all:
    message: None
    jobid: 0
Exiting because a job execution failed. Look below for error messages
"""


def test_the_card_of_an_error_names_job_log_and_how_to_go_on(planned, cards):
    card, said = cards()
    card.start()
    planned.log("train/TinyPlain-digits/search/j1", "run a (1 of 2): 3.1 s\nerror: the disk is full\n")
    card.error([str(planned.write("snakemake.log", SNAKEMAKE_LOG))])
    assert "pretended: stopped after" in said[1].splitlines()[0]
    assert "failed       train\n" in said[1]
    assert "log results/logs/train/TinyPlain-digits/search/j1.log\n" in said[1]
    assert "error: the disk is full\n" in said[1]
    assert "the same command again" in said[1]
    assert Session.read(planned.folder).outcome == "error"


def test_a_job_that_was_killed_without_a_word_is_named_too(planned, cards):
    card, said = cards()
    planned.log("train/TinyPlain-digits/search/j1", "no GPU: training on the CPU\n")
    card.error([str(planned.write("snakemake.log", SNAKEMAKE_LOG))])
    assert "no GPU: training on the CPU" in said[0]


def test_whatever_goes_wrong_the_workflow_goes_on(planned, cards):
    (planned.folder / "results" / "plan" / "settings" / "settings.json").write_text("{")
    card, said = cards()
    card.start()
    card.success()
    card.error(["no/such.log"])
    assert len(said) == 3
    assert all(text.startswith("blocktune: can't show how the study stands: ") for text in said)
