"""Temperature scaling: how sure a classifier had better be, in one number."""

import numpy as np

_LEAST = 1e-7
"""Probabilities count as at least this in a cross-entropy, as in Keras."""

# Natural logarithms of the temperatures that are tried: from a twentieth to twenty times
_RANGE = (-3.0, 3.0)


def scaled_losses(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the cross-entropy of each image at the temperature that suits all of them best, and that temperature.

    A network that is fine-tuned to the end is too sure of itself (temperature above 1), a linear probe is not. The
    plain cross-entropy punishes that more than mistakes, so it can prefer what is worse. Whoever compares classifiers
    by their loss has to set it aside (Guo et al., On Calibration of Modern Neural Networks, ICML 2017).

    Args:
        probabilities: softmax outputs, (N, classes).
        labels: the true classes, (N,).

    Returns:
        Losses float64 (N,); the temperature is one for all N images.
    """
    # Some other jobs' starts would pay for it in vain
    from scipy.optimize import minimize_scalar

    logits = np.log(np.maximum(probabilities.astype(np.float64), _LEAST))
    found = minimize_scalar(lambda power: _losses(logits, labels, power).mean(), bounds=_RANGE, method="bounded")
    return _losses(logits, labels, found.x), float(np.exp(found.x))


def cross_entropies(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the cross-entropy of each image, float64 (N,), from probabilities (N, classes) and labels (N,)."""
    chosen = np.maximum(probabilities[np.arange(len(labels)), labels], _LEAST)
    return -np.log(chosen.astype(np.float64))


def _losses(logits: np.ndarray, labels: np.ndarray, power: float) -> np.ndarray:
    scaled = logits / np.exp(power)
    scaled -= scaled.max(axis=1, keepdims=True)
    return np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(labels)), labels]
