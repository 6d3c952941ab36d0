"""The new classifier on the backbone (paper, section Networks)."""

import numpy as np

from ..known_keras import keras, layers
from ..settings.model import Head


def build_head(feature_shape: tuple[int, ...], classes: int, head: Head, seed: int) -> keras.Model:
    """Return pooling, Dense, Dropout, Dense, Dense softmax as one model; without hidden units pooling, Dense softmax.

    Every layer has a seed of its own, derived from `seed`, so the initial weights and the dropout do not depend on what
    was built before.

    Args:
        feature_shape: shape of the backbone's output without the batch axis, (height, width, channels).
        classes: number of classes.
        head: its settings.
        seed: the run's seed.
    """
    seeds = [int(state) for state in np.random.SeedSequence([seed, 0]).generate_state(4)]
    inputs = keras.Input(feature_shape, name="features")
    x = pooling_layer(head.pooling)(inputs)
    if head.units:
        x = layers.Dense(head.units[0], activation="relu", kernel_initializer=_glorot(seeds[0]), name="head_dense1")(x)
        x = layers.Dropout(head.dropout, seed=seeds[1], name="head_dropout")(x)
        x = layers.Dense(head.units[1], activation="relu", kernel_initializer=_glorot(seeds[2]), name="head_dense2")(x)
    x = layers.Dense(classes, activation="softmax", kernel_initializer=_glorot(seeds[3]), name="head_classes")(x)
    return keras.Model(inputs, x, name="head")


def _glorot(seed: int) -> keras.initializers.Initializer:
    return keras.initializers.GlorotUniform(seed=seed)


def pooling_layer(name: str) -> keras.Layer:
    """Return the layer that makes a vector of a feature map, by `head.pooling`."""
    pooling = {
        "flatten": layers.Flatten,
        "average": layers.GlobalAveragePooling2D,
        "max": layers.GlobalMaxPooling2D,
    }
    return pooling[name](name="head_pooling")
