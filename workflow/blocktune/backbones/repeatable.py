"""A network of the user's own must train alike from the same variables: nothing else is set anew for a run."""

from collections.abc import Callable

import numpy as np

from ..errors import BlocktuneError
from ..known_keras import keras
from ..messages import keras_reason

ALIKE = 1e-3
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

    def answer(network: keras.Model) -> np.ndarray:
        for variable, value in before:
            variable.assign(value)
        model.reset_metrics()
        return np.asarray(network(images, training=True))

    try:
        if _same(answer, model):
            return
        network = {layer.name: keras.Model(model.input, layer.output) for layer in model.layers}
        first = next((layer for layer in model.layers if not _same(answer, network[layer.name])), model.layers[-1])
    # A layer's own code may raise anything
    except Exception as error:
        raise BlocktuneError(f"{name} fails in training: {keras_reason(error)}") from None
    raise BlocktuneError(
        f"{name}: layer {first.name!r} ({type(first).__name__}) gives different outputs in training from the same "
        "weights and random states, so runs can't be repeated. Keep a keras.random.SeedGenerator as an attribute for "
        "random numbers, and keep all state in weights (add_weight)"
    )


def _same(answer: Callable[[keras.Model], np.ndarray], network: keras.Model) -> bool:
    first, again = answer(network), answer(network)
    return np.allclose(first, again, rtol=0, atol=ALIKE * np.nanmax(np.abs(first), initial=0), equal_nan=True)
