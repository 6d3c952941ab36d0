"""A study as an RO-Crate: read back by the package of its makers, and by that of Croissant's."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made_runs import RUN, made_folder
from made_up import made_dataset
from rocrate.rocrate import ROCrate

import blocktune
from blocktune.cli.main import main
from blocktune.data.origins import origins
from blocktune.files.plain import read_json
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.settings.sections import dataset_key
from blocktune.tracking.snakemake_records import write_record

RESULTS = ["report.html", "metrics.json", "tables/table1.md", "figures/figure 4.svg", "search/VGG16-none/scores.csv"]
MANIFEST = "row,file,class,sha256,pixels\n0,a/1.jpg,a,00,11\n1,b/ü 2.jpg,b,22,33\n"
SPLITS = "row,part_search,part_final,part_validation\n0,0,1,0\n1,0,0,1\n"
BEGUN, ENDED = 1_700_000_000, 1_700_003_600
ARCHIVE = origins()["flower_photos.tgz"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The folder of a study that is finished, but for one run."""
    folder = made_folder(tmp_path_factory.mktemp("crate") / "study")
    for name in RESULTS:
        (folder / "results" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "results" / name).write_text(f"content of {name}")
    plan = folder / "results" / "plan"
    (plan / "splits.csv").write_text(SPLITS)
    files = [["flower_photos.tgz", ARCHIVE.size, ARCHIVE.sha256]]
    (plan / "settings" / "data.json").write_text(json.dumps({"files": files}))
    settings = validate(Settings, read_json(plan / "settings" / "settings.json"))
    prepared = folder / "data" / "prepared" / dataset_key(settings)
    prepared.mkdir(parents=True)
    (prepared / "manifest.csv").write_text(MANIFEST)
    made_dataset(name="tf_flowers", images=2).write(prepared / "dataset.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_record("results/plan/splits.csv", {"starttime": BEGUN, "endtime": BEGUN + 1})
        write_record("results/report.html", {"starttime": ENDED - 1, "endtime": ENDED})
    return folder


def crate_of(study, folder, *more):
    return main(["origin", "--crate", str(folder), "--directory", str(study), *more])


@pytest.fixture(scope="module")
def folder(study, tmp_path_factory):
    place = tmp_path_factory.mktemp("made") / "crate"
    assert crate_of(study, place, "--licence", "cc-by-4.0") == 0
    return place


@pytest.fixture(scope="module")
def crate(folder):
    return ROCrate(folder)


def ids(entities):
    return {entity.id for entity in (entities if isinstance(entities, list) else [entities])}


def test_it_says_what_ran_on_what_and_what_came_out(crate):
    assert crate.mainEntity.id == "Snakefile" and "ComputationalWorkflow" in crate.mainEntity.type
    assert "https://w3id.org/ro/wfrun/workflow/0.5" in ids(crate.root_dataset["conformsTo"])
    assert crate.root_dataset["license"].id == "https://spdx.org/licenses/CC-BY-4.0"
    assert crate.root_dataset["datePublished"] == "2023-11-14T23:13:20+00:00"[:10]
    (run,) = crate.get_by_type("CreateAction")
    assert run["instrument"] is crate.mainEntity and run in [crate.root_dataset["mentions"]]
    assert (run["startTime"], run["endTime"]) == ("2023-11-14T22:13:20+00:00", "2023-11-14T23:13:20+00:00")
    assert ids(run["object"]) == {"results/plan/settings/settings.json", "images/dataset.croissant.json"}
    assert {"results/report.html", "results/tables/table1.md", "runs/runs.csv"} <= ids(run["result"])
    # What it takes and makes are the workflow's parameters
    parameters = ids(crate.mainEntity["input"]) | ids(crate.mainEntity["output"])
    examples = [entity for entity in crate.get_entities() if "exampleOfWork" in entity]
    assert {entity["exampleOfWork"].id for entity in examples} == parameters


def test_every_file_is_described_as_it_is(crate, folder):
    described = {entity.id: entity for entity in crate.get_by_type("File") if entity.id != "Snakefile"}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {name.replace("%20", " ") for name in described} == there - {"Snakefile", "ro-crate-metadata.json"}
    assert ids(crate.root_dataset["hasPart"]) == {*described, "Snakefile"}
    for name, entity in described.items():
        content = (folder / name.replace("%20", " ")).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["contentSize"] == str(len(content))
    assert {"results/plan/VGG16-ours/search.json", "workflow/rules/search.smk", "requirements.lock"} <= there
    assert all(f"results/{name}" in there for name in RESULTS)


def test_every_run_is_in_it(folder):
    text = (folder / "runs" / "runs.csv").read_text(encoding="utf-8")
    assert all(RUN[name] in text for name in ("bw", "lw", "diverged"))


def test_croissants_own_reader_takes_the_description_of_the_images(folder, caplog):
    import mlcroissant

    # Beside the file, as whoever gets the crate does
    found = mlcroissant.Dataset(folder / "images" / "dataset.croissant.json")
    assert not found.metadata.ctx.issues.errors and "not standard" not in caplog.text
    assert found.metadata.name == "tf_flowers" and ARCHIVE.licence in found.metadata.license
    (archive,) = [one for one in found.metadata.distribution if one.id == "flower_photos.tgz"]
    assert (archive.sha256, archive.content_url) == (ARCHIVE.sha256, ARCHIVE.url)
    images = [*found.records("images")]
    assert [(one["images/row"], one["images/class"]) for one in images] == [(0, b"a"), (1, b"b")]
    assert images[1]["images/file"].decode() == "b/ü 2.jpg"
    assert [one["sets/part_validation"] for one in found.records("sets")] == [0, 1]


def test_without_a_licence_or_records_it_says_so(study, tmp_path, capsys):
    copy = Path(shutil.copytree(study, tmp_path / "copy"))
    shutil.rmtree(copy / ".snakemake")
    (copy / "results/plan/settings/data.json").write_text("{}")
    (tmp_path / "empty").mkdir()
    assert crate_of(copy, tmp_path / "empty") == 0
    assert "not in it: 1 planned runs, which are not finished" in capsys.readouterr().out
    crate = ROCrate(tmp_path / "empty")
    assert crate.root_dataset["license"]["name"] == "not stated"
    (run,) = crate.get_by_type("CreateAction")
    assert "startTime" not in run and run["endTime"]
    described = json.loads((tmp_path / "empty" / "images" / "dataset.croissant.json").read_text(encoding="utf-8"))
    assert "license" not in described and len(described["distribution"]) == 2


@pytest.mark.parametrize("missing", ["results/report.html", "results/plan/splits.csv", "data/store"])
def test_a_study_that_is_not_finished_is_one_error(study, tmp_path, capsys, missing):
    copy = Path(shutil.copytree(study, tmp_path / "copy"))
    (shutil.rmtree if (copy / missing).is_dir() else Path.unlink)(copy / missing)
    assert crate_of(copy, tmp_path / "new") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert missing in line
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


def test_nothing_is_overwritten(study, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert crate_of(study, tmp_path) == 2
    assert "is there and not empty" in capsys.readouterr().err
    assert main(["origin", "flower_photos.tgz", "--crate", str(tmp_path / "new")]) == 2
    assert "give one of them" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_installation_without_the_rules_says_what_to_run(study, tmp_path):
    """Else the crate would name a workflow that is not in it."""
    shutil.copytree(Path(blocktune.__file__).parent, tmp_path / "site" / "blocktune")
    command = [sys.executable, "-m", "blocktune", "origin", "--crate", tmp_path / "new", "--directory", study]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and not (tmp_path / "new").exists()
    (line,) = done.stderr.splitlines()
    assert "Snakefile" in line and "PYTHONPATH=CLONE/workflow python -m blocktune origin --crate" in line


@pytest.mark.long
def test_the_validator_of_others_finds_nothing_that_is_required(folder, tmp_path):
    """It needs an older `rich` than blocktune's lock has, so it gets an environment of its own."""
    uv, python = Path(sys.executable).with_name("uv"), tmp_path / "validator" / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, python.parents[1]], check=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "roc-validator==0.13.0"], check=True)
    profiles = ["ro-crate-1.1", "process-run-crate-0.5", "workflow-ro-crate-1.0", "workflow-run-crate-0.5"]
    command = [python, Path(__file__).with_name("crate_validator.py"), folder, *profiles]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # It would find something
    described = json.loads((folder / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    (root,) = [entity for entity in described["@graph"] if entity["@id"] == "./"]
    del root["license"], root["mainEntity"]
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    (copy / "ro-crate-metadata.json").write_text(json.dumps(described), encoding="utf-8")
    command[2] = copy
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
