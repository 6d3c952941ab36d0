"""Fine-tuned weights put into the source network: of one full fine-tune, each candidate's weights are grafted.

The fast-flex search of "A Flexible Selection Scheme for Minimum-Effort Transfer Learning" (Flex-tuning; Royer and
Lampert, WACV 2020). There source and target share their classes, so one classifier serves both networks. Here they
share none, and the head of the full fine-tune expects features that only the fully fine-tuned network makes. So every
candidate gets a head that fits it: a linear classifier on its features, brought into a vector as the study's head does
it and solved in closed form, which costs less than the forward pass. The score with the fully fine-tuned head is given
beside it, to see what the pairing is worth.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..backbones.pixels import Transform
from ..files.layers import LayerTable
from ..known_keras import keras
from ..ridge import ridge_guesses
from ..training.features import FeatureCache, compute_features
from ..training.prefix import above_cut, choose_cut
from ..training.proxy import Stopwatch, train_with_head, weighted_layers
from ..training.scratch import scratch_folder
from . import ProxyScores, Scorer, Task

LOOKS_AT = "validation"

_BATCH = 32
# Tracing a part of the network anew costs about as much as the pass over it: few starting points serve all candidates
_STARTS = 8

_POOLING = {
    "flatten": lambda features: features.reshape(len(features), -1),
    "average": lambda features: features.mean(axis=tuple(range(1, features.ndim - 1))),
    "max": lambda features: features.max(axis=tuple(range(1, features.ndim - 1))),
    "token": lambda features: features[:, 0],
}

Weights = Mapping[int, Sequence[np.ndarray]]
Layers = tuple[int, ...]


@dataclass(frozen=True)
class GraftScore:
    """What a grafted network achieves on the validation part.

    Attributes:
        accuracy: share classified rightly with the head that was fitted to it; None if its features are no numbers.
        tuned_head_accuracy: the same with the head of the full fine-tune.
        penalty: the fitted head's ridge penalty, as a multiple of the features' mean squared singular value.
    """

    accuracy: float | None
    tuned_head_accuracy: float | None
    penalty: float | None


class Method(Scorer):
    """Scores by the accuracy of the source network with each candidate's fine-tuned weights in it."""

    def score(self, task: Task) -> ProxyScores:
        """Train everything once (Baseline II of the search) and score each candidate's graft.

        Args:
            task: the candidates and what scores them; those that unfreeze the same layers are scored once. The
                network's weights are the same afterwards, bit for bit.

        Raises:
            BlocktuneError: the full fine-tune diverged.
        """
        backbone, table = task.backbone, task.table
        watch = Stopwatch()
        everything = weighted_layers(table)
        source = layer_weights(backbone, everything)
        try:
            trained = train_with_head(task.spec, everything, backbone, table, task.images, task.part, task.memory_gb)
            tuned = layer_weights(backbone, everything)
        finally:
            put_weights(backbone, source)
        layers = list(dict.fromkeys(candidate.layers for candidate in task.candidates))
        found = score_grafts(task, tuned, layers, trained.head)
        return ProxyScores(
            scores={mine: score.accuracy for mine, score in found.items()},
            details={
                "tuned_accuracy": trained.epochs[-1].val_accuracy,
                "grafts": [{"layers": list(mine), **vars(score)} for mine, score in found.items()],
            },
            cpu_seconds=watch.seconds,
            epochs=len(trained.epochs),
        )


