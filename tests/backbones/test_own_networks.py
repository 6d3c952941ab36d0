"""A saved network of the user's own: what is taken, and what it becomes."""

import keras
import numpy as np
import pytest
from keras import layers
from networks import plain
from own_networks import PICTURES, SIZE, made, saved

from blocktune.backbones.build import build_backbone
from blocktune.backbones.graph import architecture_digest
from blocktune.backbones.inspect import layer_table
from blocktune.backbones.own import seed_random_layers
from blocktune.backbones.weights import weights_digest
from blocktune.settings.backbone import Backbone

# ------------------------------------------------------------------------------------------------------------------
# saved models that are taken


def test_a_saved_model_is_the_same_network(folder):
    model = plain()
    network = made(saved(model))
    np.testing.assert_array_equal(np.asarray(network(PICTURES)), np.asarray(model(PICTURES)))
    assert [layer.name for layer in network.layers] == [layer.name for layer in model.layers]
    assert weights_digest(network) == weights_digest(model)


def test_a_model_for_any_size_gets_the_studys(folder):
    model = plain(None)
    network = made(saved(model), size=48)
    assert network.input_shape == (None, 48, 48, 3) and network.output_shape == (None, 6, 6, 8)
    assert weights_digest(network) == weights_digest(model)


def test_a_sequential_model_becomes_one_with_a_graph(folder):
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), layers.Conv2D(4, 3), layers.ReLU(), layers.Conv2D(5, 3)])
    network = made(saved(model))
    np.testing.assert_array_equal(np.asarray(network(PICTURES)), np.asarray(model(PICTURES)))
    entry = Backbone(name="mine.keras", native="unit")
    table = layer_table(network, entry, seed=1)
    assert [layer.type for layer in table.layers] == ["InputLayer", "Conv2D", "ReLU", "Conv2D"]
    assert all(layer.cut for layer in table.layers)


def test_what_was_frozen_when_it_was_saved_can_be_tuned(folder):
    model = plain()
    model.trainable = False
    network = made(saved(model))
    assert len(network.trainable_weights) == len(plain().trainable_weights) > 0


def test_operations_between_layers_are_kept(folder):
    inputs = keras.Input((SIZE, SIZE, 3), name="pictures")
    x = layers.Conv2D(3, 3, padding="same", name="first")(inputs)
    model = keras.Model(inputs, layers.Conv2D(2, 3, name="last")(keras.ops.relu(x) + inputs * 2.0))
    network = made(saved(model))
    np.testing.assert_array_equal(np.asarray(network(PICTURES)), np.asarray(model(PICTURES)))
    cuts = {layer.name: layer.cut for layer in layer_table(network, Backbone(name="m.keras", native="tf"), 1).layers}
    assert cuts == {"pictures": True, "first": False, "last": True}


# ------------------------------------------------------------------------------------------------------------------
# what it is


def identity(model):
    return architecture_digest(model), weights_digest(model)


def test_names_do_not_make_another_network(folder):
    model, renamed = plain(), plain(names="other")
    renamed.set_weights(model.get_weights())
    assert identity(made(saved(model))) == identity(made(saved(renamed, "other.keras")))


@pytest.mark.parametrize("change", ["strides", "activation", "reads"])
def test_layers_with_the_same_weights_are_another_network_if_they_do_something_else(folder, change):
    def network(strides=1, activation="relu", reads="first"):
        inputs = keras.Input((SIZE, SIZE, 3))
        first = layers.Conv2D(3, 3, padding="same", strides=strides, activation=activation)(inputs)
        other = layers.ReLU()(first)
        return keras.Model(inputs, layers.Conv2D(4, 3)(other if reads == "other" else first))

    one, other = network(), network(**{change: {"strides": 2, "activation": "gelu", "reads": "other"}[change]})
    other.set_weights(one.get_weights())
    first, second = identity(made(saved(one))), identity(made(saved(other, "other.keras")))
    assert first[1] == second[1] and first[0] != second[0]


def test_random_layers_begin_where_the_run_says_and_not_where_the_file_does(folder):
    def draws(name, seed):
        keras.utils.set_random_seed(9)
        network = made(name)
        seed_random_layers(network, seed)
        return np.asarray(network(PICTURES, training=True))

    model = plain()
    first = saved(model)
    model(PICTURES, training=True)  # moves the dropout's state
    model.get_layer("conv_bn").set_weights(plain().get_layer("conv_bn").get_weights())
    second = saved(model, "second.keras")
    np.testing.assert_array_equal(draws(first, 1), draws(second, 1))
    assert not np.array_equal(draws(first, 1), draws(first, 2))


def test_a_layer_with_dropout_inside_is_random(theirs):
    theirs("""
    @keras.saving.register_keras_serializable("theirs")
    class Drop(layers.Layer):
        def __init__(self, **given):
            super().__init__(**given)
            self.inner = layers.Dropout(0.5)

        def call(self, x, training=False):
            return self.inner(x, training=training)

    def net(input_shape):
        inputs = keras.Input(input_shape)
        return keras.Model(inputs, layers.ReLU()(Drop()(layers.Conv2D(4, 3)(inputs))))
    """)
    entry = Backbone(name="theirs:net", native="unit")
    table = layer_table(build_backbone(entry, SIZE, 1), entry, 1)
    assert [layer.random for layer in table.layers] == [False, False, True, False]
