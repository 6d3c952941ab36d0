"""Whole settings files that can't be, as a person hands them over: one clear error, status 2, within seconds."""

import subprocess
import sys

import pytest
from bad_settings import BAD_SETTINGS

GOOD = "backbones: [{name: VGG16, weights: none}]\ndata: {source: digits}\n"


@pytest.mark.parametrize(("content", "said"), [row[1:] for row in BAD_SETTINGS], ids=[row[0] for row in BAD_SETTINGS])
def test_a_bad_file_gets_one_clear_error(content, said, refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    refused(["fetch", "--offline", "--configfile", "good.yaml", "bad.yaml"], said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.yaml", "good.yaml"]


def test_the_corpus_is_as_large_as_is_said():
    names = [row[0] for row in BAD_SETTINGS]
    assert len(names) == len(set(names)) >= 60


def test_a_folder_and_a_missing_file_are_no_settings(refused, tmp_path):
    refused(["fetch", "--offline", "--configfile", tmp_path], ["can't be read", "Is a directory"])
    refused(["fetch", "--offline", "--configfile", tmp_path / "no.yaml"], ["does not exist", str(tmp_path)])


def test_the_command_itself_ends_with_status_2(tmp_path):
    (tmp_path / "bad.yaml").write_text("study: 2024-13-45\n")
    command = [sys.executable, "-m", "blocktune", "fetch", "--offline", "--configfile", tmp_path / "bad.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: settings file ") and "Traceback" not in done.stderr
