"""A run that is a linear probe: fitted instead of trained, scored like every other run."""

import time
from typing import NamedTuple

import numpy as np

from ..files.history import Epoch
from ..files.record import Metrics
from ..files.spec import RunSpec
from ..known_keras import keras
from ..runs.history import metrics_of
from ..runs.spec import Part
from ..settings.head import Head
from .assemble import ImageSet
from .finished import Finished, facts
from .freeze import FrozenProof
from .head import build_head
from .probe import fit_probe, give_weights, pooled_features
from .record import test_score, validation_scores
from .temperature import cross_entropies


def fit_run(spec: RunSpec, backbone: keras.Model, image_set: ImageSet, part: Part) -> Finished:
    """Fit a probe and score it through the layer that is handed over.

    The history has one epoch: the fitted classifier, at a learning rate of 0, as no step was taken. A run whose
    features are no numbers has diverged.

    Args:
        spec: the run.
        backbone: the network with its pre-trained weights, which stay.
        image_set: all of them.
        part: the rows that it is fitted to and scored on.

    Raises:
        BlocktuneError: a class has less than two images to train on.
    """
    begun, processor = time.perf_counter(), time.process_time()
    proof = FrozenProof(backbone, ())
    head = build_head(backbone.output_shape[1:], spec.classes, Head(**spec.head), spec.seed)
    parts = {"train": part.train, "validation": part.validation, "test": part.test}
    rows = {name: chosen for name, chosen in parts.items() if chosen is not None}
    features = {name: pooled_features(spec, backbone, image_set.images, chosen) for name, chosen in rows.items()}
    labels = {name: image_set.labels[chosen] for name, chosen in rows.items()}
    finite = bool(np.isfinite(features["train"]).all())
    epochs: list[Epoch] = []
    more: Metrics = {"test": None} if "test" in rows else {}
    kept = None
    if finite:
        probe = fit_probe(features["train"], labels["train"], spec.classes)
        give_weights(head, probe)
        found = {name: _scored(head, features[name], labels[name]) for name in rows}
        epochs = [_epoch(found["train"], found["validation"])]
        if "test" in found:
            score = test_score(found["test"].right)
            more["test"] = {"last": score, "best": score}
        kept = validation_scores(found["validation"].probabilities, labels["validation"])
        more["probe"] = {"strength": probe.strength, "folds": probe.folds}
    proof.check()
    seconds = time.perf_counter() - begun
    return Finished(
        metrics=metrics_of(epochs, diverged=not finite)
        | more
        | {"parameters_backbone": 0, "parameters_trained": head.count_params()},
        history=Epoch.table(epochs),
        resources={
            "seconds_preparing": 0.0,
            "seconds_epochs": [seconds],
            "seconds": seconds,
            "cpu_seconds": time.process_time(),
            "cpu_seconds_epochs": [time.process_time() - processor],
            "cut": len(backbone.layers) - 1,
            **facts("scikit-learn"),
        },
        head=head,
        validation=kept,
    )


class _Scored(NamedTuple):
    """Of each image the probabilities (N, classes), whether it is classified rightly, bool (N,), and its loss (N,)."""

    probabilities: np.ndarray
    right: np.ndarray
    losses: np.ndarray

    @property
    def loss(self) -> float:
        return float(self.losses.mean())


def _scored(head: keras.Model, features: np.ndarray, labels: np.ndarray) -> _Scored:
    probabilities = np.asarray(head.get_layer("head_classes")(features))
    right = probabilities.argmax(axis=1) == labels
    return _Scored(probabilities, right, cross_entropies(probabilities, labels))


def _epoch(trained: _Scored, validated: _Scored) -> Epoch:
    accuracies = {"accuracy": float(trained.right.mean()), "val_accuracy": float(validated.right.mean())}
    return Epoch(epoch=1, loss=trained.loss, val_loss=validated.loss, **accuracies, learning_rate=0.0)
