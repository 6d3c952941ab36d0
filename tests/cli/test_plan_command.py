"""`blocktune plan`: the counts, for people and programs."""

import json

import pytest

from blocktune.cli.main import main
from blocktune.settings.own import ALLOW_CODE

MOBILENET = {"layers": 86, "weighted": 54, "lw": 54, "bw": 27, "bwsw": 84, "distinct": 103}


def plan(capsys, *arguments):
    assert main(["plan", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [[], ["--alpha", "0.25"]], ids=["full", "quarter"])
def test_json_is_one_object_with_the_counts(capsys, width):
    out = plan(capsys, "MobileNet", *width, "--json")
    assert len(out.splitlines()) == 1
    found = json.loads(out)
    assert {key: found[key] for key in MOBILENET} == MOBILENET


def test_the_text_lists_every_layer_and_the_counts(capsys):
    lines = plan(capsys, "TinyPlain", "--image-size", "16").splitlines()
    assert sum(" Conv2D " in line for line in lines) == 6
    assert any("block1_conv1" in line for line in lines)
    assert any(line.startswith("TinyPlain: 10 layers, 6 with weights") for line in lines)


def test_window_and_delimiters_can_be_tried(capsys):
    size = ["TinyResidual", "--image-size", "16", "--json"]
    usual = json.loads(plan(capsys, *size))
    other = json.loads(plan(capsys, *size, "--window", "5", "--delimiters", "BatchNormalization"))
    assert (usual["bwsw"], other["bwsw"]) == (usual["layers"] - 2, usual["layers"] - 4)
    # stem, block_conv1 and block_conv2, each with the BatchNormalization that closes it
    assert other["bw"] == 3


def test_spans_are_counted_with_what_they_take(capsys):
    small = ["MobileNet", "--alpha", "0.25", "--image-size", "96", "--strategies", "span"]
    every = json.loads(plan(capsys, *small, "--json"))
    merged = json.loads(plan(capsys, *small, "--span-blocks", "12", "--json"))
    assert (every["span"], every["distinct"], merged["span"], merged["distinct"]) == (378, 378, 78, 78)
    assert "bw" not in every and every["seconds"][0] > 3 * merged["seconds"][0]
    text = plan(capsys, *small, "--rates", "1e-4", "1e-3")
    assert "span 378 spans: 756 distinct runs at 2 learning rates" in text
    assert "--span-blocks 12 (search.span_blocks) merges neighbours, and leaves 78 spans" in text


def test_the_time_of_a_study_is_told(capsys):
    size = ["TinyPlain", "--image-size", "16"]
    text = plan(capsys, *size, "--images", "1360", "--epochs", "10", "--method", "halving")
    assert "A study of 1360 images, 10 epochs, search halving: about " in text
    assert "on one core" in text
    assert "searches that were measured took 1.2 to 1.6 times the lower end" in text
    less, more = (json.loads(plan(capsys, *size, "--images", count, "--json"))["seconds"] for count in ("1000", "9000"))
    assert 0 < less[0] < less[1]
    assert less[0] < more[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["MobilNet"], ["unknown backbone 'MobilNet'", "(did you mean 'MobileNet'?)"]),
        (["MobileNet", "--alpha", "wide"], ["alpha", "'wide'", "must be a number"]),
        (["VGG16", "--alpha", "0.5"], ["alpha", "VGG16 has none"]),
        (["MobileNet", "--window", "0"], ["search.window", "'0'"]),
        (["MobileNet", "--window", "three"], ["search.window", "'three'", "whole number"]),
        (["MobileNet", "--images", "0"], ["--images", "0", "whole number from 1"]),
        (["MobileNet", "--epochs", "0"], ["training.epochs", "'0'"]),
        (["MobileNet", "--strategies", "spans"], ["search.strategies[0]", "'spans'", "'span'"]),
        (["MobileNet", "--span-blocks", "1"], ["search.span_blocks", "'1'", "greater than or equal to 2"]),
        (["MobileNet", "--method", "halfing"], ["search.method", "'halfing'", "halving"]),
        (["VGG16", "--image-size", "16"], ["data.image_size", "at least 32", "16"]),
        (["VGG16", "--image-size", "-5"], ["data.image_size", "'-5'"]),
        (["TinyPlain", "--image-size", "16", "--window", "99"], ["search.window is 99", "only 10 layers"]),
        (
            ["TinyPlain", "--image-size", "16", "--delimiters", "Pooling2D"],
            ["'Pooling2D'", "(did you mean 'MaxPooling2D'?)"],
        ),
    ],
    ids=lambda given: " ".join(given[-2:]) if isinstance(given, list) else None,
)
def test_a_mistake_is_one_line_and_status_2(capsys, arguments, said):
    assert main(["plan", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert captured.err.startswith("error: ")
    for words in said:
        assert words in captured.err


@pytest.fixture
def theirs(tmp_path, monkeypatch):
    """A folder with a network of the user's own, as a function, and files that hold none."""
    monkeypatch.chdir(tmp_path)
    # Restored afterwards: `--allow-code` sets it
    monkeypatch.setenv(ALLOW_CODE, "0")
    (tmp_path / "planned_nets.py").write_text(NETS, encoding="utf-8")
    (tmp_path / "text.keras").write_text("no model")
    (tmp_path / "half.keras").write_bytes(b"PK\x03\x04 and no more")
    return tmp_path


NETS = """
import keras

def small(input_shape):
    inputs = x = keras.Input(input_shape)
    for _ in range(3):
        x = keras.layers.MaxPooling2D()(keras.layers.Conv2D(2, 3, padding="same")(x))
    return keras.Model(inputs, x)

def classifier(input_shape):
    model = small(input_shape)
    return keras.Model(model.input, keras.layers.Flatten()(model.output))
"""


def test_a_network_of_ones_own_can_be_planned(theirs, capsys):
    found = json.loads(plan(capsys, "planned_nets:small", "--image-size", "16", "--allow-code", "--json"))
    assert (found["layers"], found["weighted"], found["lw"], found["bw"]) == (7, 3, 3, 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["planned_nets:small"], "planned_nets:small is a function: to build it, its module's code runs"),
        (["planned_nets:tiny", "--allow-code"], "planned_nets has no function tiny"),
        (["nobodys:net", "--allow-code"], "no module nobodys"),
        (["planned_nets:classifier", "--allow-code"], "it has its top on"),
        (["text.keras"], "text.keras is no .keras file"),
        (["half.keras"], "half.keras is truncated or damaged"),
        (["nowhere.keras"], "no file 'nowhere.keras'"),
        (["weights.h5"], "weights.h5 is an HDF5 file, not a saved model"),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_what_is_wrong_with_a_network_of_ones_own_is_one_line_and_status_2(theirs, capsys, arguments, said):
    assert main(["plan", *arguments, "--image-size", "16"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, len(captured.err.splitlines())) == ("", 1)
    assert captured.err.startswith("error: ") and said in captured.err
