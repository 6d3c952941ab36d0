"""Adam that changes all variables at once makes the numbers of Keras' own, bit for bit."""

import numpy as np
import pytest

from blocktune.known_keras import keras
from blocktune.training.optimizer import AdamAtOnce, AdamWAtOnce

SHAPES = [(3, 3, 2, 5), (), (7,), (1,), (64, 10)]
STEPS = 20


def trained(optimizer, without=()):
    """Variables after some steps; those in `without` have no gradient."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    variables = [keras.Variable(random.normal(size=shape).astype("float32")) for shape in SHAPES]
    gradients = [tf.constant(random.normal(size=(STEPS, *shape)).astype("float32")) for shape in SHAPES]
    optimizer.build(variables)

    @tf.function(autograph=False)
    def step(number):
        optimizer.apply(
            [None if place in without else gradient[number] for place, gradient in enumerate(gradients)], variables
        )

    for number in range(STEPS):
        step(tf.constant(number))
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
@pytest.mark.parametrize("without", [(), (2,)])
@pytest.mark.parametrize("scheduled", [False, True])
@pytest.mark.parametrize(
    ("at_once", "ordinary", "more"),
    [
        (AdamAtOnce, keras.optimizers.Adam, {}),
        (AdamWAtOnce, keras.optimizers.AdamW, {"weight_decay": 0.05}),
        (AdamWAtOnce, keras.optimizers.AdamW, {"weight_decay": 0.05, "global_clipnorm": 0.5}),
    ],
)
def test_the_weights_are_those_of_keras(at_once, ordinary, more, scheduled, without):
    rate = keras.optimizers.schedules.CosineDecay(1e-2, STEPS) if scheduled else 1e-2
    mine, theirs = trained(at_once(rate, **more), without), trained(ordinary(rate, **more), without)
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
