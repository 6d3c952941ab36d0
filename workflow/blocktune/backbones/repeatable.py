"""A network of the user's own must train alike from the same variables: nothing else is set anew for a run."""

import numpy as np

from ..errors import BlocktuneError
from ..known_keras import keras
from ..messages import keras_reason

_ALIKE = 1e-3
"""Of the largest output: what the same operations may differ by on a GPU."""


def check_repeatable(model: keras.Model, name: str, images: np.ndarray) -> None:
    """Refuse a network that gives different outputs in training from the same weights and random states.

    Runs begin, resume after an interruption, and follow each other in one process from variables alone. What takes
    random numbers from elsewhere would also count as a layer that is not random, whose outputs are computed once.

    Args:
        model: the network; its BatchNormalization statistics and random states may have moved afterwards.
        name: the settings' name of it.
        images: what it takes, (N, height, width, 3).

    Raises:
        BlocktuneError: it does, or it fails in training; names the layer.
    """
    before = [(variable, variable.numpy()) for variable in model.variables]

    def repeats(network: keras.Model) -> bool:
        answers = []
        for _ in range(2):
            for variable, value in before:
                variable.assign(value)
            model.reset_metrics()
            answers.append(np.asarray(network(images, training=True)))
        return alike(*answers)

    try:
        if repeats(model):
            return
        differ = (layer for layer in model.layers if not repeats(keras.Model(model.input, layer.output)))
        first = next(differ, model.layers[-1])
    # A layer's own code may raise anything
    except Exception as error:
        raise BlocktuneError(f"{name} fails in training: {keras_reason(error)}") from None
    raise BlocktuneError(
        f"{name}: layer {first.name!r} ({type(first).__name__}) gives different outputs in training from the same "
        "weights and random states, so runs can't be repeated. Keep a keras.random.SeedGenerator as an attribute for "
        "random numbers, and keep all state in weights (add_weight)"
    )


def alike(first: np.ndarray, again: np.ndarray) -> bool:
    """Whether two answers are those of the same operations, which may differ a little on a GPU."""
    return np.allclose(first, again, rtol=0, atol=_ALIKE * np.nanmax(np.abs(first), initial=0), equal_nan=True)
