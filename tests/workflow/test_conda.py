"""With --use-conda every rule runs inside its own environment. They are made by a stand-in for conda, not by conda."""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ENVS = HERE.parents[1] / "envs"
ACTIVATE = 'export CONDA_PREFIX="$1"\nexport PATH="$1/bin:$PATH"\n'
TRAINING = {"pretrain", "inspect", "candidates", "train", "select", "scores"}
OTHERS = {"prepare", "split", "study", "table", "figures", "recommend", "report", "metrics", "compare"}


@pytest.fixture
def conda(tmp_path):
    """The environment of a shell that finds the stand-in as `conda`."""
    folder = tmp_path / "stand-in-conda" / "bin"
    folder.mkdir(parents=True)
    (folder / "conda").write_text(
        f"#!{sys.executable}\n" + (HERE / "stand_in_conda.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (folder / "conda").chmod(0o755)
    (folder / "activate").write_text(ACTIVATE, encoding="utf-8")
    return {"PATH": f"{folder}:/usr/bin:/bin", "STAND_IN_PACKAGES": sysconfig.get_path("purelib")}


def commands_by_environment(study):
    """What `python -m blocktune` was called for, by the file of the environment that it ran in."""
    found = {}
    for place in (study.folder / ".snakemake" / "conda").glob("*/made-from.yaml"):
        made_from = place.read_text(encoding="utf-8")
        (name,) = [env.stem for env in ENVS.glob("*.yaml") if env.read_text(encoding="utf-8") == made_from]
        log = place.with_name("pythons-started.log")
        text = log.read_text(encoding="utf-8") if log.exists() else ""
        found[name] = set(re.findall(r"-m blocktune (\w+)", text))
    return found


def test_every_rule_runs_inside_its_environment_and_finds_the_package_there(finished, conda, tmp_path):
    study = finished.copy(tmp_path)
    for place in ("results", ".snakemake", "data/prepared"):
        shutil.rmtree(study.folder / place)
    trained = study.trained()
    study.make("--use-conda", environment=conda)
    assert commands_by_environment(study) == {"train-cpu": TRAINING, "blocktune": OTHERS}
    assert study.read("results/tables/table1.csv") == finished.read("results/tables/table1.csv")
    assert study.trained() == trained
    # The environments have no blocktune of their own
    python = next((study.folder / ".snakemake" / "conda").glob("*/bin/python"))
    alone = subprocess.run(
        [python, "-c", "import blocktune"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert "No module named 'blocktune'" in alone.stderr


@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_an_execution_setting_chooses_the_environment_of_trainings(finished, conda, tmp_path, kind):
    study = finished.copy(tmp_path)
    shutil.rmtree(study.folder / "results" / "runs")
    (job,) = study.json("results/plan/TinyPlain-digits/search.json")["jobs"]
    # The job's record itself: Snakemake lists no environments of what a checkpoint decides
    record = f"results/runs/TinyPlain-digits/search/{job}.json"
    settings = ("--config", "runs_per_job=auto", f"training_env={kind}")
    out = study.make("--use-conda", "--list-conda-envs", *settings, "--", record, environment=conda)
    assert ("cuda" in re.findall(r"envs/train-([a-z]+)\.yaml", out)) == (kind == "cuda")


def test_without_use_conda_no_environment_is_made(finished):
    assert not (finished.folder / ".snakemake" / "conda").exists() or not any(
        (finished.folder / ".snakemake" / "conda").iterdir()
    )
