"""What the exactness of the frozen prefix stands on: an image's features don't depend on the batch around it."""

import keras
import numpy as np
import pytest

from blocktune.runs.spec import Part
from blocktune.training import features
from blocktune.training.assemble import feature_segments


def test_features_do_not_depend_on_the_place_in_a_batch():
    network = keras.Sequential(
        [
            keras.Input((7, 7, 256)),
            keras.layers.Conv2D(256, 1),
            keras.layers.DepthwiseConv2D(3, padding="same"),
            keras.layers.Conv2D(64, 3, activation="relu"),
        ]
    )
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(60, 7, 7, 256)).astype(np.float32)
    order = generator.permutation(60)

    def computed(batch, rows):
        batches = [inputs[rows[start : start + batch]] for start in range(0, 60, batch)]
        return np.concatenate([network.predict_on_batch(values) for values in batches])

    for batch in (1, 3, 4, 30):
        np.testing.assert_array_equal(computed(batch, order), computed(batch, np.arange(60))[order])


class Recording:
    """Stands for a network: its features are the size of the batch that they were computed in."""

    output_shape = (None, 1)

    def predict_on_batch(self, values):
        return np.full((len(values), 1), len(values))


@pytest.mark.parametrize(("train", "expected"), [(8, [4] * 8), (10, [4] * 10 + [2] * 10), (3, [3] * 6)])
def test_features_come_from_batches_of_the_sizes_that_training_uses(train, expected):
    part = Part(np.arange(train), np.arange(train, train + 70))
    segments = feature_segments(part, 4)
    rows = np.arange(sum(segment.count for segment in segments))
    sizes = features._forward(Recording(), np.zeros((len(rows), 1)), rows, None, segments)[:, 0].tolist()
    # Validation is scored in batches of 64, what is left over in a smaller one
    assert sizes[train : train + 70] == [64] * 64 + [6] * 6
    assert sizes[:train] + sizes[train + 70 :] == expected
