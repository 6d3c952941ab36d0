"""Losses at the temperature that suits a classifier best."""

import numpy as np
import pytest

from blocktune.training.temperature import cross_entropies, scaled_losses


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def drawn(sureness, seed=0, count=20_000, classes=4):
    """Probabilities of a classifier that is `sureness` times as sure as it is right, and true labels."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(count, classes))
    labels = (softmax(logits).cumsum(axis=1) > generator.random((count, 1))).argmax(axis=1)
    return softmax(sureness * logits), labels


@pytest.mark.parametrize("sureness", [0.5, 1.0, 3.0])
def test_the_temperature_takes_back_how_much_too_sure_a_classifier_is(sureness):
    probabilities, labels = drawn(sureness)
    losses, temperature = scaled_losses(probabilities, labels)
    assert temperature == pytest.approx(sureness, rel=0.05)
    honest, _ = drawn(1.0)
    # What is only too sure is as good as the honest one, image by image; the plain loss calls it worse
    assert losses == pytest.approx(cross_entropies(honest, labels), rel=0.1, abs=0.05)
    assert losses.mean() <= cross_entropies(probabilities, labels).mean()


def test_what_classifies_better_has_the_lower_loss_however_sure_it_is():
    generator = np.random.default_rng(1)
    labels = generator.integers(5, size=2000)
    signal = np.eye(5)[labels]
    noise = generator.normal(size=(2000, 5))
    better, worse = softmax(30 * (signal + 0.5 * noise)), softmax(signal + noise)
    assert cross_entropies(better, labels).mean() > cross_entropies(worse, labels).mean()
    assert scaled_losses(better, labels)[0].mean() < scaled_losses(worse, labels)[0].mean()


def test_a_classifier_that_is_always_right_or_sure_of_a_mistake_has_finite_losses():
    sure = np.eye(3)[[0, 1, 2, 0]]
    for labels in ([0, 1, 2, 0], [1, 1, 2, 0]):
        losses, temperature = scaled_losses(sure.astype(np.float32), np.array(labels))
        assert np.isfinite(losses).all() and 0.04 < temperature < 21
