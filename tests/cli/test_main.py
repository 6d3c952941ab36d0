"""`blocktune` itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from blocktune.cli.main import main

RULES = Path(__file__).parents[2] / "workflow" / "rules"


def commands_of_rules():
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(RULES.glob("*.smk")))
    return sorted(set(re.findall(r"python -m blocktune ([a-z-]+)", text)))


def help_text(capsys, monkeypatch, *arguments):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as raised:
        main([*arguments, "--help"])
    assert raised.value.code == 0
    return capsys.readouterr().out


def test_help_gives_each_command_one_line(capsys, monkeypatch):
    text = help_text(capsys, monkeypatch)
    listed = text[text.index("\n    ") :].strip("\n").splitlines()
    entries = [re.fullmatch(r"    ([a-z-]+) {2,}(\S.*\S)", line) for line in listed]
    assert all(entries), listed
    names = [entry[1] for entry in entries]
    assert {"plan", "schema", *commands_of_rules()} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("command", ["plan", "schema", *commands_of_rules()])
def test_every_command_explains_its_flags(capsys, monkeypatch, command):
    text = help_text(capsys, monkeypatch, command)
    assert f"usage: blocktune {command}" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["plam"], "'plan'"),
        (["plan"], "name"),
        (["train", "--job", "x"], "--plan"),
    ],
    ids=str,
)
def test_wrong_usage_is_status_2(capsys, arguments, said):
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"backbones": []}', '{"bakbones": 3}'])
def test_settings_that_cannot_be_used_are_one_error(capsys, tmp_path, content):
    file = tmp_path / "settings.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    flags = ["layers", "dataset", "splits", "split-summary", "output"]
    arguments = [part for flag in flags for part in (f"--{flag}", str(tmp_path / flag))]
    assert main(["candidates", "--settings", str(file), *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert not (tmp_path / "output").exists()


def test_a_reader_that_leaves_is_no_error(tmp_path):
    """`blocktune plan ... | head -1` prints no traceback."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -m blocktune plan TinyPlain --image-size 16 | true"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize("command", ["candidates", "select", "status"])
def test_most_commands_start_without_keras(command):
    """Importing Keras takes many seconds, SciPy half of one; commands that only plan and rank don't pay for it."""
    slow = {"keras", "tensorflow", "matplotlib", "scipy", "sklearn", "pandas", "statsmodels"}
    code = f"""
import contextlib, io, sys
from blocktune.cli.main import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main([{command!r}, "--help"])
print({slow} & set(sys.modules) or "none")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "none"


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (OSError(28, "No space left on device", "a file"), 2, "error: a file: No space left on device\n"),
        (OSError(30, "Read-only file system"), 2, "error: Read-only file system\n"),
        (KeyboardInterrupt(), 130, "interrupted; what is finished is kept\n"),
    ],
    ids=repr,
)
def test_faults_of_the_machine_and_ctrl_c_are_one_line(capsys, monkeypatch, raised, status, said):
    def fail(*_):
        raise raised

    monkeypatch.setattr("blocktune.cli.planning.write_schema", fail)
    assert main(["schema", "--output", "x"]) == status
    assert capsys.readouterr().err == said


def test_a_defect_is_no_fault_of_the_machine(monkeypatch):
    def fail(*_):
        raise FileNotFoundError(2, "No such file or directory", "x")

    monkeypatch.setattr("blocktune.cli.planning.write_schema", fail)
    with pytest.raises(FileNotFoundError):
        main(["schema", "--output", "x"])
