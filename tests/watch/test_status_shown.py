"""How `blocktune status` shows a study: JSON, lines, a table in a terminal. The studies are pretended."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from looking import BACKBONE, RUNS, look, work

from blocktune.cli.main import main
from blocktune.gpus.choose import Device
from blocktune.gpus.slots import take_slot

WORKFLOW = Path(__file__).parents[2] / "workflow"


def test_json_is_one_object(planned, capsys):
    planned.finish(RUNS[0])
    planned.log(f"train/{BACKBONE}/search/j1", "error: no\n")
    assert main(["status", "--directory", str(planned.folder), "--json"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 1
    found = json.loads(out)
    assert found["runs"] == {"planned": 7, "done": 1, "running": 0, "waiting": 4, "failed": 2, "total": None}
    assert found["backbones"][0]["strategies"]["lw"]["planned"] == 4
    assert found["failed"][0]["last_line"] == "error: no"


def test_a_total_that_results_decide_is_a_range(planned, capsys):
    assert main(["status", "--directory", str(planned.folder), "--once"]) == 0
    # The second backbone may add any number
    assert "0 of at least 7 runs done" in capsys.readouterr().out
    planned.inspect("TinyResidual-digits")
    planned.plan("search", {"k": [RUNS[7]]}, {"lw": [RUNS[7]]}, "TinyResidual-digits")
    assert main(["status", "--directory", str(planned.folder), "--once"]) == 0
    # Of each backbone no or one ranked set, and 3 to 6 final runs
    assert "0 of 14 to 22 runs done" in capsys.readouterr().out


def test_slots_in_use_are_counted(planned, tmp_path):
    work(planned)
    (tmp_path / "slots").mkdir()
    slots = [take_slot([Device("0", "gpu0")], 2, run, tmp_path / "slots") for run in (RUNS[2], "another")]
    try:
        with planned.store.lock(RUNS[2]):
            progress = look(planned)
            assert [(holder["gpu"], holder["place"]) for holder in progress.slots_in_use] == [("gpu0", 1), ("gpu0", 2)]
            line = status(planned, "--once").stdout
            assert "GPU slots in use: 2 of 4, 1 by other studies" in line
    finally:
        for slot in slots:
            os.close(slot.stream)


def status(study, *arguments, **options):
    command = [sys.executable, "-m", "blocktune", "status", "--directory", study.folder, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(WORKFLOW)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, **options)


def test_in_a_pipe_it_goes_on_with_lines_until_the_workflow_ends(planned, capsys, monkeypatch):
    session = work(planned)
    naps = []

    def nap(seconds):
        naps.append(seconds)
        if len(naps) == 2:
            replace(session, ended=time.time(), outcome="success").write(planned.folder)

    monkeypatch.setattr("blocktune.cli.watching.time.sleep", nap)
    assert main(["status", "--directory", str(planned.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert naps == [60, 60]
    assert len(lines) == 3
    assert all(re.match(r"\d\d:\d\d:\d\d pretended: ", line) for line in lines)
    assert "planning" in lines[0]
    assert "not planned yet: TinyResidual" in lines[0]
    assert "stopped" in lines[2]


@pytest.mark.parametrize("live", [False, True], ids=["once", "live"])
def test_in_a_terminal_it_is_a_table(planned, live):
    """A real pseudo-terminal: backbones, strategies and the failed job's last line are on the screen."""
    session = work(planned) if live else None
    planned.finish(RUNS[0])
    planned.log(f"train/{BACKBONE}/search/j1", "error: the disk is full\n")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "blocktune", "status", "--directory", planned.folder]
    environment = {**os.environ, "PYTHONPATH": str(WORKFLOW), "COLUMNS": "120", "TERM": "xterm"}
    process = subprocess.Popen(command, env=environment, stdout=follower, stderr=subprocess.PIPE)
    os.close(follower)
    screen = ""
    while "the disk is full" not in screen:
        assert select.select([leader], [], [], 60)[0], screen
        screen += os.read(leader, 65536).decode()
    if session:
        # It watches on until the workflow ends
        assert process.poll() is None
        replace(session, ended=time.time(), outcome="error").write(planned.folder)
    _, errors = process.communicate(timeout=60)
    os.close(leader)
    assert process.returncode == 0, errors
    screen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)
    assert re.search(r"baseline1 +lw +bw +bwsw +runs", screen)
    assert re.search(r"TinyPlain +1/1 +0/4 \(2 failed\) +0/2 +0/2 +1/7", screen)
    assert re.search(r"TinyResidual +not planned", screen)
    assert "error: the disk is full" in screen
