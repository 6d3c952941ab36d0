"""Opening a study: what each kind of call refuses, mends and leaves alone."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from blocktune.errors import BlocktuneError
from blocktune.opening import Before, open_study
from blocktune.settings.load import read_files
from blocktune.tracking import intact
from blocktune.tracking.call import Call, read_call
from blocktune.tracking.snakemake_records import write_record
from blocktune.watch.session import Session

PARAMS = Path(__file__).parents[2] / "params.yaml"
RUNS = read_call(["--cores", "1"])
LOOKS = read_call(["-np"])
OF_A_JOB = Call()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(call, change=None, files=(), on_cluster=False):
    said = []
    config = read_files([PARAMS]) | (change or {})
    return open_study(call, config, files, on_cluster=on_cluster, say=said.append), said


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_settings_are_written_one_file_a_step(folder):
    study, said = opened(RUNS, {"gpus": "none"})
    assert said == []
    assert study.settings.study == json.loads((folder / "results/plan/settings/settings.json").read_text())["study"]
    assert {f"results/plan/settings/{name}" for name in study.sections} <= set(everything(folder))
    assert study.prepared.parent == Path("data/prepared")
    assert study.devices == []


def test_jobs_on_a_cluster_have_the_gpus_there(folder):
    assert opened(RUNS, {"gpus": 3}, on_cluster=True)[0].devices is None
    with pytest.raises(BlocktuneError, match="gpus"):
        opened(RUNS, {"gpus": 3})


@pytest.mark.parametrize("words", ["--unlock", "--lint", "--list-rules"])
def test_what_asks_nothing_about_results_changes_nothing(folder, words):
    data = {"data": {"source": "folder", "name": "mine", "path": "gone"}}
    for call in (OF_A_JOB, read_call([words])):
        assert opened(call, data)[0].settings.data.path == "gone"
    assert everything(folder) == []


@pytest.mark.parametrize("call", [RUNS, LOOKS])
def test_images_that_are_not_there_are_named(folder, call):
    with pytest.raises(BlocktuneError, match=r"data\.path: no folder 'gone'"):
        opened(call, {"data": {"source": "folder", "name": "mine", "path": "gone"}})


def test_a_key_given_twice_names_its_file(folder):
    twice = folder / "my study.yaml"
    twice.write_text("repeats: 1\nrepeats: 2\n")
    with pytest.raises(BlocktuneError, match=r"my study\.yaml.*repeats"):
        opened(LOOKS, files=[twice])


def test_without_a_network_the_command_that_downloads_is_named_whole(folder):
    mine = folder / "my study.yaml"
    mine.write_text("study: mine\n")
    data = {"data": {"source": "tfds", "name": "tf_flowers"}}
    with pytest.raises(BlocktuneError, match=r"blocktune fetch --configfile '.*my study\.yaml'"):
        opened(LOOKS, {"offline": True} | data, files=[mine])
    with pytest.raises(BlocktuneError, match=r"blocktune fetch(?! --configfile)"):
        opened(LOOKS, {"offline": True} | data)


def test_a_look_says_what_is_damaged_and_a_run_puts_it_aside(folder):
    table = folder / "results/tables/table1.csv"
    table.parent.mkdir(parents=True)
    table.write_text("backbone,lw\nTinyPlain,0.5\n")
    write_record("results/tables/table1.csv", {"endtime": table.stat().st_mtime})
    intact.remember_outputs()
    table.write_text("")
    assert opened(OF_A_JOB)[1] == []
    assert "table1.csv" in opened(LOOKS)[1][0]
    assert table.is_file()
    assert "table1.csv" in opened(RUNS)[1][0]
    assert not table.exists()


def test_two_studies_at_work_in_one_folder_are_told_apart(folder):
    opened(RUNS)
    locks = folder / ".snakemake/locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").write_text("")
    opened(RUNS)
    with pytest.raises(BlocktuneError, match="another Snakemake is running"):
        opened(RUNS, {"seed": 9})


SETTINGS = Path("results/plan/settings/settings.json")


@pytest.fixture
def looked(folder):
    """Before a look at a folder with settings, which the look has replaced."""
    SETTINGS.parent.mkdir(parents=True)
    SETTINGS.write_text("before")
    before = Before.a_look()
    SETTINGS.write_text("of the look")
    (SETTINGS.parent / "more.json").write_text("")
    return before


def test_what_a_look_replaced_is_put_back_with_its_date(looked):
    looked.put_back()
    assert [path.name for path in SETTINGS.parent.iterdir()] == [SETTINGS.name]
    assert (SETTINGS.read_bytes(), SETTINGS.stat().st_mtime_ns) == looked.files[SETTINGS.absolute()]


def test_what_a_look_replaced_is_left_to_a_snakemake_that_worked_meanwhile(looked, folder):
    lock = Path(".snakemake/locks/0.output.lock")
    lock.parent.mkdir(parents=True)
    lock.write_text("")
    looked.put_back()
    assert SETTINGS.read_text() == "of the look"
    lock.unlink()
    Session.begin("data/store", 0).write(folder)
    looked.put_back()
    assert SETTINGS.read_text() == "of the look"


def test_a_process_that_the_look_forked_puts_nothing_back(looked):
    replace(looked, process=looked.process + 1).put_back()
    assert SETTINGS.read_text() == "of the look"
