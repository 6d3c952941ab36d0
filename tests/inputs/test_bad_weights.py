"""Weights and models from anywhere: refused with one clear error, and nothing in them is ever run."""

import json
import os
from pathlib import Path

import pytest
from bad_weights import DAMAGED, MODELS

SIZE = 16


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """TinyPlain's weights in Keras' two forms."""
    from blocktune.backbones.build import build_backbone
    from blocktune.settings.backbone import Backbone

    model = build_backbone(Backbone(name="TinyPlain", weights="none"), SIZE, 1)
    folder = tmp_path_factory.mktemp("weights")
    model.save_weights(folder / "new.weights.h5")
    model.save(folder / "old.h5")
    return {"new": folder / "new.weights.h5", "old": folder / "old.h5"}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with a model as `snakemake models` leaves it."""
    import keras

    from blocktune.backbones.build import build_backbone
    from blocktune.deliver.network import deliverable
    from blocktune.settings.backbone import Backbone

    backbone = build_backbone(Backbone(name="TinyPlain", weights="none"), SIZE, 1)
    inputs = keras.Input(backbone.output_shape[1:])
    head = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(inputs)))
    folder = tmp_path_factory.mktemp("model")
    deliverable(backbone, head, "TinyPlain", "unit").save(folder / "model.keras")
    (folder / "labels.json").write_text('["a", "b"]')
    return folder


def inspect(place, file):
    section = {"backbone": {"name": "TinyPlain", "weights": str(file)}, "image_size": SIZE, "seed": 1}
    (place / "backbone.json").write_text(json.dumps(section))
    return ["inspect", "--settings", place / "backbone.json", "--output", place / "layers.json"]


@pytest.mark.parametrize("form", ["new", "old"])
@pytest.mark.parametrize(("make", "said"), [row[1:] for row in DAMAGED], ids=[row[0] for row in DAMAGED])
@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_bad_weights(make, said, form, weights, refused, tmp_path):
    file = tmp_path / weights[form].name
    make(weights[form], file)
    refused(inspect(tmp_path, file), [str(file), *said])
    assert not (tmp_path / "layers.json").exists()


def test_good_weights_pass(weights, tmp_path):
    from blocktune.cli.main import main

    for file in weights.values():
        assert main([*map(str, inspect(tmp_path, file))]) == 0


@pytest.mark.parametrize(("make", "said"), [row[1:] for row in MODELS], ids=[row[0] for row in MODELS])
def test_bad_models(make, said, model, refused, tmp_path):
    make(model / "model.keras", tmp_path / "model.keras")
    (tmp_path / "labels.json").write_text('["a", "b"]')
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "x.png").write_bytes(b"")
    for arguments in (
        ["predict", tmp_path / "model.keras", tmp_path / "pictures"],
        ["evaluate", tmp_path, tmp_path / "pictures"],
        ["convert", tmp_path, "--format", "onnx"],
    ):
        refused(arguments, [str(tmp_path / "model.keras"), *said])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.json", "model.keras", "pictures"]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("[", "can't read"),
        ('{"a": 1}', "is no list of class names"),
        ('["a", 3]', "is no list of class names"),
        ('["a"]', "names 1 classes"),
        ('["a", "b\\u001b[2J"]', "control characters"),
        (None, "can't read"),
    ],
)
def test_bad_labels(labels, said, model, refused, tmp_path):
    (tmp_path / "model.keras").write_bytes((model / "model.keras").read_bytes())
    if labels is not None:
        (tmp_path / "labels.json").write_text(labels)
    (tmp_path / "x.png").write_bytes(b"")
    refused(["predict", tmp_path, tmp_path / "x.png"], ["labels.json", said])


@pytest.mark.parametrize("name", ["model.h5", "model.zip", "model"])
def test_a_model_of_another_form_is_not_even_looked_at(name, model, refused, tmp_path):
    (tmp_path / name).write_bytes((model / "model.keras").read_bytes())
    (tmp_path / "x.png").write_bytes(b"")
    refused(["predict", tmp_path / name, tmp_path / "x.png"], ["a .keras file is needed"])


def test_an_old_model_with_a_lambda_runs_nothing(weights, refused, tmp_path):
    """Its layers are code that would leave a file; as weights of a backbone only its arrays are looked at."""
    import h5py
    import keras

    canary = str(tmp_path / "ran")
    inputs = keras.Input((4,))
    doubled = keras.layers.Lambda(lambda x: (os.close(os.open(canary, os.O_CREAT)), 2 * x)[1])(inputs)
    keras.Model(inputs, keras.layers.Dense(2)(doubled)).save(tmp_path / "lambda.h5")
    Path(canary).unlink()
    assert b"Lambda" in h5py.File(tmp_path / "lambda.h5").attrs["model_config"].encode()
    refused(inspect(tmp_path, tmp_path / "lambda.h5"), ["was not made for TinyPlain"])
    (tmp_path / "x.png").write_bytes(b"")
    refused(["predict", tmp_path / "lambda.h5", tmp_path / "x.png"], ["a .keras file is needed"])
    assert not Path(canary).exists()


def test_a_lambda_in_a_keras_file_runs_nothing_whatever_keras_thinks_of_it(model, refused, tmp_path, monkeypatch):
    import keras

    # As a library in the same process may have done
    keras.config.enable_unsafe_deserialization()
    try:
        canary = str(tmp_path / "ran")
        inputs = keras.Input((4, 4, 3))
        layer = keras.layers.Lambda(lambda x: (os.close(os.open(canary, os.O_CREAT)), x)[1], name="resize")
        keras.Model(inputs, keras.layers.Flatten()(layer(inputs))).save(tmp_path / "model.keras")
        Path(canary).unlink()
        (tmp_path / "x.png").write_bytes(b"")
        refused(["predict", tmp_path, tmp_path / "x.png"], ["keras.layers.Lambda"])
        assert not Path(canary).exists()
    finally:
        keras.src.backend.common.global_state.set_global_attribute("safe_mode_saving", None)


def test_the_corpus_is_as_large_as_is_said():
    assert 2 * len(DAMAGED) + len(MODELS) >= 50
    assert len({row[0] for row in [*DAMAGED, *MODELS]}) == len(DAMAGED) + len(MODELS)
