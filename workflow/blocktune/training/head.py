"""The new classifier on the backbone (paper, section Networks)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..known_keras import keras, layers
from ..runs.pooling import check_pooling
from ..settings.head import Head


def build_head(feature_shape: tuple[int, ...], classes: int, head: Head, seed: int) -> keras.Model:
    """Return pooling, Dense, Dropout, Dense, Dense softmax as one model; without hidden units pooling, Dense softmax.

    Every layer has a seed of its own, derived from `seed`, so the initial weights and the dropout do not depend on what
    was built before.

    Args:
        feature_shape: shape of the backbone's output without the batch axis: (height, width, channels) of a map,
            (count, channels) of tokens, (channels,) of a vector.
        classes: number of classes.
        head: its settings.
        seed: the run's seed.

    Raises:
        BlocktuneError: the pooling needs a class token, and the output has none.
    """
    seeds = [int(state) for state in np.random.SeedSequence([seed, 0]).generate_state(4)]
    inputs = keras.Input(feature_shape, name="features")
    x = pooling(head.pooling, feature_shape)(inputs)
    if head.units:
        x = layers.Dense(head.units[0], activation="relu", kernel_initializer=_glorot(seeds[0]), name="head_dense1")(x)
        x = layers.Dropout(head.dropout, seed=seeds[1], name="head_dropout")(x)
        x = layers.Dense(head.units[1], activation="relu", kernel_initializer=_glorot(seeds[2]), name="head_dense2")(x)
    x = layers.Dense(classes, activation="softmax", kernel_initializer=_glorot(seeds[3]), name="head_classes")(x)
    return keras.Model(inputs, x, name="head")


def _glorot(seed: int) -> keras.initializers.Initializer:
    return keras.initializers.GlorotUniform(seed=seed)


def pooling(name: str, feature_shape: tuple[int, ...]) -> Callable[[Any], Any]:
    """Return what makes a vector of a backbone's output, by `head.pooling`.

    Args:
        name: of the pooling.
        feature_shape: as in `build_head`; the average and the largest of a vector's one place are the vector.

    Raises:
        BlocktuneError: as in `build_head`.
    """
    check_pooling(name, feature_shape, "the backbone")
    if name == "token":
        others = layers.Cropping1D((0, feature_shape[0] - 1), name="head_token")
        vector = layers.Flatten(name="head_pooling")
        return lambda tokens: vector(others(tokens))
    if name == "flatten" or len(feature_shape) == 1:
        return layers.Flatten(name="head_pooling")
    of_maps, of_tokens = {
        "average": (layers.GlobalAveragePooling2D, layers.GlobalAveragePooling1D),
        "max": (layers.GlobalMaxPooling2D, layers.GlobalMaxPooling1D),
    }[name]
    return (of_maps if len(feature_shape) == 3 else of_tokens)(name="head_pooling")
