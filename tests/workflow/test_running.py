"""Running a study: its cards, GPU slots (pretended), offline, and `blocktune status` beside it."""

import json
import os
import re
import subprocess
import sys

import pytest
import warm

BACKBONE = "TinyPlain-digits"
SPLITS = "results/plan/splits.csv"


def status(study, *arguments):
    command = [sys.executable, "-m", "blocktune", "status", "--directory", study.folder, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_finished_study_says_so_and_looking_changes_nothing(finished, tmp_path):
    study = finished.copy(tmp_path)
    before = study.digests("results", "data", ".snakemake")
    found = json.loads(status(study, "--json"))
    assert found["state"] == "finished"
    assert found["runs"]["done"] == found["runs"]["planned"] == len(list(study.folder.glob("data/store/??/*")))
    assert found["backbones"][0]["strategies"]["lw"] == {"planned": 6, "done": 6, "running": 0, "failed": 0}
    assert found["measured_runs"] > 0
    assert study.digests("results", "data", ".snakemake") == before


def test_cards_at_start_and_end_but_not_in_a_dry_run(finished, tmp_path):
    study = finished.copy(tmp_path)
    (study.folder / "results" / "metrics.json").unlink()
    looked = study.make("-n")
    assert "== blocktune" not in looked
    assert looked.count("expected time: nothing is left to train") == 1
    out = study.make()
    assert "expected time" not in out
    # Once each: the jobs' own Snakemakes show none
    assert out.count("== blocktune: tiny =") == 1
    assert out.count("== blocktune: tiny: done after") == 1
    runs = found["runs"] if (found := json.loads(status(study, "--json"))) else {}
    assert f"0 trained now, {runs['planned']} from the store" in out
    assert str(study.folder / "results" / "tables" / "table1.md") in out


def test_an_error_card_names_the_job_and_its_log(new_study, tmp_path):
    study = new_study(tmp_path / "study")
    for name in ("a", "b"):
        (study.folder / "photos" / name).mkdir(parents=True)
        (study.folder / "photos" / name / "1.png").write_text("no image")
    done = study.snakemake(SPLITS, overlay="data: {source: folder, path: photos}")
    assert done.returncode != 0
    card = done.stdout[done.stdout.index("== blocktune: tiny: stopped") :]
    assert "failed       prepare\n" in card
    assert "log results/logs/prepare.log" in card
    assert "error: a/1.png is no readable image" in card
    found = json.loads(status(study, "--json"))
    assert (found["state"], found["failed"][0]["log"]) == ("stopped", "results/logs/prepare.log")


def test_gpu_slots_limit_the_jobs_and_a_gpu_that_fails_is_no_silence(finished, tmp_path):
    """The GPUs are pretended: what is trained falls back to the CPU, says so, and gives the same numbers."""
    study = finished.copy(tmp_path)
    before = study.digests("results/runs")
    (record, *_) = sorted((study.folder / "results" / "runs" / BACKBONE / "final").glob("*.json"))
    name = str(record.relative_to(study.folder))
    run = json.loads(record.read_text())["runs"][0]["run"]
    stored = study.folder / "data" / "store" / run[:2] / run
    numbers = {file: (stored / file).read_bytes() for file in ("metrics.json", "history.csv")}
    record.unlink()
    stored.rename(tmp_path / "old run")
    environment = {"CUDA_VISIBLE_DEVICES": "0,1", "BLOCKTUNE_SLOTS": str(tmp_path / "slots"), **warm.environment()}
    out = study.make("--config", "runs_per_job=auto", "runs_per_gpu=3", "--", name, environment=environment)
    assert re.search(r"^Provided resources: .*gpu=\D*6\b", out, re.MULTILINE)
    assert "GPU 0, GPU 1; 3 trainings at once on each" in out
    (log,) = (study.folder / "results" / "logs" / "train" / BACKBONE / "final").glob(f"{record.stem}.log")
    assert log.read_text().count("GPU 0 can't be used by this Keras backend") == 1
    assert (tmp_path / "slots" / "gpu0.1.lock").is_file()
    assert {file: (stored / file).read_bytes() for file in numbers} == numbers
    assert set(study.digests("results/runs")) == set(before)
    # How GPUs are used is no reason to train anything again
    assert "Nothing to be done" in study.make("-n", name, environment={**environment, "CUDA_VISIBLE_DEVICES": ""})


def test_without_a_gpu_the_log_says_so_once(finished):
    logs = list((finished.folder / "results" / "logs" / "train").rglob("*.log"))
    assert logs
    for log in logs:
        assert log.read_text().count("no GPU: training on the CPU") == 1


@pytest.mark.parametrize(
    ("config", "environment", "said"),
    [
        (["gpus=[0,0]"], {}, "settings: gpus: lists 0 more than once"),
        (["gpus=all"], {}, "settings: gpus: must be auto, none, how many"),
        (["gpus=3"], {"CUDA_VISIBLE_DEVICES": "0,1"}, "gpus: 3 are wanted, but 2 can be seen here"),
        (["gpus=auto"], {"CUDA_VISIBLE_DEVICES": "0,0"}, "CUDA_VISIBLE_DEVICES=0,0 names one GPU twice"),
        (["gpu_memory=-1"], {}, "gpu_memory: must be grow, or a number of GB above 0"),
        (["runs_per_gpu=0"], {}, "runs_per_gpu"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
def test_gpus_that_cannot_be_are_refused_before_any_job(finished, config, environment, said):
    done = finished.snakemake("--config", *config, environment=environment | warm.environment())
    assert done.returncode != 0
    assert said in done.stdout
    assert "Traceback" not in done.stdout


def test_offline_looks_before_the_first_job(new_study, tmp_path):
    study = new_study(tmp_path / "study")
    overlay = "data: {source: tfds, name: tf_flowers, image_size: 32}\nbackbones: [{name: VGG16}]"
    environment = {"KERAS_HOME": str(tmp_path / "keras"), "TFDS_DATA_DIR": str(tmp_path / "tfds")}
    done = study.snakemake("--config", "offline=true", overlay=overlay, environment=environment | warm.environment())
    assert done.returncode != 0
    assert "offline: 2 of 2 things that the settings need" in done.stdout
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in done.stdout
    assert f"blocktune fetch --configfile {os.fspath(study.folder)}"[:30] in done.stdout
    assert "Traceback" not in done.stdout
    assert not (study.folder / "results" / "logs").exists()
    # The command that it gives names every file of the settings, and finds the same
    command = next(line for line in done.stdout.splitlines() if "blocktune fetch" in line).partition("blocktune ")[2]
    found = subprocess.run(
        [sys.executable, "-m", "blocktune", *command.split(), "--offline"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 2
    assert "offline: 2 of 2 things" in found.stderr
