"""Small real trainings of networks of the user's own: exact prefixes, identity, the exported model."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers
from test_train import CLASSES, SIZE, columns, make_images

from blocktune.backbones.harmless import own_modules
from blocktune.backbones.inspect import layer_table
from blocktune.backbones.own import build_own
from blocktune.backbones.pixels import pixel_transform
from blocktune.deliver.network import deliverable
from blocktune.errors import BlocktuneError
from blocktune.runs.spec import Part, run_spec
from blocktune.settings.backbone import Backbone
from blocktune.settings.head import Head, Pixels
from blocktune.settings.model import Settings
from blocktune.settings.training import Training
from blocktune.training.freeze import unfreeze_only
from blocktune.training.planned import planned_backbone
from blocktune.training.train import train_run

PART = Part(np.arange(0, 27), np.arange(27, 42))


def network(rate=0.5):
    """Plain operations and dropout between layers, in a network for pictures of any size."""
    inputs = x = keras.Input((None, None, 3), name="pictures")
    x = layers.Conv2D(4, 3, strides=2, name="conv1")(x) * 2.0
    x = layers.ReLU(name="relu1")(x)
    x = layers.Conv2D(6, 3, name="conv2")(x)
    x = layers.Dropout(rate, name="drop")(x)
    return keras.Model(inputs, layers.Conv2D(6, 3, name="conv3")(x))


def planned(pixel_range="native", seed=1, **entry):
    """A saved network's settings, layer table and the specification of a run that tunes its last layer."""
    settings = Settings(
        backbones=[Backbone(**{"name": "mine.keras", "native": "tf", **entry})],
        pixels=Pixels(range=pixel_range),
        head=Head(units=(16, 8)),
        training=Training(epochs=2, learning_rate=1e-3),
        seed=seed,
    )
    table = layer_table(build_own(settings.backbones[0], (SIZE, SIZE, 3)), settings.backbones[0], 7)
    places = {layer.name: layer.index for layer in table.layers}
    return table, run_spec(settings, table, "d", CLASSES, PART, (places["conv3"],))


def train(table, spec, memory_gb=1.0):
    backbone = planned_backbone(spec, table, "layers.json", None)
    return train_run(spec, backbone, table, make_images(), PART, memory_gb), backbone


@pytest.fixture
def saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(4)
    network().save("mine.keras")
    return tmp_path / "mine.keras"


def test_prefix_gives_the_same_history_as_the_whole_network(saved):
    table, spec = planned()
    cut, _ = train(table, spec)
    whole, _ = train(table, spec, memory_gb=0.0)
    # The dropout acts in training although it is frozen: the cut lies below it
    assert table.layers[cut.resources["cut"]].name == "conv2" and whole.resources["cut"] is None
    with_cut, without = columns(cut.history), columns(whole.history)
    for column in ("loss", "val_loss"):
        np.testing.assert_allclose(with_cut[column], without[column], rtol=2e-5)
    np.testing.assert_array_equal(with_cut["val_accuracy"], without["val_accuracy"])


def test_a_run_is_the_same_whatever_file_its_network_lies_in(saved):
    first, _ = train(*planned())
    # Saved after a step in training: the dropout's state has moved on, names are others
    model = keras.saving.load_model("mine.keras")
    model(np.zeros((1, SIZE, SIZE, 3), np.float32), training=True)
    model.save("again.keras")
    table, spec = planned(name="again.keras")
    assert spec.run_id == planned()[1].run_id
    again, _ = train(table, spec)
    assert (first.metrics, first.history) == (again.metrics, again.history)


def test_another_network_in_the_file_than_was_planned_is_refused(saved):
    table, spec = planned()
    model = keras.saving.load_model("mine.keras")
    other = network(rate=0.1)
    other.set_weights(model.get_weights())
    other.save("mine.keras")
    with pytest.raises(BlocktuneError, match="the network differs from the one that was planned with"):
        planned_backbone(spec, table, "layers.json", None)
    network().save("mine.keras")
    with pytest.raises(BlocktuneError, match="the pre-trained weights differ"):
        planned_backbone(spec, table, "layers.json", None)


def fed_to(spec):
    about = spec.backbone
    return pixel_transform(about["name"], spec.pixel_range, about.get("native"))(make_images().images)


def test_it_is_fed_what_it_was_trained_on_in_training_and_in_the_exported_model(saved):
    table, spec = planned()
    assert fed_to(spec).min() == pytest.approx(-1, abs=1e-6) and fed_to(planned("unit")[1]).min() == 0
    finished, backbone = train(table, replace(spec, training=spec.training | {"epochs": 1}))
    about = spec.backbone
    model = deliverable(backbone, finished.head, about["name"], spec.pixel_range, about["native"])
    expected = finished.head.predict_on_batch(backbone.predict_on_batch(fed_to(spec)))
    found = model.predict_on_batch(make_images().images.astype(np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert own_modules(json.loads(model.to_json())) == []
    # Opened as `predict` does
    model.save("model.keras")
    (saved.parent / "labels.json").write_text(json.dumps(["a", "b", "c"]))
    from blocktune.deliver.classifier import read_classifier

    opened = read_classifier(saved.parent / "model.keras")
    np.testing.assert_allclose(opened.probabilities(make_images().images), expected, atol=1e-5)


@keras.saving.register_keras_serializable("tests")
class Normalised(layers.Layer):
    """A convolution with BatchNormalization inside, as people write blocks."""

    def __init__(self, **given):
        super().__init__(**given)
        self.conv, self.norm = layers.Conv2D(4, 3), layers.BatchNormalization()

    def build(self, shape):
        self.conv.build(shape)
        self.norm.build(self.conv.compute_output_shape(shape))

    def call(self, x, training=False):
        return self.norm(self.conv(x), training=training)


@pytest.mark.parametrize(("policy", "moves"), [("layer", True), ("frozen", False), ("adapt", True)])
def test_what_batch_normalization_does_holds_inside_a_layer_of_ones_own(policy, moves):
    inputs = keras.Input((SIZE, SIZE, 3))
    model = keras.Model(inputs, Normalised()(inputs))
    assert own_modules(json.loads(model.to_json())) == [Normalised.__module__]
    block = model.layers[1]
    before = block.norm.moving_mean.numpy()
    unfreeze_only(model, [1], policy)
    assert any(weight is block.norm.gamma for weight in model.trainable_weights) is (policy != "adapt")
    keras.Model(model.input, model.output)(np.ones((2, SIZE, SIZE, 3), np.float32), training=True)
    assert (not np.array_equal(block.norm.moving_mean.numpy(), before)) is moves
    unfreeze_only(model, [], policy)
    assert not model.trainable_weights
