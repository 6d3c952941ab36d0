"""A network of the user's own is built anew, layer by layer: it answers as the saved one, or it is refused."""

import keras
import numpy as np
import pytest
from keras import layers
from networks import plain
from own_networks import SIZE, complaint, made, saved

IMAGES = np.random.default_rng(0).uniform(0, 255, (4, SIZE, SIZE, 3)).astype(np.float32)


def of(*first):
    inputs = x = keras.Input((SIZE, SIZE, 3))
    for layer in first:
        x = layer(x)
    return keras.Model(inputs, layers.Conv2D(4, 3, name="last")(x))


def adapted(**given):
    layer = layers.Normalization(name="normalise", **given)
    layer.adapt(IMAGES)
    return layer


def binned():
    layer = layers.Discretization(num_bins=5, name="bins")
    layer.adapt(IMAGES)
    return layer


def whitened():
    layer = layers.SpectralNormalization(layers.Conv2D(4, 3), name="spectral")
    layer(IMAGES, training=True)
    return layer


@pytest.mark.parametrize(
    "first",
    [
        lambda: [adapted(axis=-1)],
        lambda: [adapted(axis=None)],
        lambda: [adapted(axis=-1, invert=True)],
        lambda: [layers.Pipeline([layers.Rescaling(2.0), adapted(axis=-1)])],
        lambda: [layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0])],
        lambda: [binned(), layers.Rescaling(0.5)],
        lambda: [whitened()],
        lambda: [layers.BatchNormalization(), layers.GroupNormalization(3), layers.Dropout(0.5)],
    ],
)
def test_what_layers_compute_from_their_weights_is_there_again(first, folder):
    model = of(*first())
    for weight in model.weights:
        # As if it had been trained
        if weight.dtype == "float32":
            weight.assign(np.asarray(weight) * 1.5)
    name = saved(model)
    loaded = keras.saving.load_model(name)
    np.testing.assert_array_equal(np.asarray(made(name)(IMAGES)), np.asarray(loaded(IMAGES)))


REMEMBERS = """
@keras.saving.register_keras_serializable("theirs")
class Remembers(layers.Layer):
    factor = 1.0

    def call(self, x):
        return x * self.factor

def net(input_shape):
    inputs = keras.Input(input_shape)
    remembers = Remembers(name="remembers")
    x = remembers(layers.Conv2D(4, 3, name="first")(inputs))
    remembers.factor = 2.0
    return keras.Model(inputs, layers.Conv2D(4, 3, name="last")(x))
"""
RESTORES = """
@keras.saving.register_keras_serializable("theirs")
class Restores(layers.Layer):
    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones")
        self.square = self.gain**2

    def load_own_variables(self, store):
        super().load_own_variables(store)
        self.square = self.gain**2

    def call(self, x):
        return x * self.square

def net(input_shape):
    inputs = keras.Input(input_shape)
    x = Restores()(layers.Conv2D(4, 3)(inputs))
    model = keras.Model(inputs, x)
    restores = model.layers[-1]
    restores.gain.assign(restores.gain * 3)
    restores.square = restores.gain**2
    return model
"""
TOSSES = """
@keras.saving.register_keras_serializable("theirs")
class Tosses(layers.Layer):
    def call(self, x):
        return x + keras.random.normal(keras.ops.shape(x))

def net(input_shape):
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, Tosses(name="tosses")(layers.Conv2D(4, 3)(inputs)))
"""
DROPS_ANYHOW = """
@keras.saving.register_keras_serializable("theirs")
class DropsAnyhow(layers.Layer):
    def call(self, x, training=False):
        return x * keras.random.uniform(keras.ops.shape(x)) if training else x

def net(input_shape):
    inputs = keras.Input(input_shape)
    drops = DropsAnyhow(name="drops")
    return keras.Model(inputs, layers.Conv2D(4, 3)(drops(layers.Conv2D(4, 3)(inputs))))
"""
COUNTS = """
@keras.saving.register_keras_serializable("theirs")
class Counts(layers.Layer):
    times = 0

    def call(self, x, training=False):
        self.times += training
        return x * (1 + self.times)

def net(input_shape):
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, layers.Conv2D(4, 3)(Counts(name="counts")(inputs)))
"""
FAILS = """
@keras.saving.register_keras_serializable("theirs")
class Fails(layers.Layer):
    def call(self, x, training=False):
        if training:
            raise RuntimeError("not made for this")
        return x

def net(input_shape):
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, layers.Conv2D(4, 3)(Fails(name="fails")(inputs)))
"""
INFINITE = """
def net(input_shape):
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, layers.Conv2D(4, 3)(keras.ops.exp(1e4 + inputs)))
"""
FUNCTION = """
@keras.saving.register_keras_serializable("theirs")
def twice(x):
    return 2 * x

def net(input_shape):
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, layers.Conv2D(4, 3, activation=twice)(inputs))
"""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (REMEMBERS, ["answers differently once it is built", "layer 'remembers' (Remembers) keeps something else"]),
        (TOSSES, ["layer 'tosses' (Tosses)", "random outside training"]),
        (
            DROPS_ANYHOW,
            ["layer 'drops' (DropsAnyhow) gives different outputs in training", "keras.random.SeedGenerator"],
        ),
        (COUNTS, ["layer 'counts' (Counts) gives different outputs in training", "add_weight"]),
        (FAILS, ["theirs:net fails in training", "Fails.call()"]),
        (INFINITE, ["gives numbers that are not finite"]),
        (FUNCTION, ["holds builtins.function theirs>twice", "`blocktune predict` refuses", "write a layer class"]),
    ],
)
def test_what_can_not_be_built_anew_or_exported_is_refused(code, said, theirs):
    theirs(code)
    message = complaint("theirs:net")
    assert [words for words in said if words not in message] == []


def test_a_class_that_restores_what_it_computes_is_taken(theirs):
    theirs(RESTORES)
    network = made("theirs:net")
    np.testing.assert_allclose(network.layers[-1].square, 9)


def test_what_it_was_compiled_with_does_not_matter(folder):
    def own_loss(truth, found):
        return keras.ops.mean(truth - found)

    model = plain()
    model.compile(optimizer="adam", loss=own_loss)
    assert made(saved(model)).count_params() == model.count_params()
