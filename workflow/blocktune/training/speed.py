"""Measuring how fast this machine trains a network: a few real runs on random pixels, in a process like a training's.

Nothing is downloaded and nothing is stored: the weights are random, too, which changes no time.
"""

import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import BlocktuneError
from ..files.layers import LayerTable
from ..files.spec import RunSpec
from ..gpus.use import no_gpu
from ..runs.spec import Part, run_spec
from ..runs.speed import Depth, Speed, counted
from ..settings.model import Settings
from .process import end_with_parent, one_thread_per_process

if TYPE_CHECKING:
    from .assemble import ImageSet

_STEPS = 12
_EPOCHS = 3
# Where this time does not suffice, the machine is too busy or the network too large to be measured in passing
_MOST_SECONDS = 120
_FORWARD_BATCH = 64
_PROBE_IMAGES = 400
# The memory for features that a study's trainings have unless told otherwise (settings.execution), in GB
_MEMORY_GB = 2.0


def measure(settings: Settings, images: int, classes: int) -> tuple[LayerTable, Speed]:
    """Return the layers of the study's first backbone, and what its runs cost on this machine's processor.

    Args:
        settings: the study's.
        images: how many the data set has.
        classes: how many it has.

    Raises:
        BlocktuneError: it could not be measured, and why.
    """
    one_thread_per_process()
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=_measure_in_child, args=(settings, images, classes, send), daemon=True)
    with receive, send:
        child.start()
        send.close()
        try:
            found = receive.recv() if receive.poll(_MOST_SECONDS) else f"it took more than {_MOST_SECONDS} s"
        except EOFError:
            found = "its process ended before it was done"
        finally:
            child.kill()
            child.join()
    if isinstance(found, str):
        raise BlocktuneError(found)
    return found


def _measure_in_child(settings: Settings, images: int, classes: int, send: Connection) -> None:
    # The terminal's Ctrl-C reaches the parent, which ends this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    begun = time.monotonic()
    # Warnings of a probe of noise would stand among the command's own lines
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    found: tuple[LayerTable, Speed] | str
    try:
        found = _measured(settings, images, classes, begun)
    except Exception as error:
        found = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    send.send(found)


def _measured(settings: Settings, images: int, classes: int, begun: float) -> tuple[LayerTable, Speed]:
    no_gpu()
    from ..backbones.build import build_backbone
    from ..backbones.inspect import layer_table
    from . import probe, train  # noqa: F401

    # Nothing but the imports that a job's start takes, too
    start = time.process_time()
    entry = settings.backbones[0].model_copy(update={"weights": "none"})

    def network() -> Any:
        return build_backbone(entry, settings.data.image_size, settings.seed)

    backbone = network()
    table = layer_table(backbone, entry, settings.seed)
    study = _sizes(settings, images)
    image_set, part = _noise(settings, study, classes)
    short = settings.training.model_copy(update={"epochs": _EPOCHS, "warmup": 0.0, "validate_every": 1})
    base = run_spec(settings.model_copy(update={"training": short}), table, "", classes, part, ())
    once, image = _forward(backbone, image_set.images)
    depths = []
    for unfrozen in _depths(table):
        # As few images in as little memory are cut where all of them are in all of it
        memory = _MEMORY_GB * len(image_set.images) / sum(study)
        spec = replace(base, unfrozen=unfrozen)
        depths.append(_depth(spec, network, backbone, table, image_set, part, memory))
    fitted = _probe_image(probe.fit_probe, backbone.output_shape[-1], classes, study[0])
    return table, Speed(tuple(depths), start, once, image, fitted, time.monotonic() - begun)


def _depths(table: LayerTable) -> list[tuple[int, ...]]:
    """What the measured runs unfreeze, from the input to the head: everything, from the middle on, nothing."""
    weighted = [layer.index for layer in table.layers if layer.weighted]
    upper = [index for index in weighted if index >= len(table.layers) / 2]
    return list(dict.fromkeys([tuple(weighted), tuple(upper), ()]))


