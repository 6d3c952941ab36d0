"""Relative gradient norms: how strongly the target task pulls at each layer, seen before anything is fine-tuned.

Auto-RGN of "Surgical Fine-Tuning Improves Adaptation to Distribution Shifts" (Lee et al., ICLR 2023) scales learning
rates by it; here it ranks candidates. What differs from the authors' published code: a number per Keras layer (kernel,
bias, gamma and beta together) instead of per tensor, BatchNormalization counted like any other layer because it is a
candidate like any other, and the norm of the mean gradient instead of the mean norm of the batches' gradients, which at
small batches measures mostly noise (the latter is returned beside it).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import BlocktuneError
from ..known_keras import keras
from ..training.feed import Feed
from ..training.freeze import unfreeze_only
from ..training.proxy import Stopwatch, train_with_head
from ..training.train import batch_norm_of
from . import ProxyScores, Scorer, Task

LOOKS_AT = "training"

# Weights whose root mean square is smaller count as this large: betas begin at zero, and nothing can be relative to it
_SMALLEST_RMS = 1e-3

Batch = tuple[np.ndarray, np.ndarray]
Gradient = Callable[[np.ndarray, np.ndarray], list[np.ndarray]]


@dataclass(frozen=True)
class LayerGradients:
    """Relative gradient norms, no unit.

    Attributes:
        relative: by index of each layer with weights, norm of the mean gradient over norm of the weights.
        by_batch: the same with the mean of the batches' norms, as the authors' code has it.
        images: how many images were looked at.
    """

    relative: dict[int, float]
    by_batch: dict[int, float]
    images: int


class Method(Scorer):
    """Scores by the summed relative gradient norm of a candidate's layers."""

    def score(self, task: Task, batches: int = 8, batch_size: int = 32) -> ProxyScores:
        """Return the scores.

        First the head alone is trained, as Baseline I for all of the specification's epochs: behind a random head the
        gradient only says where the random head happens to push. Baseline I is cheap, because the features of the
        whole backbone are computed once.

        Args:
            task: the candidates and what scores them; the network's weights are the same afterwards, and everything is
                trainable. Gradients are taken on `part.train` alone.
            batches: how many batches are looked at, at most one pass over the part.
            batch_size: images per batch.

        Raises:
            BlocktuneError: Baseline I diverged, or Keras' backend is none that gradients are written for.
        """
        spec, backbone, images, part = task.spec, task.backbone, task.images, task.part
        watch = Stopwatch()
        trained = train_with_head(spec, (), backbone, task.table, images, part, task.memory_gb)
        feed = Feed(images.images, part.train, images.labels[part.train], batch_size, task.transform, spec.seed)
        looked_at = (feed[place] for place in range(min(batches, len(feed))))
        found = layer_gradients(backbone, trained.head, looked_at, batch_norm_of(spec))
        names = {index: task.table.layers[index].name for index in found.relative}
        return ProxyScores(
            # A layer that no gradient moves adds nothing
            scores={
                one.layers: float(sum(found.relative.get(index, 0.0) for index in one.layers))
                for one in task.candidates
            },
            details={
                "images": found.images,
                "layers": [
                    {"layer": index, "name": names[index], "relative": value, "by_batch": found.by_batch[index]}
                    for index, value in found.relative.items()
                ],
            },
            cpu_seconds=watch.seconds,
            epochs=len(trained.epochs),
        )


