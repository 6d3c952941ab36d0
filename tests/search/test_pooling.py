"""What trainings say of arms that were not trained, where neither reach nor noise is known."""

import numpy as np
import pytest

from blocktune.search import pooling
from blocktune.search.belief import worth_of_collapse
from blocktune.search.pooling import pool

RATES = (-4.0, -3.0)


def tails(count=8, rates=RATES):
    """Places of tails at each rate, those of one tail side by side."""
    firsts = [first / count for first in range(1, count + 1)]
    return np.array([[first, 1.0, rate, 1.2 - first] for first in firsts for rate in rates])


def flat(where):
    """Nothing is usual."""
    return np.zeros(len(where))


def sampled(seed, noise=(0.02, 0.2), count=8):
    """A smooth truth of tails, and a training of each that has as much noise as its rate says."""
    random, where = np.random.default_rng(seed), tails(count)
    truth = np.sin(3 * where[:, 0] + random.uniform(0, 3)) * random.uniform(0.5, 1.5) + 0.5 * (where[:, 2] + 3)
    deviation = np.where(where[:, 2] == RATES[0], *noise)
    return where, truth, truth + deviation * random.standard_normal(len(where))


def test_neighbours_of_what_was_trained_are_known_better_than_what_lies_far_from_it():
    where = tails()
    found = pool(where, flat(where), np.array([0, 2, 4]), np.array([0.5, 0.6, 0.7]))
    deviation = np.sqrt(np.diag(found.covariance))
    assert deviation[2] < deviation[6] < deviation[14]
    assert found.mean[0] < found.mean[2] < found.mean[4]


def test_the_mean_is_what_the_weights_make_of_the_trainings():
    where, _, worth = sampled(1)
    seen = np.array([0, 3, 6, 9, 12, 15])
    found = pool(where, flat(where), seen, worth[seen])
    expected = worth[seen].mean() + found.weights @ (worth[seen] - worth[seen].mean())
    assert found.mean == pytest.approx(expected)
    assert np.linalg.eigvalsh(found.covariance).min() > -1e-9


def test_units_do_not_matter():
    where, _, worth = sampled(2)
    seen = np.arange(0, 16, 2)
    one, other = pool(where, flat(where), seen, worth[seen]), pool(where, flat(where), seen, 1000 + 50 * worth[seen])
    assert other.mean == pytest.approx(1000 + 50 * one.mean)
    assert other.covariance == pytest.approx(2500 * one.covariance)


def test_what_it_says_of_arms_comes_about_as_often_as_it_says():
    inside = []
    for seed in range(40):
        where, truth, worth = sampled(seed)
        seen = np.random.default_rng(seed).permutation(len(where))[:8]
        found = pool(where, flat(where), seen, worth[seen])
        inside.append(np.abs(truth - found.mean) < 1.6449 * np.sqrt(np.diag(found.covariance)))
    # 90 % intervals, of 640 arms
    assert 0.85 < np.mean(inside) < 0.99


def test_where_the_rate_is_higher_seeds_are_believed_to_differ_more():
    where = tails()
    seen = np.repeat(np.arange(16), 2)
    noise = np.where(where[:, 2] == RATES[1], 0.3, 0.01)
    worth = np.repeat(where[:, 0], 2) + np.tile([1, -1], 16) * np.repeat(noise, 2)
    deviation = np.sqrt(np.diag(pool(where, flat(where), seen, worth).covariance))
    low, high = deviation[::2], deviation[1::2]
    assert (high > 2 * low).all()


def test_one_training_says_little_and_equal_ones_are_no_error():
    where = tails()
    one = pool(where, flat(where), np.array([3]), np.array([0.7]))
    assert one.mean == pytest.approx(np.full(16, 0.7)) and np.isfinite(one.covariance).all()
    equal = pool(where, flat(where), np.array([3, 3, 5]), np.array([0.7, 0.7, 0.7]))
    assert equal.mean == pytest.approx(np.full(16, 0.7))


def test_arms_without_a_rate_are_pooled_too():
    where = tails(rates=(0.0,))
    found = pool(where, flat(where), np.array([0, 3, 6]), np.array([0.5, 0.6, 0.7]))
    assert found.mean[0] < found.mean[3] < found.mean[6]


def test_many_trainings_are_looked_at_in_parts_with_the_same_result(monkeypatch):
    where, _, worth = sampled(3)
    seen = np.arange(16)
    whole = pool(where, flat(where), seen, worth)
    monkeypatch.setattr(pooling, "_AT_ONCE", 16**2 * 100)
    parts = pool(where, flat(where), seen, worth)
    assert parts.mean == pytest.approx(whole.mean) and parts.covariance == pytest.approx(whole.covariance)


def test_a_training_that_collapsed_counts_as_bad_but_not_by_how_much():
    assert -0.8 < worth_of_collapse(np.array([-0.42, -0.45, -0.48, -0.53, -1.74])) < -0.53
    assert worth_of_collapse(np.array([0.1, 0.2, 0.3, 0.4])) == 0.1
    assert worth_of_collapse(np.array([0.5, 0.5])) == 0.5
