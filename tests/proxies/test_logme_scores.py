"""LogME: the evidence of a linear regression, here against the same written as one Gaussian."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from blocktune.scorers.logme import Method, logme


def best_evidence(features, labels):
    """The same by another way: the marginal likelihood of y, N(0, I / beta + F F' / alpha), at its maximum."""
    found = []
    for one in np.unique(labels):
        target = (labels == one).astype(float)

        def lack(logs, target=target):
            covariance = np.eye(len(target)) / np.exp(logs[1]) + features @ features.T / np.exp(logs[0])
            return -multivariate_normal.logpdf(target, np.zeros(len(target)), covariance)

        found.append(-minimize(lack, [0.0, 0.0], method="Nelder-Mead").fun / len(target))
    return np.mean(found)


@pytest.mark.parametrize("shape", [(24, 3), (12, 20)], ids=["few features", "more features than images"])
def test_it_is_the_log_evidence_at_its_maximum(shape):
    rng = np.random.default_rng(0)
    labels = np.arange(shape[0]) % 3
    features = rng.standard_normal(shape) + labels[:, None]
    assert logme(features, labels) == pytest.approx(best_evidence(features, labels), abs=2e-3)


def test_features_that_tell_the_classes_score_higher_than_noise():
    rng = np.random.default_rng(1)
    labels = np.arange(60) % 3
    noise = rng.standard_normal((60, 8))
    assert logme(noise + 3 * np.eye(8)[labels], labels) > logme(noise, labels) + 0.1


def test_candidates_that_begin_at_one_place_score_alike_and_the_heads_features_are_the_last(small):
    plain = small("TinyPlain")
    found = Method().score(plain.task)
    assert set(found.scores) == {candidate.layers for candidate in plain.candidates} and found.epochs == 0
    by_first = {}
    for layers, score in found.scores.items():
        by_first.setdefault(layers[:1], set()).add(score)
    assert {len(scores) for scores in by_first.values()} == {1}
    features = plain.backbone.predict(plain.image_set.images[plain.part.train] / np.float32(255), verbose=0)
    pooled = features.mean(axis=(1, 2))
    assert found.scores[()] == pytest.approx(logme(pooled, plain.image_set.labels[plain.part.train]), abs=1e-4)


def test_features_that_say_nothing_have_a_score_and_those_that_are_no_numbers_have_none():
    labels = np.arange(12) % 3
    dead = logme(np.zeros((12, 4)), labels)
    assert np.isfinite(dead) and dead < logme(np.eye(4)[labels], labels)
    assert np.isfinite(logme(np.random.default_rng(0).standard_normal((12, 12)), labels))
    assert logme(np.full((12, 4), np.nan), labels) is None
