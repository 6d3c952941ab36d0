"""Whatever won, the model that is exported is one that `predict`, `evaluate` and `convert` take, and answers alike."""

import csv
import importlib
import json

import keras
import numpy as np
import pytest
from PIL import Image

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.candidates.strategies import ranked_set
from blocktune.cli.main import main
from blocktune.data.prepared import Prepared
from blocktune.deliver.export import export_run, write_model
from blocktune.deliver.network import OLDEST_KERAS, deliverable
from blocktune.errors import BlocktuneError
from blocktune.runs.spec import Part, run_spec
from blocktune.search.schedule import further_baselines, search_candidates
from blocktune.settings.backbone import Backbone
from blocktune.settings.model import Settings
from blocktune.training.head import build_head

SIZE, LABELS = 16, ["dark", "middle", "bright"]
SETTINGS = Settings(
    data={"source": "digits", "image_size": SIZE},
    backbones=[{"name": "TinyPlain", "weights": "none"}],
    head={"units": [8, 8]},
    training={"epochs": 2, "batch_size": 8},
    baselines={"also": ["quarter", "lpft", "gradual", "decay"]},
)
ENTRY = SETTINGS.backbones[0]
THEIRS = """
import keras

@keras.saving.register_keras_serializable("theirs")
class Negative(keras.layers.Layer):
    def call(self, x):
        return -x
"""
PARTS = {"search": np.arange(12), "final": np.arange(24), "validation": np.arange(24, 36)}


@pytest.fixture(scope="module")
def prepared():
    """Noise of three levels of brightness."""
    noise = np.random.default_rng(2)
    labels = np.arange(36) % len(LABELS)
    images = noise.integers(0, 100, (36, SIZE, SIZE, 3)) + 70 * labels[:, None, None, None]
    return Prepared(images.astype(np.uint8), labels.astype(np.int64), tuple(LABELS), "d", SIZE)


@pytest.fixture(scope="module")
def table():
    return layer_table(build_backbone(ENTRY, SIZE, 7), ENTRY, 7)


@pytest.fixture(scope="module")
def candidates(table):
    """The first candidate of every strategy."""
    best_first = [layer.index for layer in table.layers if layer.weighted]
    ranked = [ranked_set(table.layers, best_first, size) for size in SETTINGS.search.top_k]
    every = [*search_candidates(SETTINGS, table), *ranked, *further_baselines(SETTINGS, table)]
    return {candidate.strategy: candidate for candidate in reversed(every)}


@pytest.fixture(scope="module")
def pictures(prepared, tmp_path_factory):
    """The validation part as files in class folders."""
    folder = tmp_path_factory.mktemp("pictures")
    for row in PARTS["validation"]:
        file = folder / LABELS[prepared.labels[row]] / f"{row}.png"
        file.parent.mkdir(exist_ok=True)
        Image.fromarray(prepared.images[row]).save(file)
    return folder


def exported(candidate, table, prepared, folder):
    layers, recipe = candidate.layers, candidate.recipe
    part = Part(PARTS["final"], PARTS["validation"])
    spec = run_spec(SETTINGS, table, "d", len(LABELS), part, layers, recipe)
    backbone = build_backbone(ENTRY, SIZE, 7)
    names = [f"{row}.png" for row in range(len(prepared.labels))]
    (folder / "labels.json").write_text(json.dumps(LABELS))
    return export_run(spec, {}, table, backbone, prepared, PARTS, names, 1.0, "last", folder / "model.keras")


@pytest.mark.parametrize(
    ("strategies", "form"),
    [
        ("baseline1", "onnx"),
        ("baseline2", "savedmodel"),
        ("lw", None),
        ("bw bwsw quarter", None),
        ("bwt3", "savedmodel"),
        ("bwt5", None),
        ("random3", None),
        ("lpft gradual", None),
        ("decay", None),
    ],
)
def test_every_strategys_model_is_taken_by_the_commands(
    strategies, form, candidates, table, prepared, pictures, tmp_path, capfd
):
    assert len(candidates) == 12
    # In so small a network several strategies begin with the same training
    candidate, *others = (candidates[strategy] for strategy in strategies.split())
    assert {(other.layers, other.recipe) for other in others} <= {(candidate.layers, candidate.recipe)}
    done = exported(candidate, table, prepared, tmp_path)
    assert done.metrics["last_accuracy"] == done.evaluation["accuracy"]
    model = tmp_path / "model.keras"
    # Nothing else is left beside it
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.json", "model.keras"]
    assert main(["evaluate", str(model), str(pictures), "--json", str(tmp_path / "found.json")]) == 0
    assert json.loads((tmp_path / "found.json").read_text())["confusion"] == done.evaluation["confusion"]
    assert main(["predict", str(model), str(pictures), "--csv", str(tmp_path / "told.csv")]) == 0
    with (tmp_path / "told.csv").open(encoding="utf-8") as lines:
        assert len(list(csv.DictReader(lines))) == len(PARTS["validation"])
    # What a model is converted to depends on which layers its file says are trainable, and on no other trace of tuning
    assert form is None or main(["convert", str(model), "--format", form]) == 0


# ------------------------------------------------------------------------------------------------------------------
# a file that does not answer as it should is none


@pytest.fixture
def parts():
    backbone = build_backbone(ENTRY, SIZE, 7)
    return backbone, build_head(backbone.output_shape[1:], len(LABELS), SETTINGS.head, 1)


