"""Smaller parts of a dataset: exact sizes, nested draws, clear errors."""

from itertools import pairwise

import numpy as np
import pytest

from blocktune.data.subsets import balanced, class_sizes, few, unbalanced
from blocktune.errors import BlocktuneError

# Four classes of 40, 60, 80 and 100 images in mixed order; the first 30 rows are another part
LABELS = np.random.default_rng(3).permutation(np.repeat(np.arange(4), [40, 60, 80, 100]))
ROWS = np.arange(30, len(LABELS))


def sizes_of(rows):
    return np.bincount(LABELS[rows], minlength=4).tolist()


def test_few_has_exactly_so_many_of_each_class_from_the_given_rows():
    drawn = few(LABELS, ROWS[::-1], 7, 1)
    assert sizes_of(drawn) == [7] * 4
    assert np.all(np.diff(drawn) > 0)
    assert np.isin(drawn, ROWS).all()
    assert drawn.dtype == np.int64


def test_few_is_nested_and_follows_the_seed():
    draws = [few(LABELS, ROWS, count, 1) for count in (1, 5, 10, 30)]
    for smaller, larger in pairwise(draws):
        assert set(smaller) < set(larger)
    assert not np.array_equal(few(LABELS, ROWS, 10, 2), few(LABELS, ROWS, 10, 1))
    # Fewer classes to draw from leave the draw of the others alone
    without = few(LABELS, ROWS[LABELS[ROWS] != 2], 10, 1)
    assert set(without) == {row for row in draws[2] if LABELS[row] != 2}


def test_few_is_no_function_of_the_order_of_rows():
    # A draw that leans to early rows would put the same images into every study
    hits = np.concatenate([few(LABELS, ROWS, 10, seed) for seed in range(40)])
    assert abs(np.median(hits) - np.median(ROWS)) < 15
    assert len(np.unique(hits)) > 0.95 * len(ROWS)


@pytest.mark.parametrize(
    ("per_class", "message"),
    [(41, r"class 0 has \d+ images, 41 are asked for"), (0, "0 images per class"), (500, "class 3 has")],
)
def test_few_of_too_few(per_class, message):
    with pytest.raises(BlocktuneError, match=message):
        few(LABELS, ROWS, per_class, 1)
    with pytest.raises(BlocktuneError, match="no images"):
        few(LABELS, ROWS[:0], 1, 1)


@pytest.mark.parametrize(
    ("classes", "ratio", "total", "expected"),
    [
        (5, 1, 100, [20] * 5),
        (3, 1, 8, [3, 3, 2]),
        (3, 4, 70, [40, 20, 10]),
        (5, 16, 62, [32, 16, 8, 4, 2]),
        (2, 9, 50, [45, 5]),
        (1, 3, 9, [9]),
        # 46.4, 26.1, 14.7, 8.3, 4.6: of 46/5, 47/5, 46/4 and 47/4 the second is nearest to ten
        (5, 10, 100, [47, 26, 14, 8, 5]),
    ],
)
def test_sizes_fall_geometrically(classes, ratio, total, expected):
    assert class_sizes(classes, ratio, total).tolist() == expected


@pytest.mark.parametrize("classes", [2, 3, 5, 10])
@pytest.mark.parametrize("ratio", [1, 2, 5, 10, 3.7])
def test_sizes_add_up_and_keep_the_ratio(classes, ratio):
    for total in (200, 333, 1000):
        sizes = class_sizes(classes, ratio, total)
        assert sizes.sum() == total
        assert np.all(np.diff(sizes) <= 0)
        # One image more or less in the smallest class, where nothing nearer adds up
        assert sizes[0] / sizes[-1] == pytest.approx(ratio, rel=1.01 / sizes[-1])
        steps = sizes[:-1] / sizes[1:]
        assert steps == pytest.approx(np.full(classes - 1, ratio ** (1 / (classes - 1))), rel=1.6 / sizes[-1])


def test_unbalanced_draws_which_class_is_large_once_per_seed():
    by_seed = {}
    for seed in range(12):
        large = [int(np.argmax(sizes_of(unbalanced(LABELS, ROWS, ratio, 60, seed)))) for ratio in (2, 5, 10)]
        assert len(set(large)) == 1
        by_seed[seed] = large[0]
    assert set(by_seed.values()) == {0, 1, 2, 3}


def test_unbalanced_is_exact_and_takes_the_first_of_each_class():
    even = unbalanced(LABELS, ROWS, 1, 60, 4)
    assert np.array_equal(even, few(LABELS, ROWS, 15, 4))
    draws = [unbalanced(LABELS, ROWS, ratio, 60, 4) for ratio in (1, 2, 5, 10)]
    for drawn, ratio in zip(draws, (1, 2, 5, 10), strict=True):
        assert len(drawn) == 60
        assert sorted(sizes_of(drawn), reverse=True) == class_sizes(4, ratio, 60).tolist()
        assert np.isin(drawn, ROWS).all()
    for label in range(4):
        parts = sorted(({*drawn[LABELS[drawn] == label]} for drawn in draws), key=len)
        assert all(smaller <= larger for smaller, larger in pairwise(parts))


@pytest.mark.parametrize(
    ("ratio", "total", "message"),
    [
        (10, 250, r"class \d has \d+ images, \d+ are asked for"),
        (10, 8, "leave a class empty"),
        (1, 3, "leave a class empty"),
        (0.5, 60, r"ratio between classes of 0\.5"),
        (float("nan"), 60, "must be 1 or more"),
        (float("inf"), 60, "must be 1 or more"),
    ],
)
def test_unbalanced_that_is_impossible(ratio, total, message):
    with pytest.raises(BlocktuneError, match=message):
        unbalanced(LABELS, ROWS, ratio, total, 1)


def test_balanced_is_as_large_as_the_smallest_class_allows():
    part = balanced(LABELS, ROWS)
    assert sizes_of(part) == [min(sizes_of(ROWS))] * 4
    assert np.array_equal(part, balanced(LABELS, ROWS[::-1]))
    assert np.array_equal(balanced(LABELS, part), part)
