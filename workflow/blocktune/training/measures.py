"""What fine-tuning changed in a backbone: its weights, BatchNormalization's statistics, and what its layers say.

The measures of weights take the *learned* weights of a layer (kernel, bias, gamma, beta) together, as one vector: what
an optimizer may move. BatchNormalization's moving statistics, which follow the images, have numbers of their own.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from ..files.measures import LayerChange
from ..known_keras import keras
from .freeze import FrozenWeightsChangedError

LEAST_IMAGES = 4
"""With fewer, the alignment of features has no unbiased estimate."""

# What is left of constant features after centring is rounding
_CONSTANT = 1e-12


class Before:
    """A copy of a backbone's weights, to compare with after training.

    Attributes:
        layers: by index of each layer that has weights, those weights in Keras' order.
    """

    def __init__(self, backbone: keras.Model) -> None:
        self.layers = {index: _values(layer.weights) for index, layer in enumerate(backbone.layers) if layer.weights}


def weight_changes(before: Before, backbone: keras.Model, unfrozen: Collection[int]) -> list[LayerChange]:
    """Return how far each layer with learned weights has moved.

    Args:
        before: the pre-trained weights of the same backbone.
        backbone: after training.
        unfrozen: indices of the layers that trained.

    Returns:
        One per layer, in their order:
            relative_change: ||w1 - w0|| / ||w0|| over all learned weights of the layer; None if they were all zero.
            cosine: of the angle between w0 and w1; None if either is all zero.
            bn_mean_shift: mean over channels of |moving mean after - before|, in standard deviations of before (with
                the layer's epsilon, as it normalises); None for other layers.
            bn_variance_shift: mean over channels of |log(moving variance after / before)|, both with the layer's
                epsilon; None for other layers.
        What does not change is exactly 0, its cosine exactly 1. What is no finite number (a run that diverged) is None.

    Raises:
        FrozenWeightsChangedError: a layer that is not in `unfrozen` changed.
    """
    records: list[LayerChange] = []
    for index, layer in enumerate(backbone.layers):
        learned = _learned(layer)
        if not any(learned):
            continue
        old, new = before.layers[index], _values(layer.weights)
        same = all(np.array_equal(one, other) for one, other in zip(old, new, strict=True))
        if index not in unfrozen and not same:
            raise FrozenWeightsChangedError(f"frozen layers changed in training: {layer.name}")
        relative, cosine = _distance(_vector(old, learned), _vector(new, learned))
        mean_shift, variance_shift = _statistics(layer, old, new)
        records.append(
            {
                "layer": index,
                "name": layer.name,
                "unfrozen": index in unfrozen,
                "relative_change": relative,
                "cosine": cosine,
                "bn_mean_shift": mean_shift,
                "bn_variance_shift": variance_shift,
            }
        )
    return records


def linear_cka(x: np.ndarray, y: np.ndarray) -> float:
    """Return the linear centred kernel alignment of two sets of features: 1 is the same, 0 nothing in common.

    Kornblith et al., "Similarity of Neural Network Representations Revisited", ICML 2019, with the unbiased estimate of
    HSIC (Song et al., "Feature Selection via Dependence Maximization", JMLR 2012; for this use Nguyen et al.,
    "Do Wide and Deep Networks Learn the Same Things?", ICLR 2021). The plain estimate says 0.8 of independent
    features with four times as many channels as images; this one is 0 on an average, so it may fall a little below. It
    does not change when features are turned, shifted or all scaled alike.

    Args:
        x: float (N, features), N at least 4.
        y: float (N, features), of the same images; it may have another number of features.

    Returns:
        Computed in float64. NaN if either is constant over the images, or not finite.

    Raises:
        ValueError: they are not of the same images, or too few.
    """
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or len(x) < LEAST_IMAGES:
        raise ValueError(f"features of the same {LEAST_IMAGES} or more images are needed, got {x.shape} and {y.shape}")
    x, y = _centred(x), _centred(y)
    if x is None or y is None:
        return float("nan")
    own, other = _without_own(x @ x.T), _without_own(y @ y.T)
    scale = np.sqrt(_hsic(own, own) * _hsic(other, other))
    return float(np.clip(_hsic(own, other) / scale, -1, 1)) if scale > 0 else float("nan")


def _without_own(kernel: np.ndarray) -> np.ndarray:
    """A kernel without what an image has in common with itself, which is where the bias comes from."""
    np.fill_diagonal(kernel, 0)
    return kernel


def _hsic(one: np.ndarray, other: np.ndarray) -> float:
    """The unbiased estimate of HSIC, times N (N - 3), from kernels (N, N) whose diagonals are 0."""
    count = len(one)
    sums, others = one.sum(axis=0), other.sum(axis=0)
    together = sums.sum() * others.sum() / ((count - 1) * (count - 2))
    return float(np.sum(one * other) + together - 2 / (count - 2) * (sums @ others))


def cka_by_layer(
    pretrained: keras.Model, tuned: keras.Model, layers: Sequence[int], inputs: np.ndarray, batch_size: int = 32
) -> list[float | None]:
    """Return how alike the outputs of layers are before and after fine-tuning, on the same images.

    Outputs are averaged over positions, so a layer gives one number per channel. Both networks run in inference mode.

    Args:
        pretrained: the backbone with its pre-trained weights.
        tuned: a backbone of the same architecture with fine-tuned weights.
        layers: indices into the layers of both.
        inputs: float32 (N, H, W, 3) as the networks take it; a few hundred images are enough, and all layers'
            averages of them are held in memory.
        batch_size: images per step; it bounds the memory for whole outputs.

    Returns:
        Linear CKA by layer, in the order of `layers`; None where a layer says the same of every image, and
        everywhere with fewer than four of them.
    """
    if len(inputs) < LEAST_IMAGES:
        return [None] * len(layers)
    pairs = zip(
        _averages(pretrained, layers, inputs, batch_size), _averages(tuned, layers, inputs, batch_size), strict=True
    )
    return [_finite(linear_cka(before, after)) for before, after in pairs]


def _values(weights: Sequence[Any]) -> list[np.ndarray]:
    return [np.array(weight.numpy()) for weight in weights]


def _learned(layer: keras.Layer) -> list[bool]:
    """For each weight of a layer, whether an optimizer may move it, whatever is frozen at the moment."""
    if isinstance(layer, keras.layers.Normalization):
        return [False] * len(layer.weights)  # statistics of ImageNet, which some networks begin with
    state = {id(weight) for weight in _moving(layer)}
    return [id(weight) not in state for weight in layer.weights]


def _moving(layer: keras.Layer) -> tuple[Any, ...]:
    is_norm = isinstance(layer, keras.layers.BatchNormalization)
    return (layer.moving_mean, layer.moving_variance) if is_norm else ()


def _vector(values: Sequence[np.ndarray], chosen: Sequence[bool]) -> np.ndarray:
    return np.concatenate([value.ravel() for value, take in zip(values, chosen, strict=True) if take], dtype=np.float64)


def _distance(old: np.ndarray, new: np.ndarray) -> tuple[float | None, float | None]:
    """Relative change and cosine."""
    before, after = np.linalg.norm(old), np.linalg.norm(new)
    if np.array_equal(old, new):
        return 0.0, 1.0 if before else None
    relative = _finite(np.linalg.norm(new - old) / before) if before else None
    cosine = _finite(np.clip(old @ new / (before * after), -1, 1)) if before and after else None
    return relative, cosine


def _statistics(
    layer: keras.Layer, old: Sequence[np.ndarray], new: Sequence[np.ndarray]
) -> tuple[float | None, float | None]:
    """Shift of the moving mean and of the moving variance."""
    moving = _moving(layer)
    if not moving:
        return None, None
    places = {id(weight): place for place, weight in enumerate(layer.weights)}
    mean, variance = (places[id(weight)] for weight in moving)
    before, after = (np.float64(values[variance]) + layer.epsilon for values in (old, new))
    shift = np.abs(np.float64(new[mean]) - old[mean]) / np.sqrt(before)
    return _finite(shift.mean()), _finite(np.abs(np.log(after / before)).mean())


def _centred(features: np.ndarray) -> np.ndarray | None:
    """Features without their mean, None if nothing but rounding is left, or something is not finite."""
    features = features.astype(np.float64)
    if not np.isfinite(features).all():
        return None
    centred = features - features.mean(axis=0)
    return centred if np.linalg.norm(centred) > _CONSTANT * np.linalg.norm(features) else None


def _averages(model: keras.Model, layers: Sequence[int], inputs: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Yield float32 (N, channels) for each layer. One pass for all of them; averaging inside it keeps it small."""
    # By name: of a list of one Keras gives back no list
    pooled = {str(place): _pooled(model.layers[index].output) for place, index in enumerate(layers)}
    if not pooled:
        return
    every = keras.Model(model.input, pooled)
    starts = range(0, len(inputs), batch_size)
    batches = [every.predict_on_batch(inputs[start : start + batch_size]) for start in starts]
    for name in pooled:
        yield np.concatenate([np.asarray(batch[name]) for batch in batches])


def _pooled(output: Any) -> Any:
    positions = tuple(range(1, len(output.shape) - 1))
    return keras.ops.mean(output, axis=positions) if positions else output


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
