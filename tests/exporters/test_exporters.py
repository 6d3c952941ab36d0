"""Every exporter: what it wrote is read back with the program's own reader, and bad places are named."""

import csv
import importlib
import shutil
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from made_runs import KEY, RUN, STUDY

from blocktune.cli.main import main
from blocktune.exporters import Exporter, exporter_named
from blocktune.files.plan import Plan
from blocktune.settings.members import EXPORTERS, exporters, members


def export(study, to, place, *more):
    return main(["export", "--to", to, "--directory", str(study), "--output", str(place), *more])


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", exporters())
def test_an_exporter_keeps_what_its_base_class_promises(name):
    found = exporter_named(name)
    assert isinstance(found, Exporter) and type(found).__doc__ and members(EXPORTERS)[name].words


@pytest.mark.parametrize("name", ["csv", "tensorboard"])
def test_a_second_export_writes_the_same_files(name, study, tmp_path, capsys):
    assert export(study, name, tmp_path / "shown") == 0
    said, first = capsys.readouterr().out, files(tmp_path / "shown")
    assert f"5 runs of {STUDY}: " in said
    assert "not exported: 1 of 6 planned runs, which are not finished" in said
    assert export(study, name, tmp_path / "shown") == 0
    assert files(tmp_path / "shown") == first


# ----------------------------------------------------------------------------------------------------------------------
# csv


def rows(file):
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_tables_have_a_row_for_each_run_epoch_and_setting(study, tmp_path):
    assert export(study, "csv", tmp_path) == 0
    runs = {row["run"]: row for row in rows(tmp_path / "runs.csv")}
    assert len(runs) == 5 and float(runs[RUN["bw"]]["score/test_last_accuracy"]) == 0.625
    assert runs[RUN["lw"]]["score/test_last_accuracy"] == ""
    assert float(runs[RUN["lw"]]["training.learning_rate"]) == 1e-4
    # A spreadsheet would run it
    assert runs[RUN["lw"]]["study"] == f"'{STUDY}"
    epochs = [row for row in rows(tmp_path / "epochs.csv") if row["run"] == RUN["bw"]]
    assert [(row["epoch"], row["loss"], row["val_accuracy"]) for row in epochs] == [
        ("1", "2.0", "0.25"),
        ("2", "1.0", ""),
        ("3", "0.5", "0.75"),
    ]
    settings = {row["key"]: row["value"] for row in rows(tmp_path / "settings.csv")}
    assert settings["training.epochs"] == "50" and settings["data.path"] == ""
    # Where it is exported to is no setting of the runs
    assert not [key for key in settings if key.startswith(("export", "figures"))]


# ----------------------------------------------------------------------------------------------------------------------
# tensorboard


@pytest.fixture
def read_events(monkeypatch):
    """TensorBoard's own reader, which would otherwise wait for TensorFlow."""
    monkeypatch.setitem(sys.modules, "tensorboard.compat.notf", sys)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def read(folder):
        found = EventAccumulator(str(folder))
        found.Reload()
        return found

    return read


def test_tensorboard_reads_curves_scores_and_settings(study, tmp_path, read_events):
    assert export(study, "tensorboard", tmp_path) == 0
    (folder,) = tmp_path.iterdir()
    runs = {path.name[-8:]: path for path in folder.glob("*/*") if path.is_dir()}
    assert set(runs) == {RUN[name][:8] for name in ("bw", "lw", "discarded", "diverged", "arm")}
    assert {path.parent.name for path in runs.values()} == {"lw", "bw"}
    found = read_events(runs[RUN["bw"][:8]])
    scalars = {tag: found.Tensors(tag) for tag in found.Tags()["tensors"] if "/" in tag or "loss" in tag}
    from tensorboard.util.tensor_util import make_ndarray

    loss = [(event.step, float(make_ndarray(event.tensor_proto))) for event in scalars["loss"]]
    assert loss == [(1, 2.0), (2, 1.0), (3, 0.5)]
    times = [event.wall_time for event in scalars["loss"]]
    assert times[2] - times[1] == pytest.approx(30)
    (tested,) = scalars["score/test_last_accuracy"]
    assert (tested.step, float(make_ndarray(tested.tensor_proto))) == (3, 0.625)
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    (content,) = found.PluginTagToContent("hparams").values()
    hyper = HParamsPluginData.FromString(content).session_start_info.hparams
    assert hyper["training.learning_rate"].number_value == 1e-3 and hyper["backbone"].string_value == KEY
    (text,) = read_events(folder).Tensors("settings")
    assert b"training.epochs: 50" in make_ndarray(text.tensor_proto).item()


def test_what_was_exported_before_and_is_gone_is_removed_and_nothing_else(study, tmp_path):
    assert export(study, "tensorboard", tmp_path) == 0
    (folder,) = tmp_path.iterdir()
    theirs, ours = folder / "bw" / "mine", folder / "lost" / "old"
    for place, name in ((theirs, "events.out.tfevents.1.laptop"), (ours, "events.out.tfevents.1.blocktune")):
        place.mkdir(parents=True)
        (place / name).write_bytes(b"")
    assert export(study, "tensorboard", tmp_path) == 0
    assert theirs.is_dir() and not ours.exists()


# ----------------------------------------------------------------------------------------------------------------------
# mlflow


