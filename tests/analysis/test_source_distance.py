"""Distances between sets of features: hand-worked values, known properties, and graded shifts of digits."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from blocktune.errors import BlocktuneError
from blocktune.factors.source_distance import class_means, earth_movers, mmd, probe

GENERATOR = np.random.default_rng(4)
MEANS, WEIGHTS = GENERATOR.normal(size=(5, 3)), GENERATOR.random(5)
OTHERS, OTHER_WEIGHTS = GENERATOR.normal(size=(4, 3)), GENERATOR.random(4)


def test_class_means():
    features = np.array([[1, 10], [3, 20], [5, 60], [7, 0]], np.float32)
    means, shares = class_means(features, np.array([2, 0, 2, 2]))
    assert means.tolist() == [[3, 20], [pytest.approx(13 / 3), pytest.approx(70 / 3)]]
    assert shares.tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    ("source", "weights", "target", "target_weights", "expected"),
    [
        ([[0], [1]], [1, 1], [[0], [3]], [1, 1], 1.0),
        # Half of all has to go from 0 to 4
        ([[0], [4]], [3, 1], [[0], [4]], [1, 3], 2.0),
        # A triangle of sides 3, 4 and 5: everything in one corner goes half to each of the others
        ([[0, 0]], [7], [[3, 0], [0, 4]], [1, 1], 3.5),
        # Crossing over would cost 5 + 5
        ([[0, 0], [3, 4]], [1, 1], [[3, 0], [0, 4]], [1, 1], 3.0),
    ],
)
def test_earth_movers_by_hand(source, weights, target, target_weights, expected):
    found = earth_movers(np.array(source), np.array(weights), np.array(target), np.array(target_weights))
    assert found == pytest.approx(expected, abs=1e-9)


def test_earth_movers_agrees_with_the_formula_for_one_feature():
    here, there = MEANS[:, :1], OTHERS[:, :1]
    expected = stats.wasserstein_distance(here[:, 0], there[:, 0], WEIGHTS, OTHER_WEIGHTS)
    assert earth_movers(here, WEIGHTS, there, OTHER_WEIGHTS) == pytest.approx(expected, rel=1e-9)


def test_earth_movers_is_a_distance_in_the_unit_of_the_features():
    found = earth_movers(MEANS, WEIGHTS, OTHERS, OTHER_WEIGHTS)
    assert found > 0.1
    assert earth_movers(MEANS, WEIGHTS, MEANS[::-1], WEIGHTS[::-1]) == pytest.approx(0, abs=1e-9)
    assert earth_movers(OTHERS, OTHER_WEIGHTS, MEANS, WEIGHTS) == pytest.approx(found, rel=1e-9)
    assert earth_movers(7 * MEANS, WEIGHTS, 7 * OTHERS, 2 * OTHER_WEIGHTS) == pytest.approx(7 * found, rel=1e-9)
    # Moving everything the same way costs exactly that way
    assert earth_movers(MEANS, WEIGHTS, MEANS + np.array([3, 4, 0]), WEIGHTS) == pytest.approx(5, rel=1e-9)


@pytest.mark.parametrize("weights", [[1, 1], [1, -1, 1, 1, 1], [0] * 5, [np.nan] * 5])
def test_earth_movers_with_bad_weights(weights):
    with pytest.raises(ValueError, match="5 class means need as many weights"):
        earth_movers(MEANS, np.array(weights), OTHERS, OTHER_WEIGHTS)


def test_mmd_by_hand():
    # Distances 0, 0, and four times 1: the median is 1. 1 + 1 - 2 exp(-1/2)
    x, y = np.zeros((2, 1)), np.ones((2, 1))
    assert mmd(x, y, 1) == pytest.approx(2 - 2 * np.exp(-0.5))
    assert mmd(x, x, 1) == 0
    # Most pairs coincide, so the median says nothing
    assert mmd(np.zeros((9, 1)), np.array([[0], [0], [1]]), 1) > 0


def test_mmd_is_near_zero_within_one_sample_and_grows_with_a_shift():
    sample = np.random.default_rng(1).normal(size=(400, 6)).astype(np.float32)
    x, y = sample[:200], sample[200:]
    within = mmd(x, y, 1)
    assert abs(within) < 0.01
    shifts = [mmd(x, y + np.float32(shift), 1) for shift in (0.25, 0.5, 1, 2)]
    assert all(farther > nearer for nearer, farther in pairwise([within, *shifts]))
    assert mmd(y + 1, x, 1) == pytest.approx(shifts[2])
    assert mmd(5 * x, 5 * (y + 1), 1) == pytest.approx(shifts[2], rel=1e-5)


def test_mmd_is_unbiased():
    found = [mmd(*np.random.default_rng(seed).normal(size=(2, 15, 2)), seed) for seed in range(300)]
    # The biased estimate would be 0.08 here; ours is below zero as often as not
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(300)
    assert 0.4 < np.mean(np.array(found) < 0) < 0.75


def test_mmd_of_large_samples_draws_rows_by_the_seed():
    x, y = np.random.default_rng(1).normal(size=(2, 1500, 2))
    first, again, other = (mmd(x, y + 0.5, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert first == pytest.approx(other, rel=0.3)
    with pytest.raises(BlocktuneError, match="one has 1"):
        mmd(x[:1], y, 1)


def test_probe():
    generator = np.random.default_rng(2)
    labels = np.arange(200) % 2
    # One feature tells the classes apart, on a scale far below that of the noise
    features = np.column_stack([1e-3 * (labels + generator.normal(0, 0.1, 200)), 100 * generator.normal(size=200)])
    assert probe(features[:100], labels[:100], features[100:], labels[100:]) == 1
    assert probe(features[:100], labels[:100], features[100:], 1 - labels[100:]) == 0
    guessed = probe(features[:100, 1:], labels[:100], features[100:, 1:], labels[100:])
    assert 0.3 < guessed < 0.7


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ([1, 1, 1, 1], [1], r"1 class\(es\)"),
        ([0, 1, 0, 1], [1, 2], "class 2 is not among"),
        ([0, 1] * 2, [], "0 images"),
    ],
)
def test_probe_that_is_impossible(train, test, message):
    with pytest.raises(BlocktuneError, match=message):
        probe(np.zeros((4, 2)), np.array(train), np.zeros((len(test), 2)), np.array(test))
