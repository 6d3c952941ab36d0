"""One run: freeze, cut, compute the frozen part once, train the rest, prove, record."""

import time
from collections.abc import Iterable

import numpy as np

from ..files.history import Epoch
from ..files.layers import LayerTable
from ..files.spec import RunSpec
from ..known_keras import keras
from ..runs.history import metrics_of
from ..runs.spec import Part
from ..settings.training import Plateau
from .assemble import ImageSet, assemble, feature_segments, new_head
from .checkpoint import CheckpointFile, Resume
from .compiled import Compiled, Shared
from .features import FeatureCache
from .finished import Finished, facts
from .freeze import FrozenProof, unfreeze_only
from .lora import LowRank
from .phases import PlacedPhase, phases_left
from .prefix import cut_of
from .record import Recorder, TestScore, last_validation


def train_run(
    spec: RunSpec,
    backbone: keras.Model,
    table: LayerTable,
    image_set: ImageSet,
    part: Part,
    memory_gb: float,
    checkpoint: CheckpointFile | None = None,
    cache: FeatureCache | None = None,
    pause_after: int | None = None,
    shared: Shared | None = None,
) -> Finished:
    """Train one candidate together with a new head; a run that is a probe is fitted.

    Args:
        spec: what to train.
        backbone: the network with its pre-trained weights; its weights are changed.
        table: its layer table.
        image_set: all of them.
        part: the rows that are trained on and scored.
        memory_gb: memory for the features of the frozen prefix in GB; 0 trains the whole network on pixels.
        checkpoint: where the state after an epoch is kept, to resume from if the training is interrupted.
        cache: features of an earlier run of the same job.
        pause_after: stop after this epoch, the state in the checkpoint; a later call resumes from there. A run that
            diverged by then is finished.
        shared: what an earlier run of the same graph has compiled, its variables restored; or where to keep it.

    Raises:
        FrozenWeightsChangedError: a frozen weight changed (a defect, never the user's fault).
    """
    if spec.is_probe:
        # What scikit-learn takes to be imported, other runs need not pay
        from .probe_run import fit_run

        return fit_run(spec, backbone, image_set, part)
    # What this process did before belongs to the runs before, if there were any
    begun, processor = time.perf_counter(), time.process_time() if shared and shared.compiled else 0.0
    proof = FrozenProof(backbone, spec.unfrozen)
    pauses = pause_after is not None and pause_after < spec.training["epochs"]
    test = None if part.test is None else TestScore(spec.training["epochs"])
    recorder = Recorder(len(part.train), len(part.validation), pauses, test)
    head = new_head(spec, backbone, image_set, part, cache)
    done = 0 if checkpoint is None or spec.phases is None else checkpoint.epochs()
    low_rank: LowRank | None = None
    # Features of one phase are of no use to the next run, which goes on from those of the pre-trained network
    cache = cache if spec.phases is None else None
    held = sum(segment.count for segment in feature_segments(part, spec.training["batch_size"]))
    preparing = time.perf_counter() - begun
    for phase in phases_left(spec, done):
        if recorder.diverged:
            break
        begun_phase = time.perf_counter()
        frozen_now = FrozenProof(backbone, phase.unfrozen)
        if shared and shared.compiled:
            compiled = shared.compiled
            compiled.begin(spec, head)
        else:
            unfreeze_only(backbone, phase.unfrozen, batch_norm_of(spec))
            if spec.lora is not None:
                low_rank = LowRank(backbone, phase.unfrozen, spec.lora, spec.seed)
            cut = cut_of(spec, table, phase.moved, held, memory_gb)
            assembled = assemble(spec, backbone, head, image_set, part, cut, cache)
            compiled = Compiled(spec, backbone, head, cut, assembled, phase.first)
            if shared:
                shared.keep(compiled, frozen_now.layers)
        if test is not None:
            test.feed = compiled.test
        preparing += time.perf_counter() - begun_phase
        fit(compiled, recorder, spec, phase, checkpoint, proof.layers, pause_after)
        frozen_now.check()
    proof.check()
    paused = pauses and not recorder.diverged
    # What single images say is kept where others score, and by what can start as a probe; the paper's runs keep nothing
    keeps = (test is not None or not spec.head["units"]) and not paused and not recorder.diverged
    kept = (
        last_validation(compiled.model, compiled.epochs.validation, image_set.labels[part.validation])
        if keeps
        else None
    )
    epochs = recorder.epochs[:pause_after] if paused else recorder.epochs
    parameters = {
        "parameters_backbone": _count(backbone.layers[index] for index in spec.unfrozen),
        "parameters_trained": _count([compiled.model]),
    }
    if low_rank is not None:
        low_rank.check()
        low_rank.merge()
    return Finished(
        metrics=metrics_of(epochs, recorder.diverged) | recorder.test_metrics() | parameters,
        history=Epoch.table(epochs),
        resources={
            "seconds_preparing": preparing,
            "seconds_epochs": recorder.seconds,
            "seconds": time.perf_counter() - begun,
            "cpu_seconds": time.process_time() - processor,
            "cpu_seconds_epochs": recorder.cpu_seconds,
            "cut": compiled.cut,
            **facts(),
        },
        head=compiled.head,
        paused=paused,
        validation=kept,
    )


def fit(
    compiled: Compiled,
    recorder: Recorder,
    spec: RunSpec,
    phase: PlacedPhase,
    checkpoint: CheckpointFile | None,
    frozen: list[keras.Layer],
    pause_after: int | None = None,
) -> None:
    """Fit what is compiled through a phase, from the checkpoint's epoch if that is in it, to a pause or its end."""
    plateau = _plateau(Plateau(**spec.training["plateau"])) if "plateau" in spec.training else None
    # The recorder comes before the plateau: it writes down the rate that the epoch was trained at
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: compiled.epochs.train.begin_epoch(epoch)),
        recorder,
        *([] if plateau is None else [plateau]),
    ]
    first_epoch = phase.first
    if checkpoint is not None:
        resume = Resume(checkpoint, compiled.variables(frozen), plateau, recorder, pause_after, phase.first)
        first_epoch = resume.first_epoch
        callbacks.append(resume)
    last = min(phase.last, pause_after or phase.last)
    compiled.epochs.run(callbacks, first_epoch, last, spec.validated_epochs)


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
