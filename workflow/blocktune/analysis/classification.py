"""How well a classifier does on labelled pictures: confusion, per-class figures, calibration."""

import math
from collections.abc import Sequence

import numpy as np

from ..files.model import Evaluation, Mistake
from ..runs.calibration import calibration_error, if_perfect

NORMAL_95 = 1.959964
"""Standard errors to either side that hold 95 % of a normal distribution."""


def evaluation(labels: Sequence[str], truth: np.ndarray, probabilities: np.ndarray) -> Evaluation:
    """Return what a classifier's probabilities are worth.

    Args:
        labels: names of the classes.
        truth: class of each picture, int (N,).
        probabilities: (N, classes).
    """
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    classes = len(labels)
    confusion = np.bincount(truth * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    right = int((predicted == truth).sum())
    return {
        "pictures": len(truth),
        "right": right,
        "accuracy": right / len(truth),
        "interval": wilson(right, len(truth)),
        "labels": list(labels),
        "confusion": confusion.tolist(),
        "classes": {
            label: {
                "pictures": int(confusion[place].sum()),
                "precision": _share(confusion[place, place], confusion[:, place].sum()),
                "recall": _share(confusion[place, place], confusion[place].sum()),
            }
            for place, label in enumerate(labels)
        },
        "calibration_error": calibration_error(confidence, predicted == truth),
        "calibration_if_perfect": list(if_perfect(confidence)),
    }


def wilson(right: int, count: int) -> list[float]:
    """Return the 95 % interval of a share (Wilson's score interval)."""
    share, z = right / count, NORMAL_95
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return [max(0.0, middle - reach), min(1.0, middle + reach)]


def most_confident_mistakes(
    names: Sequence[str],
    labels: Sequence[str],
    truth: np.ndarray,
    probabilities: np.ndarray,
    rows: np.ndarray | None = None,
    count: int = 10,
) -> list[Mistake]:
    """Return the pictures that are wrong with the highest probability, worst first.

    Args:
        names: of the pictures.
        labels: names of the classes.
        truth: class of each picture, int (N,).
        probabilities: (N, classes).
        rows: each picture's row among the prepared ones, if they are; told as `row`.
        count: how many at most.
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != truth)
    worst = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:count]
    return [
        ({} if rows is None else {"row": int(rows[place])})
        | {
            "picture": names[place],
            "is": labels[truth[place]],
            "taken_for": labels[predicted[place]],
            "probability": float(probabilities[place].max()),
        }
        for place in worst
    ]


MOST_CLASSES = 40
"""A confusion matrix of more classes can't be read; what is confused most often can."""


def confused(labels: Sequence[str], confusion: Sequence[Sequence[int]]) -> list[tuple[str, str, int]]:
    """Return what is taken for what most often: class, class that it is taken for, pictures; at most 40 rows."""
    counts = np.array(confusion)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:40]
    found = [divmod(int(place), len(labels)) for place in order]
    return [(labels[row], labels[column], int(counts[row, column])) for row, column in found if counts[row, column]]


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
