"""The linear probe: multinomial logistic regression on the frozen backbone's features, as the weights of one layer."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

from ..backbones.pixels import pixel_transform
from ..errors import BlocktuneError
from ..files.spec import RunSpec
from ..known_keras import keras
from ..runs.spec import rows_digest
from .assemble import ImageSet
from .features import FeatureCache
from .head import pooling

FOLDS = 5
"""Of the cross-validation; as many as the smallest class has images, if that is less."""

# Inverse penalties that are tried, the strongest penalty first
_STRENGTHS = np.logspace(-5, 2, 15)
_BATCH = 64
_COLUMNS = 4096
_MOST_ITERATIONS = 2000


@dataclass(frozen=True)
class Probe:
    """A fitted probe.

    Attributes:
        kernel: float32 (features, classes), of a Dense layer with softmax; the standardisation is folded in.
        bias: float32 (classes,).
        strength: inverse penalty that cross-validation chose (scikit-learn's C, on standardised features).
        folds: of the cross-validation.
    """

    kernel: np.ndarray
    bias: np.ndarray
    strength: float
    folds: int


def pooled_features(spec: RunSpec, backbone: keras.Model, images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the backbone's output for some images, pooled as the head pools it, float32 (len(rows), features).

    Computed from pixels, in batches of one size and without dropout, so that the numbers depend neither on the memory
    for features nor on what trains. Images are not changed at random.

    Args:
        spec: gives the pixels' range and the pooling.
        backbone: the network with its pre-trained weights.
        images: uint8 (N, H, W, 3).
        rows: which images.
    """
    transform = pixel_transform(spec.backbone["name"], spec.pixel_range, spec.backbone.get("native"))
    pooled = pooling(spec.head["pooling"], backbone.output_shape[1:])
    model = keras.Model(backbone.input, pooled(backbone.output))
    batches = (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))
    return np.concatenate([np.asarray(model.predict_on_batch(transform(images[batch]))) for batch in batches])


def folds_of(labels: np.ndarray, classes: int) -> int:
    """Return how many folds the cross-validation has.

    Raises:
        BlocktuneError: a class has less than two images.
    """
    sizes = np.bincount(labels, minlength=classes)
    if sizes.min() < 2:
        raise BlocktuneError(
            "the linear probe's penalty is chosen by cross-validation, which needs 2 images of each class to "
            f"train on; class number {sizes.argmin()} has {sizes.min()}"
        )
    return min(FOLDS, int(sizes.min()))