def test_parts_that_were_compiled_are_saved_without_their_optimizers(parts, prepared, tmp_path):
    backbone, head = parts
    for part in parts:
        part.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model = deliverable(backbone, head, "TinyPlain", "unit")
    batch = prepared.images[:5]
    tuned = head.predict_on_batch(backbone.predict_on_batch(batch.astype(np.float32) / 255))
    found = write_model(model, LABELS, [], tmp_path / "model.keras", [batch], tuned)
    np.testing.assert_allclose(found, tuned, atol=1e-5)


def test_what_is_written_is_what_makes_it_too_new_for_an_older_keras(parts):
    """Once Keras leaves these keys out, `OLDEST_KERAS` and docs/model.md are no longer true."""
    assert OLDEST_KERAS == "3.15" and '"input_axes": null' in deliverable(*parts, "TinyPlain", "unit").to_json()


@keras.saving.register_keras_serializable("tests")
class Forgets(keras.layers.Layer):
    """Its factor is kept in no weight, so that a file has the first one again."""

    factor = 1.0

    def call(self, x):
        return x * self.factor


@pytest.mark.parametrize("before", [None, b"an older model"])
def test_a_file_that_answers_differently_is_not_written(before, prepared, tmp_path):
    inputs = keras.Input((SIZE, SIZE, 3))
    forgets = Forgets()
    backbone = keras.Model(inputs, keras.layers.AveragePooling2D(SIZE)(forgets(inputs)))
    forgets.factor = -3.0
    head = build_head(backbone.output_shape[1:], len(LABELS), SETTINGS.head, 1)
    batch = prepared.images[:5]
    tuned = head.predict_on_batch(backbone.predict_on_batch(batch.astype(np.float32) / 255))
    file = tmp_path / "model.keras"
    if before:
        file.write_bytes(before)
    with pytest.raises(BlocktuneError) as raised:
        write_model(deliverable(backbone, head, "TinyPlain", "unit"), LABELS, [__name__], file, [batch], tuned)
    said = str(raised.value)
    assert f"no model is written to {file}: it answers differently from the fine-tuned network on 5 of 5 images" in said
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([before] if before else [])


def test_a_file_that_the_reader_refuses_is_not_written(parts, prepared, tmp_path):
    model = deliverable(*parts, "TinyPlain", "unit")
    with pytest.raises(BlocktuneError, match="names 1 classes, but the saved model tells 3 apart"):
        write_model(model, ["one"], [], tmp_path / "model.keras", [prepared.images[:5]], np.zeros((5, 3)))
    assert list(tmp_path.iterdir()) == []


def test_a_model_with_a_layer_class_of_the_users_is_taken_where_its_module_is_allowed(
    prepared, pictures, tmp_path, monkeypatch, capfd
):
    (tmp_path / "their_layers.py").write_text(THEIRS)
    monkeypatch.syspath_prepend(tmp_path)
    inputs = keras.Input((SIZE, SIZE, 3))
    negative = importlib.import_module("their_layers").Negative()
    backbone = keras.Model(inputs, keras.layers.Conv2D(4, 3)(negative(inputs)))
    head = build_head(backbone.output_shape[1:], len(LABELS), SETTINGS.head, 1)
    batch, model = prepared.images[:5], tmp_path / "model.keras"
    tuned = head.predict_on_batch(backbone.predict_on_batch(batch.astype(np.float32) / 255))
    write_model(deliverable(backbone, head, "TinyPlain", "unit"), LABELS, ["their_layers"], model, [batch], tuned)
    (tmp_path / "labels.json").write_text(json.dumps(LABELS))
    for command in (
        ["predict", model, pictures],
        ["evaluate", model, pictures],
        ["convert", model, "--format", "onnx"],
    ):
        command = [*map(str, command)]
        assert main(command) == 2
        said = capfd.readouterr().err
        assert "it holds their_layers.Negative" in said and "--allow-code MODULE" in said
        assert main([*command, "--allow-code", "their_layers"]) == 0


def test_an_adapted_normalization_goes_all_the_way(prepared, pictures, tmp_path, capfd):
    normalization = keras.layers.Normalization()
    normalization.adapt(prepared.images.astype(np.float32))
    inputs = keras.Input((SIZE, SIZE, 3))
    keras.Model(inputs, keras.layers.Conv2D(4, 3)(normalization(inputs))).save(tmp_path / "own.keras")
    backbone = build_backbone(Backbone(name=str(tmp_path / "own.keras"), native="raw"), SIZE, 1)
    head = build_head(backbone.output_shape[1:], len(LABELS), SETTINGS.head, 1)
    rows = PARTS["validation"]
    images, model = prepared.images[rows], tmp_path / "model.keras"
    tuned = head.predict_on_batch(backbone.predict_on_batch(images.astype(np.float32)))
    write_model(deliverable(backbone, head, "own", "native", "raw"), LABELS, [], model, [images], tuned)
    (tmp_path / "labels.json").write_text(json.dumps(LABELS))
    assert main(["evaluate", str(model), str(pictures), "--json", str(tmp_path / "found.json")]) == 0
    right = (tuned.argmax(axis=1) == prepared.labels[rows]).mean()
    assert json.loads((tmp_path / "found.json").read_text())["accuracy"] == pytest.approx(right)
    for form in ("onnx", "savedmodel"):
        assert main(["convert", str(model), "--format", form]) == 0