def layer_gradients(
    backbone: keras.Model, head: keras.Model, batches: Iterable[Batch], batch_norm: str = "layer"
) -> LayerGradients:
    """Return the relative gradient norm of each layer with trainable weights.

    The forward pass is that of inference: no dropout, BatchNormalization on its stored statistics. These are the
    conditions under which the head was fitted, and statistics of a batch would make a layer's gradient depend on its
    neighbours in the batch. No weight changes; every layer of the backbone is made trainable.

    Args:
        backbone: the network with its pre-trained weights.
        head: a head that fits it, from its output to class probabilities.
        batches: (inputs float32 (n, H, W, 3) as the network takes them, labels int64 (n,)); batches may differ in n.
        batch_norm: `training.batch_norm`; with `adapt` BatchNormalization layers have no gradient, and are left out.

    Raises:
        BlocktuneError: Keras' backend is none that gradients are written for.
    """
    unfreeze_only(backbone, range(len(backbone.layers)), batch_norm)
    owners = [(index, weight) for index, layer in enumerate(backbone.layers) for weight in layer.trainable_weights]
    model = keras.Model(backbone.input, head(backbone.output), name="gradient")
    gradient = cross_entropy_gradient(model, [weight for _, weight in owners])
    sums = [np.zeros(weight.shape, np.float64) for _, weight in owners]
    norms: dict[int, float] = dict.fromkeys((index for index, _ in owners), 0.0)
    count = 0
    for inputs, labels in batches:
        gradients = gradient(inputs, labels)
        for total, found in zip(sums, gradients, strict=True):
            total += len(labels) * found.astype(np.float64)
        for index, norm in _norms(owners, gradients).items():
            norms[index] += len(labels) * norm
        count += len(labels)
    sizes = _sizes(owners)
    means = _norms(owners, [total / count for total in sums])
    return LayerGradients(
        relative={index: means[index] / sizes[index] for index in sizes},
        by_batch={index: norms[index] / count / sizes[index] for index in sizes},
        images=count,
    )


def _norms(owners: Sequence[tuple[int, Any]], values: Sequence[np.ndarray]) -> dict[int, float]:
    """Euclidean norm by layer over all of its tensors."""
    squares: dict[int, float] = {}
    for (index, _), value in zip(owners, values, strict=True):
        squares[index] = squares.get(index, 0.0) + float(np.sum(np.square(value, dtype=np.float64)))
    return {index: float(np.sqrt(square)) for index, square in squares.items()}


def _sizes(owners: Sequence[tuple[int, Any]]) -> dict[int, float]:
    """Norm of each layer's weights, never below that of weights of the smallest root mean square."""
    norms = _norms(owners, [np.asarray(weight.numpy()) for _, weight in owners])
    elements: dict[int, int] = {}
    for index, weight in owners:
        elements[index] = elements.get(index, 0) + int(np.prod(weight.shape))
    return {index: max(norm, _SMALLEST_RMS * elements[index] ** 0.5) for index, norm in norms.items()}


def cross_entropy_gradient(model: keras.Model, weights: Sequence[Any]) -> Gradient:
    """Return the function from a batch to the gradients of its mean cross-entropy, in inference mode.

    Keras has no gradient of its own that all backends share: this is the one place that knows the backend.

    Args:
        model: from inputs to class probabilities.
        weights: trainable weights of the model; the gradients come in their order and shapes.

    Raises:
        BlocktuneError: the backend is neither tensorflow nor jax.
    """
    makers = {"tensorflow": _tensorflow_gradient, "jax": _jax_gradient}
    backend = keras.backend.backend()
    if backend not in makers:
        raise BlocktuneError(
            f"search.method gradient works on Keras' backends {', '.join(makers)}, but KERAS_BACKEND is {backend}"
        )
    return makers[backend](model, weights)


def _loss(labels: Any, probabilities: Any) -> Any:
    return keras.ops.mean(keras.losses.sparse_categorical_crossentropy(labels, probabilities))


def _tensorflow_gradient(model: keras.Model, weights: Sequence[Any]) -> Gradient:
    import tensorflow as tf

    watched = [weight.value for weight in weights]

    @tf.function(reduce_retracing=True)
    def gradient(inputs: Any, labels: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(watched)
            loss = _loss(labels, model(inputs, training=False))
        return tape.gradient(loss, watched, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return lambda inputs, labels: [
        found.numpy() for found in gradient(tf.convert_to_tensor(inputs), tf.convert_to_tensor(labels))
    ]


def _jax_gradient(model: keras.Model, weights: Sequence[Any]) -> Gradient:
    import jax

    trainable = model.trainable_variables
    places = {id(variable): place for place, variable in enumerate(trainable)}
    chosen = [places[id(weight)] for weight in weights]
    others = [variable.value for variable in model.non_trainable_variables]

    def loss(values: list[Any], inputs: Any, labels: Any) -> Any:
        probabilities, _ = model.stateless_call(values, others, inputs, training=False)
        return _loss(labels, probabilities)

    gradient = jax.jit(jax.grad(loss))

    def compute(inputs: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        found = gradient([variable.value for variable in trainable], inputs, labels)
        return [np.asarray(found[place]) for place in chosen]

    return compute
