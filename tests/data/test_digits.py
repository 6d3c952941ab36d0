"""scikit-learn's digits as a dataset."""

import numpy as np
import pytest

from blocktune.data.digits import load_digits_images
from blocktune.settings.data import Shift

STILL = Shift(invert=False, rotate=0, noise=0)


def test_images_and_labels():
    images, labels = load_digits_images([3, 0, 7], 24, None, 1)
    assert images.shape == (len(labels), 24, 24, 3)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [178, 183, 179]  # zeros, threes, sevens
    assert np.array_equal(images[..., 0], images[..., 2])
    assert images.min() == 0
    assert images.max() == 255


def test_no_shift_is_a_shift_of_nothing():
    assert np.array_equal(load_digits_images([1, 2], 16, None, 1)[0], load_digits_images([1, 2], 16, STILL, 2)[0])


def test_invert():
    plain, inverted = (
        load_digits_images([1, 2], 16, STILL.model_copy(update={"invert": value}), 1)[0].astype(int)
        for value in (False, True)
    )
    assert np.abs(255 - plain - inverted).max() <= 1


@pytest.mark.parametrize("change", [{"rotate": 30.0}, {"noise": 0.2}])
def test_random_shifts_follow_the_seed(change):
    shift = STILL.model_copy(update=change)
    plain = load_digits_images([1, 2], 16, None, 1)[0]
    first, again, other = (load_digits_images([1, 2], 16, shift, seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, plain)


def test_a_digit_looks_the_same_whichever_others_are_chosen():
    images, labels = load_digits_images([1, 2], 16, Shift(), 1)
    more, more_labels = load_digits_images([0, 1, 2, 9], 16, Shift(), 1)
    assert np.array_equal(images[labels == 1], more[more_labels == 2])
