"""One run: freeze, cut, compute the frozen part once, train the rest, prove, record."""

import platform
import resource
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import keras
import numpy as np

from ..backbones.pixels import pixel_transform
from ..candidates.table import LayerTable
from ..runs.history import history_csv, metrics_of
from ..runs.spec import Part, RunSpec
from ..settings.model import Head, Plateau
from .checkpoint import CheckpointFile, Resume
from .features import FeatureCache, Segment, compute_features
from .feed import Feed
from .freeze import FrozenProof, unfreeze_only
from .head import build_head
from .prefix import above_cut, choose_cut
from .record import Recorder, TestScore

# Scoring needs no small batches; the size is fixed because it moves the last digits of the loss
_VALIDATION_BATCH = 64


@dataclass(frozen=True)
class Photographs:
    """The prepared photographs: images uint8 (N, H, W, 3), a memory map; labels int64 (N,)."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Finished:
    """A finished or paused run: `metrics` and `history` are the same for the same seed and machine, `resources` not."""

    metrics: dict[str, Any]
    history: str
    resources: dict[str, Any]
    paused: bool = False


def train_run(
    spec: RunSpec,
    backbone: keras.Model,
    table: LayerTable,
    photographs: Photographs,
    part: Part,
    memory_gb: float,
    checkpoint: CheckpointFile | None = None,
    cache: FeatureCache | None = None,
    pause_after: int | None = None,
) -> Finished:
    """Train one candidate together with a new head.

    Args:
        spec: what to train.
        backbone: the network with its pre-trained weights; its weights are changed.
        table: its layer table.
        photographs: all of them.
        part: the rows that are trained on and scored.
        memory_gb: memory for the features of the frozen prefix in GB; 0 trains the whole network on pixels.
        checkpoint: where the state after an epoch is kept, to go on from if the training is interrupted.
        cache: features of an earlier run of the same job.
        pause_after: stop after this epoch, the state in the checkpoint; a later call goes on from there. A run that
            diverged by then is finished.

    Raises:
        FrozenWeightsChangedError: a frozen weight changed (a defect, never the user's fault).
    """
    begun = time.perf_counter()
    unfreeze_only(backbone, spec.unfrozen, batch_norm_of(spec))
    proof = FrozenProof(backbone, spec.unfrozen)
    held = sum(segment.count for segment in feature_segments(part, spec.training["batch_size"]))
    cut = choose_cut(table, spec.unfrozen, held, memory_gb)
    model, train, validation, test = assemble(spec, backbone, photographs, part, cut, cache)
    prepared = time.perf_counter()
    pauses = pause_after is not None and pause_after < spec.training["epochs"]
    test_score = None if test is None else TestScore(test, spec.training["epochs"])
    recorder = Recorder(len(part.train), len(part.validation), pauses, test_score)
    fit(model, train, validation, recorder, spec, checkpoint, proof.layers, pause_after)
    proof.check()
    paused = pauses and not recorder.diverged
    epochs = recorder.epochs[:pause_after] if paused else recorder.epochs
    parameters = {
        "parameters_backbone": _count(backbone.layers[index] for index in spec.unfrozen),
        "parameters_trained": _count([model]),
    }
    return Finished(
        metrics=metrics_of(epochs, recorder.diverged) | recorder.test_metrics() | parameters,
        history=history_csv(epochs),
        resources={
            "seconds_preparing": prepared - begun,
            "seconds_epochs": recorder.seconds,
            "seconds": time.perf_counter() - begun,
            "cpu_seconds": time.process_time(),
            "cpu_seconds_epochs": recorder.cpu_seconds,
            "cut": cut,
            **_facts(),
        },
        paused=paused,
    )


def assemble(
    spec: RunSpec,
    backbone: keras.Model,
    photographs: Photographs,
    part: Part,
    cut: int | None,
    cache: FeatureCache | None,
) -> tuple[keras.Model, Feed, Feed, Feed | None]:
    """Return the model that trains and what it is fed with: training, validation, and test if the part has one."""
    head = build_head(backbone.output_shape[1:], spec.classes, Head(**spec.head), spec.seed)
    above = above_cut(backbone, cut)
    body = head if above is None else keras.Model(above.input, head(above.output), name="trained")
    transform = pixel_transform(spec.backbone["name"], spec.pixel_range)
    only_scored = np.concatenate([part.validation, part.train[:0] if part.test is None else part.test])
    rows, count, batch = np.concatenate([part.train, only_scored]), len(part.train), spec.training["batch_size"]
    labels, remainder_places = photographs.labels[rows], None
    if cut is None:
        values, places = photographs.images, rows
    else:
        segments = feature_segments(part, batch)
        # The photographs of an epoch's last, smaller batch change, so all have features for that size too
        again = part.train if count % batch else part.train[:0]
        everything = np.concatenate([rows, again])
        values = compute_features(backbone, cut, photographs.images, everything, transform, cache, segments)
        places, transform = np.arange(len(rows)), None
        if len(again):
            remainder_places = len(rows) + np.arange(count)
    train = Feed(values, places[:count], labels[:count], batch, transform, spec.seed, remainder_places)
    end = count + len(part.validation)
    validation = Feed(values, places[count:end], labels[count:end], _VALIDATION_BATCH, transform)
    test = Feed(values, places[end:], labels[end:], _VALIDATION_BATCH, transform) if part.test is not None else None
    return body, train, validation, test


def feature_segments(part: Part, batch_size: int) -> list[Segment]:
    """Return in which batches features are computed: as the training and the validation on pixels would.

    Args:
        part: first its training rows, then its validation rows and its test rows, then again the training rows for an
            epoch's last batch if that is smaller.
        batch_size: photographs per training step.
    """
    count, left = len(part.train), len(part.train) % batch_size
    segments = [Segment(count, batch_size, even=True), Segment(len(part.validation), _VALIDATION_BATCH)]
    if part.test is not None:
        segments.append(Segment(len(part.test), _VALIDATION_BATCH))
    return [*segments, Segment(count, left, even=True)] if left else segments


def fit(
    model: keras.Model,
    train: Feed,
    validation: Feed,
    recorder: Recorder,
    spec: RunSpec,
    checkpoint: CheckpointFile | None,
    frozen: list[keras.Layer],
    pause_after: int | None = None,
) -> None:
    """Compile and fit as the specification says, from the checkpoint's epoch if there is one, to a pause or the end."""
    model.compile(
        optimizer=keras.optimizers.Adam(spec.training["learning_rate"]),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        # XLA's compilation costs more than these small trainings on TensorFlow; JAX can't do without
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )
    plateau = _plateau(Plateau(**spec.training["plateau"]))
    # The recorder comes before the plateau: it writes down the rate that the epoch was trained at
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: train.begin_epoch(epoch)),
        recorder,
        plateau,
    ]
    first_epoch = 0
    if checkpoint is not None:
        resume = Resume(checkpoint, model, frozen, plateau, recorder, pause_after)
        first_epoch = resume.first_epoch
        callbacks.append(resume)
    model.fit(
        train,
        initial_epoch=first_epoch,
        epochs=min(spec.training["epochs"], pause_after or spec.training["epochs"]),
        validation_data=validation,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )


def _plateau(settings: Plateau) -> keras.callbacks.ReduceLROnPlateau:
    return keras.callbacks.ReduceLROnPlateau(
        monitor=settings.monitor,
        factor=settings.factor,
        patience=settings.patience,
        min_delta=settings.min_delta,
        cooldown=settings.cooldown,
        min_lr=settings.min_learning_rate,
    )


def batch_norm_of(spec: RunSpec) -> str:
    """Return what a run's unfrozen BatchNormalization layers do; `layer` goes without saying."""
    return spec.training.get("batch_norm", "layer")


def _count(layers: Iterable[keras.Layer]) -> int:
    """How many numbers of the layers train."""
    return sum(int(np.prod(weight.shape)) for layer in layers for weight in layer.trainable_weights)


def _facts() -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "peak_memory_mb": peak / (1e6 if sys.platform == "darwin" else 1e3),
        "versions": {name: version(name) for name in ("keras", "numpy")} | {"python": platform.python_version()},
        "backend": f"{keras.backend.backend()} {version(keras.backend.backend())}",
        "machine": f"{platform.system()} {platform.machine()}",
    }
