"""How far a classifier's confidence can be believed."""

import numpy as np

_BINS = 15
_TIMES = 1000


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Return the mean distance of confidence and accuracy over 15 equal bins of confidence, weighted by images.

    Expected calibration error: Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017). It is never below 0,
    so with few images it lies above 0 for a perfectly calibrated classifier, too; see `if_perfect`.
    """
    return float(_errors(confidence, np.asarray(right)[None])[0])


def if_perfect(confidence: np.ndarray) -> tuple[float, float]:
    """Return the calibration error that chance alone gives a perfectly calibrated classifier on as many images.

    Each image is right with the probability that the classifier gave it, 1000 times with a fixed seed.

    Args:
        confidence: of each image, (N,).

    Returns:
        The mean, and what 95 % stay below.
    """
    chance = np.random.default_rng(0)
    found = [_errors(confidence, chance.random((100, len(confidence))) < confidence) for _ in range(_TIMES // 100)]
    errors = np.concatenate(found)
    return float(errors.mean()), float(np.quantile(errors, 0.95))


def _errors(confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Calibration errors of the same confidences (N,) with several outcomes (times, N)."""
    places = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    inside = places[:, None] == np.arange(_BINS)
    return np.abs((np.float64(confidence) - right) @ inside).sum(axis=1) / len(confidence)