def _sizes(settings: Settings, images: int) -> tuple[int, int, int]:
    """How many images a final run trains on, is scored on each epoch, and is scored on at its end."""
    chosen, scored = settings.selection or 0.0, settings.split.validation
    trained = settings.split.final - chosen
    sizes = (trained, chosen, scored) if chosen else (trained, scored, 0.0)
    return tuple(round(share * images) for share in sizes)


def _noise(settings: Settings, study: tuple[int, int, int], classes: int) -> tuple["ImageSet", Part]:
    """Random pixels, a few steps of them to train on, and as many to score for each as the study has."""
    from .assemble import ImageSet

    count = min(study[0], _STEPS * settings.training.batch_size)
    train, validation, test = (max(1, round(size * count / study[0])) for size in study)
    generator, side = np.random.default_rng(0), settings.data.image_size
    total = train + validation + test
    labels = np.arange(total) % classes
    images = generator.integers(0, 256, (total, side, side, 3), np.uint8)
    rows = np.split(np.arange(total), [train, train + validation])
    return ImageSet(images, labels), Part(*rows[:2], rows[2] if study[2] else None)


def _forward(backbone: Any, images: np.ndarray) -> tuple[float, float]:
    """Seconds of building and tracing a frozen network, and of one image through it."""
    from ..known_keras import keras

    batch, took = np.resize(images[:_FORWARD_BATCH], (_FORWARD_BATCH, *images.shape[1:])).astype(np.float32), []
    model = None
    for _ in range(5):
        begun = time.process_time()
        model = model or keras.Model(backbone.input, backbone.output)
        model.predict_on_batch(batch)
        took.append(time.process_time() - begun)
    once, *later = took
    each = sum(later) / len(later)
    return max(once - each, 0.0), each / len(batch)


def _depth(
    spec: RunSpec,
    network: Callable[[], Any],
    pretrained: Any,
    table: LayerTable,
    image_set: "ImageSet",
    part: Part,
    memory_gb: float,
) -> Depth:
    """Train a run as a job does, with what its runs share at hand.

    Args:
        spec: the run.
        network: builds the backbone (a keras.Model).
        pretrained: the same network, which stays as it is.
        table: its layers.
        image_set: random ones.
        part: the rows of the run.
        memory_gb: for features of its frozen part.

    Raises:
        BlocktuneError: it diverged at once.
    """
    from .assemble import assemble, feature_segments, new_head
    from .checkpoint import CheckpointFile
    from .features import FeatureCache
    from .prefix import cut_of
    from .train import train_run

    with tempfile.TemporaryDirectory() as name:
        cache = FeatureCache(Path(name))
        head = new_head(spec, pretrained, image_set, part, cache)
        held = sum(segment.count for segment in feature_segments(part, spec.training["batch_size"]))
        cut = cut_of(spec, table, spec.unfrozen, held, memory_gb)
        if cut is not None:
            assemble(spec, pretrained, head, image_set, part, cut, cache)
        begun = time.process_time()
        checkpoint = CheckpointFile(Path(name) / "checkpoint", spec)
        done = train_run(spec, network(), table, image_set, part, memory_gb, checkpoint, cache)
        took = time.process_time() - begun
    later = done.resources["cpu_seconds_epochs"][1:]
    if not later:
        raise BlocktuneError("training on random pixels diverged")
    epoch = sum(later) / len(later)
    once = max(took - sum(later) - epoch, 0.0)
    first = min(spec.unfrozen, default=len(table.layers))
    return Depth(first, once, epoch / counted(len(part.train), len(part.validation)))


def _probe_image(fit: Callable[[np.ndarray, np.ndarray, int], Any], features: int, classes: int, images: int) -> float:
    """Seconds of fitting a linear probe for each of its images, on classes that can be told apart as in a study."""
    count = max(2 * classes, min(images, _PROBE_IMAGES))
    labels, generator = np.arange(count) % classes, np.random.default_rng(0)
    values = generator.normal(0, 0.3, (classes, features))[labels] + generator.normal(0, 1, (count, features))
    begun = time.process_time()
    fit(values.astype(np.float32), labels, classes)
    return (time.process_time() - begun) / count
