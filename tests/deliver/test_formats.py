"""SavedModel, ONNX and TFLite: the same classes for pictures, here and where there is nothing of blocktune."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
LABELS = ["daisy", "Löwenzahn", "rose"]

IN_TENSORFLOW = """
import sys, numpy, tensorflow, keras
pictures = numpy.load(sys.argv[1])
kept = keras.saving.load_model(sys.argv[2], compile=False).predict(pictures, verbose=0)
loaded = tensorflow.saved_model.load(sys.argv[3])
saved = numpy.asarray(loaded.serve(pictures))
numpy.save(sys.argv[4], numpy.stack([kept, saved]))
"""
IN_ONNXRUNTIME = """
import sys, numpy, onnxruntime
pictures = numpy.load(sys.argv[1])
session = onnxruntime.InferenceSession(sys.argv[2])
numpy.save(sys.argv[3], session.run(["probabilities"], {"pictures": pictures})[0])
"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A model with random weights, as `export` leaves it."""
    from blocktune.backbones.build import build_backbone
    from blocktune.deliver.network import deliverable
    from blocktune.settings.backbone import Backbone
    from blocktune.settings.head import Head
    from blocktune.training.head import build_head

    folder = tmp_path_factory.mktemp("Modell & mehr")
    backbone = build_backbone(Backbone(name="TinyResidual", weights="none"), 16, 3)
    head = build_head(backbone.output_shape[1:], 3, Head(units=(8, 8)), 1)
    deliverable(backbone, head, "TinyResidual", "unit").save(folder / "model.keras")
    (folder / "labels.json").write_text(json.dumps(LABELS), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def converted(exported):
    """The model in both other forms."""
    from blocktune.cli.main import main

    assert main(["convert", str(exported), "--format", "savedmodel"]) == 0
    assert main(["convert", str(exported), "--format", "onnx"]) == 0
    assert main(["convert", str(exported), "--format", "tflite"]) == 0
    return exported


def pictures(height, width):
    draw = np.random.default_rng(1)
    return draw.integers(0, 256, (6, height // 4, width // 4, 3)).repeat(4, 1).repeat(4, 2).astype(np.float32)


@pytest.mark.parametrize("size", [(16, 16), (40, 64)], ids=["of its size", "of another size"])
def test_both_forms_predict_as_the_model_does(converted, size):
    import onnxruntime
    import tensorflow as tf

    from blocktune.deliver.classifier import read_classifier

    batch = pictures(*size)
    expected = read_classifier(converted).model.predict_on_batch(batch)
    # TensorFlow forgets a loaded model's weights as soon as nobody holds it
    loaded = tf.saved_model.load(str(converted / "savedmodel"))
    saved = np.asarray(loaded.serve(batch))
    session = onnxruntime.InferenceSession(converted / "model.onnx")
    (other,) = session.run(["probabilities"], {"pictures": batch})
    np.testing.assert_allclose(saved, expected, atol=1e-6)
    np.testing.assert_allclose(other, expected, atol=1e-3)
    assert (other.argmax(axis=1) == expected.argmax(axis=1)).all()


def test_tflite_predicts_as_the_model_does_from_pictures_of_its_size(converted):
    import tensorflow as tf

    from blocktune.deliver.classifier import read_classifier

    batch = pictures(16, 16)
    expected = read_classifier(converted).model.predict_on_batch(batch)
    interpreter = tf.lite.Interpreter(str(converted / "model.tflite"), num_threads=1)
    (taken,) = interpreter.get_input_details()
    assert (list(taken["shape"]), taken["dtype"]) == ([1, 16, 16, 3], np.float32)
    run = interpreter.get_signature_runner()
    found = np.concatenate([run(pictures=picture[None])["probabilities"] for picture in batch])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    # Every device has the built-in operations
    assert not [one["op_name"] for one in interpreter._get_ops_details() if one["op_name"].startswith("Flex")]


def test_a_layer_that_tflite_lacks_is_one_error(tmp_path, capsys):
    import keras

    from blocktune.cli.main import main
    from blocktune.deliver.network import deliverable

    inputs, features = keras.Input((16, 16, 3)), keras.Input((8, 8, 3))
    backbone = keras.Model(inputs, keras.layers.Resizing(8, 8, antialias=True)(inputs))
    head = keras.Model(features, keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(features)))
    deliverable(backbone, head, "TinyPlain", "unit").save(tmp_path / "model.keras")
    (tmp_path / "labels.json").write_text('["a", "b"]')
    assert main(["convert", str(tmp_path), "--format", "tflite"]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert "no TFLite operation for a layer of the model" in line and "--format onnx and savedmodel" in line
    assert not (tmp_path / "model.tflite").exists()


def of_operation(folder, operation):
    """A model with an operation behind a convolution, as `export` leaves it."""
    import keras

    from blocktune.deliver.network import deliverable

    inputs = keras.Input((8, 8, 3))
    backbone = keras.Model(inputs, operation(keras.layers.Conv2D(4, 3)(inputs)))
    features = keras.Input(backbone.output_shape[1:])
    head = keras.Model(features, keras.layers.Dense(3, activation="softmax")(keras.layers.Flatten()(features)))
    deliverable(backbone, head, "TinyPlain", "unit").save(folder / "model.keras")
    (folder / "labels.json").write_text(json.dumps(LABELS), encoding="utf-8")
    return folder


def test_the_exact_gelu_of_transformers_is_written_to_onnx(tmp_path, capsys):
    import keras

    from blocktune.cli.main import main

    model = of_operation(tmp_path, lambda x: keras.ops.gelu(x, approximate=False))
    assert main(["convert", str(model), "--format", "onnx"]) == 0
    assert "the same classes" in capsys.readouterr().out


def test_an_operation_that_onnx_lacks_is_one_error(tmp_path, capsys):
    import keras

    from blocktune.cli.main import main

    model = of_operation(tmp_path, lambda x: keras.ops.erfinv(keras.ops.tanh(x)))
    assert main(["convert", str(model), "--format", "onnx"]) == 2
    said = capsys.readouterr().err
    assert "ONNX lacks an operation of the model" in said and "--format savedmodel" in said and "Traceback" not in said
    assert not (tmp_path / "model.onnx").exists()


def test_the_labels_travel_along(converted):
    import onnxruntime

    session = onnxruntime.InferenceSession(converted / "model.onnx")
    assert json.loads(session.get_modelmeta().custom_metadata_map["labels"]) == LABELS
    assert json.loads((converted / "savedmodel" / "assets" / "labels.json").read_text(encoding="utf-8")) == LABELS
    with zipfile.ZipFile(converted / "model.tflite") as packed:
        assert packed.read("labels.txt").decode().splitlines() == LABELS


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--format", "savedmodel", "--output", "{0}"], "is no SavedModel: it would be lost"),
        (["--format", "onnx", "--output", "{0}"], "an ONNX model is a file"),
        (["--format", "onnx", "--output", "{0}/none/model.onnx"], "there is no folder"),
        (["--format", "tflite", "--output", "{0}"], "a TFLite model is a file"),
    ],
)
def test_nothing_else_is_overwritten(exported, tmp_path, capsys, flags, message):
    from blocktune.cli.main import main

    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    assert main(["convert", str(exported), *(flag.format(tmp_path) for flag in flags)]) == 2
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.long
def test_fresh_environments_without_blocktune_give_the_same_classes(converted, tmp_path):
    from blocktune.deliver.classifier import read_classifier

    np.save(tmp_path / "pictures.npy", pictures(40, 64))
    expected = read_classifier(converted).model.predict_on_batch(pictures(40, 64)).argmax(axis=1)
    runs = {
        "tensorflow": (IN_TENSORFLOW, [converted / "model.keras", converted / "savedmodel"]),
        "onnxruntime": (IN_ONNXRUNTIME, [converted / "model.onnx"]),
    }
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    for package, (code, models) in runs.items():
        (pin,) = [line.split()[0] for line in lock if line.startswith(f"{package}==")]
        python = tmp_path / package / "bin" / "python"
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, python.parents[1]], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, pin], check=True)
        output = tmp_path / f"{package}.npy"
        subprocess.run([python, "-c", code, tmp_path / "pictures.npy", *models, output], check=True, cwd=tmp_path)
        found = np.load(output)
        assert (found.argmax(axis=-1) == expected).all()
