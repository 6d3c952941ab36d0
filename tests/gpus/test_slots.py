"""Slots: never two processes in one place, and a place is free as soon as its holder is gone, however it ended."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from blocktune.errors import BlocktuneError
from blocktune.gpus.choose import Device
from blocktune.gpus.slots import slots_folder, slots_in_use, take_slot

WORKFLOW = Path(__file__).parents[2] / "workflow"
DEVICES = [Device("0", "gpu0"), Device("1", "gpu1")]

HOLDER = """
import os, sys, time
from pathlib import Path
from blocktune.gpus.choose import Device
from blocktune.gpus.slots import take_slot
devices = [Device(name, f"gpu{name}") for name in "01"]
folder, per_gpu, seconds, repeats = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
print("ready", flush=True)
sys.stdin.readline()
for number in range(repeats):
    slot = take_slot(devices, per_gpu, sys.argv[5], folder, lambda text: print(text, flush=True))
    name = f"{slot.device.identity}.{slot.place}"
    # Fails if anybody else is in the same place: a file that only its maker removes
    (folder / f"{name}.inside").touch(exist_ok=False)
    print("took", name, flush=True)
    time.sleep(seconds)
    (folder / f"{name}.inside").unlink()
    os.close(slot.stream)
"""


def start(folder, per_gpu=1, seconds=60.0, repeats=1, run="r"):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder, *map(str, (per_gpu, seconds, repeats)), run],
        env={**os.environ, "PYTHONPATH": str(WORKFLOW)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()
    return process


@pytest.fixture
def holders():
    """Processes that are ended with the test."""
    started = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def test_first_places_of_all_gpus_come_first(tmp_path):
    slots = [take_slot(DEVICES, 2, "r", tmp_path) for _ in range(4)]
    assert [(slot.device.visible, slot.place) for slot in slots] == [("0", 1), ("1", 1), ("0", 2), ("1", 2)]
    for slot in slots:
        os.close(slot.stream)


def test_many_processes_never_share_a_place(tmp_path, holders):
    """Eight processes, three turns each, on four places; each turn fails if the place is taken."""
    holders += [start(tmp_path, per_gpu=2, seconds=0.05, repeats=3) for _ in range(8)]
    for process in holders:
        go(process)
    for process in holders:
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        assert out.count("took") == 3
    assert not list(tmp_path.glob("*.inside"))


def test_a_killed_holder_frees_its_place_and_who_waits_gets_it(tmp_path, holders):
    first, second = (go(start(tmp_path)) for _ in range(2))
    third = start(tmp_path)
    holders += [first, second, third]
    taken = {first.stdout.readline(), second.stdout.readline()}
    assert taken == {"took gpu0.1\n", "took gpu1.1\n"}
    go(third)
    assert third.stdout.readline() == "waiting for a GPU: all 2 slots are taken\n"
    first.kill()
    first.wait()
    for left in tmp_path.glob("*.inside"):
        # What a killed process leaves behind: only the lock counts
        left.unlink()
    assert third.stdout.readline() in taken


def test_who_waits_says_so_once(tmp_path):
    slots = [take_slot(DEVICES, 1, "r", tmp_path) for _ in range(2)]
    waiter = go(start(tmp_path, seconds=0))
    assert waiter.stdout.readline().startswith("waiting for a GPU")
    time.sleep(1.2)
    for slot in slots:
        os.close(slot.stream)
    out, errors = waiter.communicate(timeout=60)
    assert waiter.returncode == 0, errors
    assert out.splitlines() == ["took gpu0.1"]


def test_who_looks_sees_the_holders_and_takes_no_place(tmp_path, holders):
    holders += [go(start(tmp_path, run=name)) for name in ("one", "two")]
    for process in holders:
        process.stdout.readline()
    seen = slots_in_use(tmp_path)
    assert [(holder["gpu"], holder["place"]) for holder in seen] == [("gpu0", 1), ("gpu1", 1)]
    assert {holder["run"] for holder in seen} == {"one", "two"}
    assert {holder["pid"] for holder in seen} == {process.pid for process in holders}
    holders[0].kill()
    holders[0].wait()
    assert len(slots_in_use(tmp_path)) == 1
    assert slots_in_use(tmp_path / "nothing here") == []


def test_a_lock_file_that_was_cleaned_away_is_not_trusted(tmp_path):
    slot = take_slot(DEVICES[:1], 1, "r", tmp_path)
    (tmp_path / "gpu0.1.lock").unlink()
    other = take_slot(DEVICES[:1], 1, "new", tmp_path)
    assert json.loads((tmp_path / "gpu0.1.lock").read_text())["run"] == "new"
    os.close(slot.stream)
    os.close(other.stream)


def test_all_studies_of_a_user_share_one_folder_whatever_tmpdir_says(monkeypatch, tmp_path):
    monkeypatch.delenv("BLOCKTUNE_SLOTS", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    first = slots_folder()
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    monkeypatch.chdir(tmp_path)
    assert slots_folder() == first
    assert first.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_no_folder_of_ours_is_refused(monkeypatch, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.setenv("BLOCKTUNE_SLOTS", str(tmp_path / "link"))
    with pytest.raises(BlocktuneError, match="set BLOCKTUNE_SLOTS to a folder of yours"):
        slots_folder()
    monkeypatch.setenv("BLOCKTUNE_SLOTS", "/proc/nowhere")
    with pytest.raises(BlocktuneError, match="can't make the folder of GPU slots"):
        slots_folder()
