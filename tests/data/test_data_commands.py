"""`blocktune prepare` and `blocktune split`."""

import argparse
import json

import pytest

from blocktune.data.prepared import Prepared, read_split
from blocktune.errors import BlocktuneError
from blocktune.steps.signature import register

NAMES = {"images": "images.npy", "labels": "labels.npy", "manifest": "manifest.csv", "dataset": "dataset.json"}


@pytest.fixture
def blocktune(monkeypatch):
    for name in ("CUDA_VISIBLE_DEVICES", "TF_CPP_MIN_LOG_LEVEL"):  # set by the command, restored after the test
        monkeypatch.setenv(name, "0")
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(required=True))

    def call(*words):
        arguments = parser.parse_args([str(word) for word in words])
        arguments.func(arguments)

    return call


@pytest.fixture
def settings(tmp_path):
    def write(**content):
        (tmp_path / "settings.json").write_text(json.dumps(content))
        return tmp_path / "settings.json"

    return write


def outputs(folder):
    return [word for flag, name in NAMES.items() for word in (f"--{flag}", folder / name)]


def test_prepare_and_split(blocktune, settings, make_folder, picture, tmp_path, capsys):
    photos = make_folder({f"{name}/{number}.jpg": picture(number) for name in "ab" for number in range(20)})
    data = {"source": "folder", "path": str(photos), "image_size": 8}
    blocktune("prepare", "--settings", settings(data=data, seed=1), *outputs(tmp_path / "out"))
    printed = capsys.readouterr().out
    assert "40 images" in printed
    assert "a 20, b 20" in printed
    assert "20 byte-equal copies, 0 more with equal pixels in another file, 0 unreadable" in printed
    inputs = ["--manifest", tmp_path / "out/manifest.csv", "--dataset", tmp_path / "out/dataset.json"]
    splits = tmp_path / "out/splits.csv"
    written = ["--splits", splits, "--summary", tmp_path / "out/splits.json"]
    blocktune("split", "--settings", settings(split={}, seed=1), *inputs, *written)
    printed = capsys.readouterr().out
    assert "search 4, final 28, validation 12" in printed
    assert "20 groups" in printed
    assert len(Prepared.open(tmp_path / "out").images) == 40
    assert len(read_split(splits)["validation"]) == 12


def test_outputs_in_different_places(blocktune, settings, tmp_path):
    words = outputs(tmp_path / "out")
    words[-1] = tmp_path / "elsewhere/dataset.json"
    with pytest.raises(BlocktuneError, match="in one folder"):
        blocktune("prepare", "--settings", settings(data={"source": "digits"}, seed=1), *words)


def test_wrong_settings(blocktune, settings, tmp_path):
    words = outputs(tmp_path / "out")
    with pytest.raises(BlocktuneError, match=r"data\.image_size"):
        blocktune("prepare", "--settings", settings(data={"source": "digits", "image_size": 1}, seed=1), *words)
    with pytest.raises(BlocktuneError, match="does not exist"):
        blocktune("prepare", "--settings", tmp_path / "none.json", *words)
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(BlocktuneError, match=r"can't read .*bad\.json"):
        blocktune("prepare", "--settings", tmp_path / "bad.json", *words)
