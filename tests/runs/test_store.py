"""The store: a run is there whole or not at all, and damage is noticed."""

import json
import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from made_up import made_metrics

from blocktune.errors import BlocktuneError
from blocktune.files import plain
from blocktune.runs.store import Store

METRICS = made_metrics(best_accuracy=0.75)
HISTORY = "epoch,loss\n1,0.25\n"
RESOURCES = {"seconds": 1.5}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def stored(store, make_spec):
    """A store with one run, its specification and its folder."""
    spec = make_spec()
    store.put(spec, METRICS, HISTORY, RESOURCES)
    return store, spec, store.path(spec.run_id)


def entries(folder):
    """All files and folders below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_an_empty_store_has_nothing(store, make_spec):
    assert not store.has(make_spec())


def test_what_is_put_is_there_and_comes_back(stored):
    store, spec, _ = stored
    assert store.has(spec)
    assert store.record(spec) == {
        "run": spec.run_id,
        "metrics": METRICS,
        "history": HISTORY,
        "resources": RESOURCES,
    }


LONGER = "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate\n1,0.5,0.1,0.5,0.2,0.001\n2,0.4,0.2,0.4,0.4,0.001\n"
SHORTER = "".join(LONGER.splitlines(keepends=True)[:2])


def test_a_paused_run_is_there_for_its_pause_only(store, make_spec):
    spec = make_spec()
    store.put(spec, METRICS, SHORTER, RESOURCES, epochs=1)
    assert store.has(spec, 1)
    assert not store.has(spec, 2)
    assert not store.has(spec)
    assert store.record(spec, 1)["history"] == SHORTER


def test_a_finished_run_stands_for_its_pauses(store, make_spec):
    spec = make_spec()
    store.put(spec, METRICS, SHORTER, RESOURCES, epochs=1)
    store.put(spec, {**METRICS, "epochs": 2, "parameters_trained": 7}, LONGER, RESOURCES)
    assert not store.path(spec.run_id, 1).exists()
    assert store.has(spec, 1)
    found = store.record(spec, 1)
    assert found["history"] == SHORTER
    assert found["metrics"]["last_accuracy"] == found["metrics"]["best_accuracy"] == 0.2
    assert found["metrics"]["parameters_trained"] == 7
    assert store.record(spec, 2)["history"] == store.record(spec)["history"] == LONGER


def test_a_damaged_pause_is_set_aside(store, make_spec, capsys):
    spec = make_spec()
    store.put(spec, METRICS, SHORTER, RESOURCES, epochs=1)
    (store.path(spec.run_id, 1) / "history.csv").write_text(LONGER)
    assert not store.has(spec, 1)
    assert "history.csv was changed" in capsys.readouterr().err
    store.put(spec, METRICS, SHORTER, RESOURCES, epochs=1)
    assert store.has(spec, 1)


def test_another_run_is_not_there(stored, make_spec):
    assert not stored[0].has(make_spec(settings={"seed": 2}))


def test_another_store_object_on_the_same_folder_sees_the_run(stored):
    store, spec, _ = stored
    assert Store(store.folder).has(spec)


def test_putting_a_run_again_keeps_the_first(stored):
    store, spec, _ = stored
    before = entries(store.folder)
    store.put(spec, {**METRICS, "last_accuracy": 0.1}, "", {})
    assert store.record(spec)["metrics"] == METRICS
    assert store.has(spec)
    assert entries(store.folder) == before


def test_others_may_read_the_store_as_far_as_the_umask_allows(store, make_spec):
    before = os.umask(0o027)
    try:
        store.put(make_spec(), METRICS, HISTORY, RESOURCES)
    finally:
        os.umask(before)
    place = store.path(make_spec().run_id)
    assert stat.S_IMODE(place.stat().st_mode) == 0o750
    assert stat.S_IMODE((place / "metrics.json").stat().st_mode) == 0o640


# ------------------------------------------------------------------------------------------------------------------
# damage

VALIDATION = {"losses": [0.1234, 2.5], "right": "80"}
FILES = ["spec.json", "metrics.json", "history.csv", "resources.json", "seal.json"]


def edit(file):
    file.write_text(file.read_text(encoding="utf-8").replace("5", "6"), encoding="utf-8")


def truncate(file):
    file.write_bytes(file.read_bytes()[:-3])


def empty(file):
    file.write_bytes(b"")


def replace(file):
    file.write_text("[]", encoding="utf-8")


def zero(file):
    file.write_bytes(bytes(file.stat().st_size))


def flip_a_bit(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def garble(file):
    file.write_bytes(b"\xff\x00\xfe" * 9)


@pytest.mark.parametrize(
    "damage", [edit, truncate, empty, zero, flip_a_bit, replace, garble, os.remove], ids=lambda done: done.__name__
)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_run_is_named_set_aside_and_trained_again(stored, capfd, name, damage):
    store, spec, place = stored
    damage(place / name)
    damaged = {path.name: path.read_bytes() for path in place.iterdir()}
    assert not store.has(spec)
    said = capfd.readouterr().err
    assert len(said.splitlines()) == 1
    assert spec.run_id in said
    # A changed seal can't be told from changed files
    assert name in said or name == "seal.json"
    assert "is damaged" in said
    # Nothing is lost: the remains lie beside
    (aside,) = [path for path in place.parent.iterdir() if path.name != place.name]
    assert {path.name: path.read_bytes() for path in aside.iterdir()} == damaged
    assert str(aside) in said

    store.put(spec, METRICS, HISTORY, RESOURCES)
    assert store.has(spec)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "damage", [edit, truncate, empty, zero, flip_a_bit, replace, garble, os.remove], ids=lambda done: done.__name__
)
def test_what_the_validation_images_said_is_sealed_too(store, make_spec, capfd, damage):
    spec = make_spec()
    store.put(spec, METRICS, HISTORY, RESOURCES, validation=VALIDATION)
    found = store.record(spec)
    assert (found["validation_losses"], found["validation_right"]) == (VALIDATION["losses"], VALIDATION["right"])
    damage(store.path(spec.run_id) / "validation.json")
    assert not store.has(spec)
    assert "validation.json" in capfd.readouterr().err


def test_a_run_without_them_has_none_and_none_can_be_put_under_it(stored, capfd):
    store, spec, place = stored
    assert entries(place) == sorted(FILES)
    assert not {"validation_losses", "validation_right"} & set(store.record(spec))
    (place / "validation.json").write_text(json.dumps(VALIDATION))
    assert not store.has(spec)
    assert "is damaged" in capfd.readouterr().err


def test_a_finished_run_that_stands_for_its_pause_says_nothing_of_its_end(store, make_spec):
    spec = make_spec()
    store.put(spec, METRICS, LONGER, RESOURCES, validation=VALIDATION)
    assert store.record(spec, 2)["validation_losses"] == VALIDATION["losses"]
    assert "validation_losses" not in store.record(spec, 1)


def test_another_runs_folder_under_this_runs_name_is_damage(store, make_spec, capfd):
    mine, other = make_spec(), make_spec(settings={"seed": 2})
    store.put(other, METRICS, HISTORY, RESOURCES)
    store.path(mine.run_id).parent.mkdir(parents=True, exist_ok=True)
    store.path(other.run_id).rename(store.path(mine.run_id))
    assert not store.has(mine)
    assert "belongs to another run" in capfd.readouterr().err


def test_damage_twice_keeps_both_remains(stored):
    store, spec, place = stored
    truncate(place / "metrics.json")
    assert not store.has(spec)
    store.put(spec, METRICS, HISTORY, RESOURCES)
    truncate(place / "history.csv")
    assert not store.has(spec)
    assert len(list(place.parent.iterdir())) == 2


def test_damage_in_a_store_that_cannot_be_written_is_one_clear_error(stored, monkeypatch):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    store, spec, place = stored
    truncate(place / "metrics.json")
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(BlocktuneError, match=r"can't be set aside \(Read-only file system\): remove it"):
        store.has(spec)


# ------------------------------------------------------------------------------------------------------------------
# two at once


def test_a_run_is_held_by_one_at_a_time_also_when_its_lock_file_was_removed_meanwhile(store):
    """Who waits for a lock file that its holder removes must not share the run with who comes later."""
    inside, most = [], []

    def hold_again_and_again():
        for _ in range(6):
            with store.lock("ab"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.01)
                inside.pop()

    threads = [threading.Thread(target=hold_again_and_again) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 36
    assert list((store.folder / "unfinished").iterdir()) == []


# ------------------------------------------------------------------------------------------------------------------
# writing


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_nothing_is_seen_of_a_run_whose_writing_failed(store, make_spec, monkeypatch, failure):
    real, written = plain.write_text, []

    def fail_at_the_third(path, text):
        written.append(path)
        if len(written) == 3:
            raise failure
        real(path, text)

    monkeypatch.setattr("blocktune.files.kind.write_text", fail_at_the_third)
    with pytest.raises((BlocktuneError, KeyboardInterrupt)):
        store.put(make_spec(), METRICS, HISTORY, RESOURCES)
    assert len(written) == 3
    assert not store.has(make_spec())
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []
    monkeypatch.undo()
    store.put(make_spec(), METRICS, HISTORY, RESOURCES)
    assert store.has(make_spec())


def test_a_full_disk_is_one_clear_error(store, make_spec, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("blocktune.files.kind.write_text", full)
    with pytest.raises(BlocktuneError, match="No space left on device") as raised:
        store.put(make_spec(), METRICS, HISTORY, RESOURCES)
    assert str(store.folder) in str(raised.value)


def test_a_store_that_is_a_file_is_one_clear_error(tmp_path, make_spec):
    (tmp_path / "store").write_text("no folder")
    with pytest.raises(BlocktuneError, match="store"):
        Store(tmp_path / "store").put(make_spec(), METRICS, HISTORY, RESOURCES)


def test_numbers_are_stored_exactly(store, make_spec):
    metrics = {**METRICS, "last_accuracy": 0.1 + 0.2}
    store.put(make_spec(), metrics, HISTORY, RESOURCES)
    assert store.record(make_spec())["metrics"]["last_accuracy"] == 0.1 + 0.2
    written = (store.path(make_spec().run_id) / "metrics.json").read_text(encoding="utf-8")
    assert json.loads(written) == metrics


def test_measures_of_a_run_are_kept_beside_it_and_damaged_ones_count_as_missing(tmp_path):
    store = Store(tmp_path)
    assert store.measures("ab12") is None
    store.put_measures("ab12", {"calibration_error": 0.25, "layers": []})
    assert store.measures("ab12") == {"calibration_error": 0.25, "layers": []}
    (file,) = tmp_path.rglob("ab12.json")
    file.write_text(file.read_text().replace("0.25", "0.35"))
    assert store.measures("ab12") is None
    file.write_text("{}")
    assert store.measures("ab12") is None


def test_measures_of_another_version_are_made_again(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.put_measures("ab12", {"layers": []})
    assert store.has_measures("ab12")
    monkeypatch.setattr("blocktune.runs.store.MEASURES_VERSION", 0)
    assert store.measures("ab12") is None and not store.has_measures("ab12")


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(store, make_spec):
    spec = make_spec()
    place = store.path(spec.run_id)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = [place.with_name(f".{pid}.{place.name}") for pid in (ended.pid, os.getppid())]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "metrics.json").write_text("{")
    store.put(spec, METRICS, HISTORY, RESOURCES)
    assert store.has(spec)
    assert [folder.exists() for folder in left] == [False, True]
