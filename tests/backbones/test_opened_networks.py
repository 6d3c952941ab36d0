"""Models and composite layers inside a network are told in parts: same numbers, blocks by nature, and cuts between."""

import keras
import numpy as np
import pytest
from keras import layers
from networks import plain
from own_networks import PICTURES, SIZE, made, saved

from blocktune.backbones.graph import cut_names
from blocktune.backbones.inspect import layer_table
from blocktune.backbones.opened import opened
from blocktune.candidates.strategies import blocks, single_layers, spans, tails, windows
from blocktune.settings.backbone import Backbone
from blocktune.settings.own import ALLOW_CODE


@keras.saving.register_keras_serializable("opened")
class Block(layers.Layer):
    """A residual block as people write it; its parts are made when it is built."""

    def __init__(self, rate=0.0, **given):
        super().__init__(**given)
        self.rate = rate

    def build(self, shape):
        self.norm = layers.LayerNormalization(name="norm")
        self.norm.build(shape)
        self.dense = layers.Dense(shape[-1], activation="relu", name="dense")
        self.dense.build(shape)
        self.drop = layers.Dropout(self.rate, name="drop")
        self.built = True

    def call(self, x):
        return x + self.drop(self.dense(self.drop(self.norm(x))))

    def get_config(self):
        return super().get_config() | {"rate": self.rate}


@keras.saving.register_keras_serializable("opened")
class Scaled(layers.Layer):
    """A layer inside and a weight of its own: it can't be told in parts."""

    def build(self, shape):
        self.dense = layers.Dense(shape[-1], name="dense")
        self.dense.build(shape)
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")
        self.built = True

    def call(self, x):
        return self.dense(x) * self.gain


@keras.saving.register_keras_serializable("opened")
class Encoder(layers.Layer):
    """Blocks, and what is made on the way."""

    def __init__(self, rate=0.0, **given):
        super().__init__(**given)
        self.rate = rate
        self.parts = [Block(rate, name=f"block{number}") for number in (1, 2)]
        self.last = Scaled(name="last")

    def build(self, shape):
        for part in (*self.parts, self.last):
            part.build(shape)
        self.built = True

    def call(self, x):
        found = []
        for part in self.parts:
            x = part(x)
            found.append(x)
        return self.last(x), found

    def get_config(self):
        return super().get_config() | {"rate": self.rate}


@keras.saving.register_keras_serializable("opened")
class Moody(layers.Layer):
    """Does more than call its part, and only in training."""

    def build(self, shape):
        self.dense = layers.Dense(shape[-1], name="dense")
        self.dense.build(shape)
        self.built = True

    def call(self, x, training=False):
        x = self.dense(x)
        return x * 2.0 if training else x


def network(encoder, size=SIZE):
    inputs = keras.Input((size, size, 3))
    x = layers.Reshape((-1, 12))(layers.Conv2D(12, 8, strides=8, name="patch")(inputs))
    x = encoder(x)
    return keras.Model(inputs, x[0] if isinstance(x, tuple) else x)


def table_of(name):
    entry = Backbone(name=name, native="unit")
    return layer_table(made(name), entry, 1)


PARTS = [f"encoder.block{number}{part}" for number in (1, 2) for part in (".norm", ".drop", ".dense", ".drop_2", "")]


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_parts_of_parts_are_layers_and_the_numbers_the_same_in_training_too(rate):
    keras.utils.set_random_seed(1)
    model = network(Encoder(rate, name="encoder"))
    flat = opened(model, PICTURES)
    names = [layer.name for layer in flat.layers]
    # Dropout that draws can't stand in two places
    whole = ["encoder.block1", "encoder.block2"]
    assert names[1:] == ["patch", names[2], *(whole if rate else PARTS), "encoder.last"]
    for training in (False, True):
        before = [(variable, variable.numpy()) for variable in model.variables]
        found = []
        for one in (model, flat):
            found.append(np.asarray(one(PICTURES, training=training)))
            for variable, value in before:
                variable.assign(value)
        np.testing.assert_allclose(*found, atol=1e-6)


def with_encoder(input_shape):
    """As the user's function."""
    return network(Encoder(name="encoder"), input_shape[0])


def test_blocks_by_nature_are_cut_behind_and_searched(monkeypatch):
    monkeypatch.setenv(ALLOW_CODE, "1")
    table = table_of(f"{__name__}:with_encoder")
    by_name = {layer.name: layer for layer in table.layers}
    assert [by_name[name].block for name in PARTS] == [f"encoder.block{number}" for number in (1, 2) for _ in range(5)]
    assert [name for name in PARTS if by_name[name].cut] == ["encoder.block1", "encoder.block2"]
    found = blocks(table.layers)
    names = [[table.layers[index].name for index in block.layers] for block in found]
    assert names == [
        ["encoder.last"],
        ["encoder.block2.norm", "encoder.block2.dense"],
        ["encoder.block1.norm", "encoder.block1.dense"],
        ["patch"],
    ]
    assert len(single_layers(table.layers)) == 6 and len(windows(table.layers)) >= len(found)
    assert [len(tail.layers) for tail in tails(table.layers)] == [1, 3, 5, 6]
    assert len(spans(table.layers)) == 10
    # Other delimiters are finer
    assert len(blocks(table.layers, ["LayerNormalization"])) == 3


@pytest.fixture(autouse=True)
def in_its_folder(folder):
    """Networks are saved there."""


def test_a_layer_that_does_more_than_call_its_parts_stays_one_layer():
    keras.utils.set_random_seed(1)
    flat = opened(network(Moody(name="moody")), PICTURES)
    assert "moody" in [layer.name for layer in flat.layers] and "moody.dense" not in [
        layer.name for layer in flat.layers
    ]


def test_a_model_inside_a_model_is_told_in_its_layers():
    keras.utils.set_random_seed(1)
    inner = plain()
    inner.name = "inner"
    inputs = keras.Input((SIZE, SIZE, 3))
    model = keras.Model(inputs, layers.Conv2D(3, 3, padding="same", name="last")(inner(inputs)))
    taken = made(saved(model))
    within = [layer.name for layer in taken.layers if layer.name.startswith("inner.")]
    assert within == [f"inner.{layer.name}" for layer in inner.layers[1:]]
    np.testing.assert_allclose(model(PICTURES), taken(PICTURES), atol=1e-6)
    assert any(name.startswith("inner.") for name in cut_names(taken))


def test_a_network_without_composite_layers_is_left_as_it_is():
    model = plain()
    assert opened(model, PICTURES) is model
    assert all(layer.block is None for layer in table_of(saved(model)).layers)