@pytest.fixture(scope="module")
def mlflow(study, tmp_path_factory):
    """Two exports into one database, and all runs that MLflow finds in it."""
    folder = tmp_path_factory.mktemp("Team & Co")
    assert export(study, "mlflow", folder) == 0
    found = runs_of(folder)
    assert export(study, "mlflow", folder) == 0
    return folder, found


def runs_of(folder):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name(STUDY)
    return {run.info.run_id: run for run in client.search_runs([experiment.experiment_id])}


def test_mlflow_finds_runs_below_strategies_below_the_study(mlflow):
    _, found = mlflow
    parents = {run.info.run_name: run.data.tags.get("mlflow.parentRunId") for run in found.values()}
    names = {run: entry.info.run_name for run, entry in found.items()}
    assert len(found) == 1 + 2 + 5
    assert parents[STUDY] is None
    assert {name for name, parent in parents.items() if names.get(parent) == STUDY} == {"lw", "bw"}
    assert sum(names.get(parent) == "bw" for parent in parents.values()) == 3


def test_mlflow_reads_curves_scores_and_settings(mlflow):
    from mlflow import MlflowClient

    folder, found = mlflow
    by_run = {run.data.tags.get("run"): run for run in found.values()}
    one = by_run[RUN["bw"]]
    assert one.data.params["training.learning_rate"] == "0.001"
    assert one.data.metrics["score/test_last_accuracy"] == 0.625
    assert one.data.tags["candidates"] == "lw 2, bw 1"
    assert one.info.end_time - one.info.start_time == 60_000
    client = MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")
    curve = client.get_metric_history(one.info.run_id, "val_accuracy")
    assert [(point.step, point.value) for point in curve] == [(1, 0.25), (3, 0.75)]
    assert by_run[RUN["diverged"]].info.status == "FAILED" and one.info.status == "FINISHED"
    (whole,) = [run for run in found.values() if run.info.run_name == STUDY]
    assert whole.data.params["training.epochs"] == "50"


def test_a_second_export_to_mlflow_adds_nothing(mlflow):
    folder, found = mlflow
    assert set(runs_of(folder)) == set(found)


def test_a_run_that_went_on_replaces_what_was_exported_of_it(mlflow, study, tmp_path):
    folder, found = mlflow
    copy = shutil.copytree(study, tmp_path / "copy")
    shutil.copytree(folder, tmp_path / "shown")
    # Now the search lists it in another stage, too
    plan = Plan.read(copy / "results/plan" / KEY / "search.json")
    jobs = {**plan.jobs, "new": (RUN["discarded"],)}
    replace(plan, jobs=jobs).write(copy / "results/plan" / KEY / "search.json")
    assert export(copy, "mlflow", tmp_path / "shown") == 0
    now = runs_of(tmp_path / "shown")
    (old,) = set(found) - set(now)
    (new,) = set(now) - set(found)
    assert found[old].data.tags["run"] == now[new].data.tags["run"] == RUN["discarded"]
    assert "search" in now[new].data.tags["stages"]


# ----------------------------------------------------------------------------------------------------------------------
# bad input


@pytest.mark.parametrize(
    ("to", "place", "said"),
    [
        ("csv", "http://localhost:5000", "writes into a folder, and http://localhost:5000 is an address"),
        ("csv", "{0}/file", "writes into a folder, and {0}/file is a file"),
        ("tensorboard", "{0}/file/below", "can't write"),
        ("mlflow", "{0}/who?", "can't hold ?"),
        ("mlflow", "nosuch://x", "MLflow at nosuch://x can't be written"),
        ("mlflow", "mssql://localhost/x", "MLflow at mssql://localhost/x can't be written: No module named"),
        ("mlflow", "http://127.0.0.1:9", "MLflow at http://127.0.0.1:9 can't be written"),
    ],
)
def test_a_place_that_cannot_be_written_is_one_error(to, place, said, study, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert export(study, to, place.format(tmp_path)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said.format(tmp_path) in line
    assert (tmp_path / "file").read_text() == "mine"


def test_a_database_that_is_none_is_one_error(study, tmp_path, capsys):
    (tmp_path / "mlflow.db").write_text("garbage, and not a database")
    assert export(study, "mlflow", tmp_path) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path) in line and "file is not a database" in line


def test_a_folder_without_a_study_or_a_store_is_one_error(study, tmp_path, capsys):
    assert export(tmp_path, "csv", tmp_path / "out") == 2
    assert "no study in" in capsys.readouterr().err
    assert export(study, "csv", tmp_path / "out", "--store", str(tmp_path / "none")) == 2
    assert "no store" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [name for name in exporters() if exporter_named(name).needs])
def test_a_package_that_is_missing_is_named_with_its_extra(name, study, tmp_path, capsys, monkeypatch):
    exporter = importlib.import_module(f"blocktune.exporters.{name}").Runs
    monkeypatch.setattr(exporter, "needs", ("nosuchpackage", *exporter.needs))
    assert export(study, name, tmp_path / "out") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"export to {name} needs nosuchpackage, which is not installed" in line and f"'.[{name}]'" in line
    assert not (tmp_path / "out").exists()


def test_every_package_of_an_extra_is_declared():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for name in exporters():
        wanted = {package.removesuffix("-skinny") for package in extras.get(name, [])}
        assert wanted == set(exporter_named(name).needs)
        assert set(extras.get(name, [])) <= set(extras["dev"])