def score_grafts(task: Task, tuned: Weights, grafts: Collection[Layers], head: keras.Model) -> dict[Layers, GraftScore]:
    """Score the source network with each set of fine-tuned layers in it.

    Below its first fine-tuned layer a graft is the source network. Its features there are computed once for all grafts
    that start from the same cut, and continue from the cut before: grafts are taken in the order of their depth.

    Args:
        task: what scores grafts: heads are fitted on `part.train`, grafts scored on `part.validation`. The network's
            weights are the same afterwards, bit for bit.
        tuned: all variables of each layer, BatchNormalization's statistics included, by the layer's index.
        grafts: sets of layers, ascending indices; the empty one is the source network itself.
        head: the head of the full fine-tune, for the comparison.
    """
    backbone, images, transform = task.backbone, task.images, task.transform
    rows = np.concatenate([task.part.train, task.part.validation])
    labels, count = images.labels[rows], len(task.part.train)
    pool = _POOLING[task.spec.head["pooling"]]
    scores: dict[Layers, GraftScore] = {}
    with scratch_folder() as folder:
        cache = FeatureCache(folder)
        for start, group in _by_start(task.table, grafts, len(rows), task.memory_gb):
            if start is None:
                values, places, prepare = images.images, rows, transform
            else:
                values = compute_features(backbone, start, images.images, rows, transform, cache)
                places, prepare = np.arange(len(rows)), None
            above = above_cut(backbone, start)
            for layers in group:
                with grafted(backbone, tuned, layers):
                    vectors, guesses = _forward(above, head, values, places, prepare, pool)
                scores[layers] = _score(vectors, guesses, labels, count)
    return {layers: scores[layers] for layers in grafts}


@contextmanager
def grafted(backbone: keras.Model, tuned: Weights, layers: Iterable[int]) -> Iterator[None]:
    """Put fine-tuned weights into some layers for as long as the context lasts; restores the old ones bit for bit."""
    before = layer_weights(backbone, layers)
    try:
        put_weights(backbone, {index: tuned[index] for index in before})
        yield
    finally:
        put_weights(backbone, before)


def layer_weights(backbone: keras.Model, layers: Iterable[int]) -> dict[int, list[np.ndarray]]:
    """Return copies of all variables of the layers at the given indices."""
    return {index: [np.array(weight.numpy()) for weight in backbone.layers[index].weights] for index in layers}


def put_weights(backbone: keras.Model, weights: Weights) -> None:
    """Give the layers at the given indices these weights, exactly."""
    for index, values in weights.items():
        for weight, value in zip(backbone.layers[index].weights, values, strict=True):
            weight.assign(value)


def _by_start(
    table: LayerTable, grafts: Collection[Layers], images: int, memory_gb: float
) -> Iterator[tuple[int | None, list[Layers]]]:
    """Grafts by the cut that they are computed from (None: pixels), in the order of depth."""
    cuts = {layers: choose_cut(table, layers, images, memory_gb) for layers in grafts}
    # The input layer stands for pixels
    places = sorted({cut or 0 for cut in cuts.values()})
    starts = places[:: -(-len(places) // _STARTS)] if places else []
    for start, end in zip(starts, [*starts[1:], len(table.layers)], strict=True):
        yield start or None, [layers for layers, cut in cuts.items() if start <= (cut or 0) < end]


def _forward(
    above: keras.Model | None,
    head: keras.Model,
    values: np.ndarray,
    places: np.ndarray,
    transform: Transform | None,
    pool: Callable[[np.ndarray], np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Features as vectors float32 (n, ...), and the classes that the given head guesses (n,)."""
    vectors, guesses = [], []
    for begin in range(0, len(places), _BATCH):
        chunk = values[places[begin : begin + _BATCH]]
        chunk = chunk if transform is None else transform(chunk)
        features = chunk if above is None else np.asarray(above.predict_on_batch(chunk))
        vectors.append(pool(features))
        guesses.append(np.argmax(head.predict_on_batch(features), axis=-1))
    return np.concatenate(vectors), np.concatenate(guesses)


def _score(vectors: np.ndarray, guesses: np.ndarray, labels: np.ndarray, count: int) -> GraftScore:
    """Score one graft: the first `count` images are the training part, the others the validation part."""
    if not np.isfinite(vectors).all():
        return GraftScore(None, None, None)
    fitted, penalty = ridge_guesses(vectors[:count], labels[:count], vectors[count:])
    return GraftScore(
        accuracy=float(np.mean(fitted == labels[count:])),
        tuned_head_accuracy=float(np.mean(guesses[count:] == labels[count:])),
        penalty=penalty,
    )
