"""A network of the user's own that ends with tokens is taken; of one with a top the error says how it comes off."""

from functools import partial

import keras
import pytest
from keras import layers
from networks import plain, with_top
from own_networks import SIZE, complaint, made, saved


def transformer(class_token=False, ending=None, classes=None, strides=(8, 8)):
    """Patches, one block of attention, and an ending: none (all tokens), `first` or `mean`."""
    inputs = keras.Input((SIZE, SIZE, 3))
    patches = layers.Conv2D(12, strides, strides=strides, name="patch")(inputs)
    x = layers.Reshape((-1, 12), name="tokens")(patches)
    if class_token:
        x = layers.Concatenate(axis=1)([layers.GlobalAveragePooling1D(keepdims=True)(x), x])
    x = layers.Add()([x, layers.MultiHeadAttention(2, 6)(x, x)])
    x = layers.LayerNormalization(name="norm")(x)
    x = {None: x, "first": x[:, 0], "mean": layers.GlobalAveragePooling1D()(x)}[ending]
    return keras.Model(inputs, x if classes is None else layers.Dense(classes)(x))


def with_top_of_convolutions():
    """As MobileNetV3 has one."""
    model = plain()
    x = layers.GlobalAveragePooling2D(keepdims=True)(model.output)
    x = layers.Dropout(0.2)(layers.Conv2D(16, 1, activation="relu", name="conv_2")(x))
    x = layers.Flatten()(layers.Conv2D(5, 1, name="logits")(x))
    return keras.Model(model.input, layers.Activation("softmax")(x))


@pytest.mark.parametrize("given", [{}, {"class_token": True}, {"strides": (8, 16)}])
def test_tokens_are_taken_as_they_are(given, folder):
    model = transformer(**given)
    taken = made(saved(model))
    assert taken.output_shape == model.output_shape and len(taken.output_shape) == 3
    assert [layer.name for layer in taken.layers] == [layer.name for layer in model.layers]


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (partial(transformer, class_token=True, ending="first"), (17, 12)),
        (partial(transformer, class_token=True, ending="first", classes=5), (17, 12)),
        (partial(transformer, ending="mean"), (16, 12)),
        (partial(transformer, ending="mean", classes=5), (16, 12)),
        (with_top, (4, 4, 8)),
        (with_top_of_convolutions, (4, 4, 8)),
    ],
)
def test_the_code_in_the_error_makes_a_network_that_is_taken(model, shape, folder):
    model = model()
    said = complaint(saved(model))
    assert "no map (height, width, channels) and no tokens (count, channels)" in said
    code = "keras.Model(" + said.partition("keras.Model(")[2]
    network = eval(code, {"keras": keras, "model": keras.saving.load_model("mine.keras")})
    taken = made(saved(network, "mended.keras"))
    assert taken.output_shape == (None, *shape)
    # All that has weights is still there, a classifier at the end left out
    weighted = [layer.name for layer in model.layers if layer.weights]
    kept = [layer.name for layer in taken.layers if layer.weights]
    assert kept == weighted[: len(kept)]
    assert all(name.startswith(("dense", "conv_2", "logits")) for name in weighted[len(kept) :])


def test_one_of_several_outputs_is_named_if_it_is_a_map(folder):
    model = plain()
    pooled = layers.GlobalAveragePooling2D()(model.output)
    said = complaint(saved(keras.Model(model.input, [pooled, model.output])))
    assert said.endswith("a network with one output is needed: keras.Model(model.input, model.outputs[1])")


@pytest.mark.parametrize("shape", [(4,), (2, 3, 4, 5)])
def test_where_nothing_is_sure_nothing_is_advised(shape, folder):
    inputs = keras.Input((SIZE, SIZE, 3))
    units = keras.ops.prod(shape)
    x = layers.Reshape(shape)(layers.Dense(int(units))(layers.Flatten()(inputs)))
    assert complaint(saved(keras.Model(inputs, x))).endswith("and no tokens (count, channels)")
