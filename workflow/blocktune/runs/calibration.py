"""How far a classifier's confidence can be believed."""

import numpy as np

_BINS = 15


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Return the mean distance of confidence and accuracy over 15 equal bins of confidence, weighted by pictures.

    Expected calibration error: Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017).
    """
    places = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    total = 0.0
    for place in range(_BINS):
        inside = places == place
        if inside.any():
            total += abs(float(confidence[inside].mean()) - float(right[inside].mean())) * int(inside.sum())
    return total / len(confidence)