def fit_probe(features: np.ndarray, labels: np.ndarray, classes: int) -> Probe:
    """Fit a logistic regression to standardised features; the penalty has the least cross-entropy in cross-validation.

    Deterministic: the folds have a fixed seed, whatever the run's.

    Args:
        features: (N, features), finite.
        labels: classes from 0, (N,).
        classes: how many.

    Raises:
        BlocktuneError: a class has less than two images.
    """
    folds = folds_of(labels, classes)
    middle, spread = _moments(features)
    values, turned = _few_columns(features, middle, spread)
    strength = _best_strength(values, labels, folds)
    fitted = LogisticRegression(C=strength, max_iter=_MOST_ITERATIONS).fit(values, labels)
    weights, bias = fitted.coef_, fitted.intercept_
    if classes == 2:
        # Of two classes scikit-learn has one vector: that of their difference
        weights, bias = np.concatenate([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
    kernel = weights.T
    if turned is not None:
        kernel = np.concatenate([part.T @ (turned @ kernel) for part in _standardised(features, middle, spread)])
    kernel = kernel / spread[:, None]
    return Probe(kernel.astype(np.float32), (bias - middle @ kernel).astype(np.float32), float(strength), folds)


def _moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of every feature, float64; infinite for one that never moves: it says nothing."""
    places = range(0, features.shape[1], _COLUMNS)
    parts = [features[:, start : start + _COLUMNS] for start in places]
    middle = np.concatenate([part.mean(axis=0, dtype=np.float64) for part in parts])
    spread = np.concatenate([part.std(axis=0, dtype=np.float64) for part in parts])
    # Dividing by rounding errors would make noise of it
    return middle, np.where(spread > 1e-7 * (1 + np.abs(middle)), spread, np.inf)


def _standardised(features: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> Iterator[np.ndarray]:
    """Some columns at a time, float64: all of them may not fit into memory."""
    for start in range(0, features.shape[1], _COLUMNS):
        part = slice(start, start + _COLUMNS)
        yield (features[:, part] - middle[part]) / spread[part]


def _few_columns(features: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the standardised features with no more columns than rows, and what turns weights of these columns back.

    The penalty is the same however the axes are turned, and weights outside the span of the rows would only cost.
    """
    if features.shape[1] <= len(features):
        return np.concatenate([*_standardised(features, middle, spread)], axis=1), None
    products = sum(part @ part.T for part in _standardised(features, middle, spread))
    squares, axes = np.linalg.eigh(products)
    if squares[-1] <= 0:
        # All images have the same features: only how many each class has is known
        return np.zeros((len(features), 1)), np.zeros((len(features), 1))
    kept = squares > 1e-10 * squares[-1]
    lengths, axes = np.sqrt(squares[kept]), axes[:, kept]
    return axes * lengths, axes / lengths


def _best_strength(values: np.ndarray, labels: np.ndarray, folds: int) -> float:
    """Return the inverse penalty with the least cross-entropy; weaker ones are tried until it rises."""
    splits = [*StratifiedKFold(folds, shuffle=True, random_state=0).split(values, labels)]
    models = [LogisticRegression(max_iter=_MOST_ITERATIONS, warm_start=True) for _ in splits]
    best, least = _STRENGTHS[0], np.inf
    for strength in _STRENGTHS:
        loss = 0.0
        for model, (known, held) in zip(models, splits, strict=True):
            model.set_params(C=strength).fit(values[known], labels[known])
            loss += len(held) * log_loss(labels[held], model.predict_proba(values[held]), labels=model.classes_)
        if loss >= least:
            break
        best, least = strength, loss
    return float(best)


def probe_of(
    spec: RunSpec, backbone: keras.Model, image_set: ImageSet, rows: np.ndarray, cache: FeatureCache | None = None
) -> Probe | None:
    """Return the probe of some images, fitted once a job; None if their features are no numbers.

    Args:
        spec: gives the pixels' range, the pooling and the classes.
        backbone: the network with its pre-trained weights.
        image_set: all of them.
        rows: what it is fitted to.
        cache: where the job keeps it; a job has one backbone and data set.

    Raises:
        BlocktuneError: a class has less than two images.
    """
    identity = hashlib.sha256(f"{rows_digest(rows)} {spec.head['pooling']}".encode()).hexdigest()[:16]
    file = cache and cache.folder / f"{identity}-probe.npz"
    if file and file.is_file():
        with np.load(file, allow_pickle=False) as kept:
            return Probe(kept["kernel"], kept["bias"], float(kept["strength"]), int(kept["folds"]))
    features = pooled_features(spec, backbone, image_set.images, rows)
    if not np.isfinite(features).all():
        return None
    found = fit_probe(features, image_set.labels[rows], spec.classes)
    if file:
        _keep(found, file)
    return found


def _keep(probe: Probe, file: Path) -> None:
    """Keep a probe for the job's next run; where there is no room, that one fits its own."""
    beside = file.with_name("new.npz")
    try:
        np.savez(beside, **vars(probe))
        beside.replace(file)
    except OSError:
        with suppress(OSError):
            beside.unlink()


def give_weights(head: keras.Model, probe: Probe) -> None:
    """Give a head without hidden layers the weights of a probe."""
    head.get_layer("head_classes").set_weights([probe.kernel, probe.bias])
