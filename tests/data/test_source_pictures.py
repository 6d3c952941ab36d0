"""Source pictures from the embedded digits; those of tensorflow-datasets are in test_tfds.py."""

import numpy as np

from blocktune.data.digits import load_digits_images
from blocktune.data.source_pictures import source_classes, source_pictures


def test_named_digits_are_those_of_the_demo():
    ours, theirs = source_pictures("digits", [0, 1, 2, 3, 4], 16, 1), load_digits_images(range(5), 16, None, 1)
    for mine, its in zip(ours, theirs, strict=True):
        assert mine.dtype == its.dtype
        assert np.array_equal(mine, its)


def test_labels_are_places_in_the_order_of_classes():
    images, labels = source_pictures("digits", [7, 2], 8, 1)
    sevens, twos = (load_digits_images([digit], 8, None, 1)[0] for digit in (7, 2))
    assert np.array_equal(images[labels == 0], sevens)
    assert np.array_equal(images[labels == 1], twos)


def test_fewer_classes_lie_within_more():
    order = source_classes("digits", 10, 1)
    assert sorted(order) == list(range(10))
    assert [source_classes("digits", count, 1) for count in (2, 5)] == [order[:2], order[:5]]
    assert source_classes("digits", 10, 2) != order
    smaller, larger = source_pictures("digits", 3, 8, 1), source_pictures("digits", 6, 8, 1)
    for label in range(3):
        assert np.array_equal(smaller[0][smaller[1] == label], larger[0][larger[1] == label])
