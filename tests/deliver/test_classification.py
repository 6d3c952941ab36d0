"""What a classifier is worth: confusion, precision and recall, interval, calibration, mistakes."""

import numpy as np
import pytest

from blocktune.analysis.classification import calibration_error, evaluation, most_confident_mistakes, wilson
from blocktune.analysis.evaluation_words import evaluation_parts
from blocktune.runs.calibration import if_perfect

LABELS = ["a", "b", "c"]
TRUTH = np.array([0, 0, 0, 1, 1, 0])
PROBABILITIES = np.array(
    [[0.9, 0.1, 0], [0.8, 0.2, 0], [0.3, 0.7, 0], [0.1, 0.9, 0], [0.95, 0.05, 0], [0.6, 0.4, 0]], np.float32
)


def test_confusion_precision_and_recall():
    found = evaluation(LABELS, TRUTH, PROBABILITIES)
    assert found["confusion"] == [[3, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert (found["pictures"], found["right"], found["accuracy"]) == (6, 4, pytest.approx(4 / 6))
    assert found["classes"]["a"] == {"pictures": 4, "precision": 0.75, "recall": 0.75}
    assert found["classes"]["c"] == {"pictures": 0, "precision": None, "recall": None}


def test_the_interval_is_wilsons():
    # Agresti and Coull (1998): 0 of 20 gives 0 to 0.161
    assert wilson(0, 20) == pytest.approx([0, 0.1611], abs=1e-4)
    assert wilson(20, 20) == pytest.approx([1 - 0.1611, 1], abs=1e-4)
    low, high = wilson(50, 100)
    assert (low + high) / 2 == pytest.approx(0.5)


def test_calibration_is_the_distance_of_confidence_and_accuracy():
    assert calibration_error(np.full(10, 0.8), np.arange(10) < 8) == pytest.approx(0, abs=1e-9)
    assert calibration_error(np.full(10, 1.0), np.arange(10) < 6) == pytest.approx(0.4)
    # Two bins, three quarters and a quarter of the pictures
    confidence = np.array([0.9, 0.9, 0.9, 0.5])
    assert calibration_error(confidence, np.array([True, True, False, True])) == pytest.approx(
        0.75 * (0.9 - 2 / 3) + 0.25 * 0.5
    )


def test_what_a_perfectly_calibrated_classifier_shows_stands_beside_the_error():
    # 1101 images, right as often as the classifier says: the error is chance alone, and never below 0
    chance = np.random.default_rng(7)
    confidence = chance.uniform(0.3, 1, 1101)
    seen = [calibration_error(confidence, chance.random(1101) < confidence) for _ in range(300)]
    mean, most = if_perfect(confidence)
    assert mean == pytest.approx(np.mean(seen), abs=0.001) and mean > 0.03
    assert np.mean(np.array(seen) < most) == pytest.approx(0.95, abs=0.04)
    assert if_perfect(confidence) == (mean, most)
    # Ten times as many images leave a third of it; a classifier that is always sure leaves nothing to chance
    assert if_perfect(np.repeat(confidence, 10))[0] == pytest.approx(mean / np.sqrt(10), rel=0.1)
    assert if_perfect(np.ones(50)) == (0, 0)


def test_the_card_says_what_chance_makes_of_the_calibration_error():
    found = evaluation(LABELS, TRUTH, PROBABILITIES)
    mean, most = found["calibration_if_perfect"]
    told = evaluation_parts(found)[0]
    assert f"Calibration error {found['calibration_error']:.4f}; a perfectly calibrated classifier" in told
    assert f"shows {mean:.4f} on as many images (mean; below {most:.4f} in 95 % of cases)." in told
    # What an earlier version wrote has no such number
    del found["calibration_if_perfect"]
    assert evaluation_parts(found)[0].endswith(f"Calibration error {found['calibration_error']:.4f}.")


def test_the_most_confident_mistakes_come_first():
    names = [f"{number}.png" for number in range(6)]
    found = most_confident_mistakes(names, LABELS, TRUTH, PROBABILITIES)
    assert [(entry["picture"], entry["is"], entry["taken_for"]) for entry in found] == [
        ("4.png", "b", "a"),
        ("2.png", "a", "b"),
    ]
    assert len(most_confident_mistakes(names, LABELS, TRUTH, PROBABILITIES, count=1)) == 1
