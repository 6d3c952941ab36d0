"""LogME of the frozen features below each candidate: how well a linear model explains the labels from where it begins.

"LogME: Practical Assessment of Pre-trained Models for Transfer Learning" (You et al., ICML 2021) ranks networks by the
evidence of a Bayesian linear regression on their features. Here it ranks candidates of one network: what a frozen layer
already says of the labels need not be tuned. So it scores the features that enter a candidate's lowest layer. Which
layers above that train it can't tell, and a rate neither: it is a control, as `prior` is.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from ..training.features import FeatureCache, compute_features
from ..training.prefix import choose_cut
from ..training.proxy import Stopwatch
from ..training.scratch import scratch_folder
from . import ProxyScores, Scorer, Task

LOOKS_AT = "training"

# The fixed point is reached within a few steps (You et al., "Ranking and Tuning Pre-trained Models", JMLR 2022)
_STEPS, _CLOSE, _SMALL = 50, 1e-6, 1e-12
_BATCH = 256


class Method(Scorer):
    """Scores by the evidence of the features below."""

    def score(self, task: Task) -> ProxyScores:
        """Return the LogME of the features that enter each candidate's lowest layer, of the training images alone."""
        watch = Stopwatch()
        rows, table = task.part.train, task.table
        cuts = {one.layers: choose_cut(table, one.layers, len(rows), task.memory_gb) for one in task.candidates}
        labels = task.images.labels[rows]
        depths = sorted(set(cuts.values()), key=lambda cut: -1 if cut is None else cut)
        values = {cut: logme(features, labels) for cut, features in _features(task, depths)}
        return ProxyScores(
            scores={layers: values[cut] for layers, cut in cuts.items()},
            details={"cuts": [{"layer": cut, "logme": values[cut]} for cut in values]},
            cpu_seconds=watch.seconds,
            epochs=0,
        )


def logme(features: np.ndarray, labels: np.ndarray) -> float | None:
    """Return the log evidence per image, a mean over classes, each against all others; higher is better.

    Args:
        features: (n, d).
        labels: (n,).

    Returns:
        None if the features are no numbers.
    """
    features = np.asarray(features, np.float64)
    if not np.isfinite(features).all():
        return None
    left, singular, _ = np.linalg.svd(features, full_matrices=False)
    classes = np.unique(labels)
    return float(np.mean([_evidence(left, singular**2, features.shape[1], labels == one) for one in classes]))


def _evidence(left: np.ndarray, sigma: np.ndarray, dimensions: int, target: np.ndarray) -> float:
    """Log evidence per image of y = F w + noise, with the precisions of w (alpha) and noise (beta) that maximise it."""
    count = len(target)
    inside = (left.T @ target.astype(float)) ** 2
    outside = max(float(target.sum() - inside.sum()), 0.0)

    def squares(ratio: float) -> tuple[float, float]:
        """Sums of squares of the weights and of the errors."""
        weights = float(np.sum(sigma * inside / (sigma + ratio) ** 2))
        return weights, float(np.sum(inside * (ratio / (sigma + ratio)) ** 2)) + outside

    alpha = beta = 1.0
    for _ in range(_STEPS):
        ratio = alpha / beta
        weights, error = squares(ratio)
        gamma = float(np.sum(sigma / (sigma + ratio)))
        # Features that are all zero have gamma 0; as many features as images may have gamma as large as these
        alpha = max(gamma, _SMALL) / (weights + _SMALL)
        beta = max(count - gamma, _SMALL) / (error + _SMALL)
        if abs(alpha / beta - ratio) <= _CLOSE * ratio:
            break
    weights, error = squares(alpha / beta)
    determinant = float(np.sum(np.log(alpha + beta * sigma))) + (dimensions - len(sigma)) * math.log(alpha)
    fit = dimensions * math.log(alpha) + count * math.log(beta) - beta * error - alpha * weights
    return (fit - determinant - count * math.log(2 * math.pi)) / (2 * count)


def _features(task: Task, cuts: Sequence[int | None]) -> Iterator[tuple[int | None, np.ndarray]]:
    """Yield each cut with its features, (n, channels); without a cut those are the pixels' means."""
    rows, images, transform = task.part.train, task.images.images, task.transform
    with scratch_folder() as folder:
        cache = FeatureCache(folder)
        for cut in cuts:
            if cut is None:
                # A few at a time: as numbers, all images take four times their memory and more
                parts = (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))
                yield cut, np.concatenate([_pooled(np.asarray(transform(images[part]))) for part in parts])
            else:
                yield cut, _pooled(compute_features(task.backbone, cut, images, rows, transform, cache))


def _pooled(features: np.ndarray) -> np.ndarray:
    """Mean over all positions, (n, channels)."""
    return features.mean(axis=tuple(range(1, features.ndim - 1)))
