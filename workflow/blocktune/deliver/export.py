"""A run's fine-tuned model: the training is done once more, number for number, and kept this time.

The store keeps what a training found, not its weights: a study has hundreds of runs and a user wants one model. It is
there once the reader of `predict` has opened the file and its answers are those of the fine-tuned network.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..analysis.classification import evaluation, most_confident_mistakes
from ..atomic import beside_of, remove_abandoned
from ..backbones.harmless import own_modules
from ..backbones.pixels import pixel_transform
from ..data.prepared import Prepared, only_scored
from ..errors import BlocktuneError
from ..files.layers import LayerTable
from ..files.model import Evaluation, Labels
from ..files.record import Metrics
from ..files.spec import RunSpec
from ..known_keras import keras
from ..runs.spec import Part
from ..training.assemble import ImageSet
from ..training.checkpoint import CheckpointFile
from ..training.train import train_run
from .classifier import LABELS, MODEL, read_classifier
from .network import deliverable

_BATCH = 64
_TOLERANCE = 5e-3
"""Of a probability: the range of pixels and the network are computed as one there, and rounded differently."""


@dataclass(frozen=True)
class Exported:
    """What is known of a fine-tuned model that was written.

    Attributes:
        modules: whose layer classes the model holds, Keras' own left out: who loads it must import them.
        metrics: of the training that made it.
        repeated: whether these are, number for number, those of the study's own run; on a GPU the last digits may
            differ.
        scored: the part that scored it, `test` or `validation`.
        evaluation: what `analysis.classification.evaluation` says of the file's answers on that part, and the most
            confident `mistakes`.
    """

    modules: list[str]
    metrics: Metrics
    repeated: bool
    scored: str
    evaluation: Evaluation


def export_run(
    spec: RunSpec,
    known: Metrics,
    table: LayerTable,
    backbone: keras.Model,
    prepared: Prepared,
    parts: dict[str, np.ndarray],
    names: list[str],
    memory_gb: float,
    counts: str,
    file: Path,
    checkpoint: CheckpointFile | None = None,
) -> Exported:
    """Train a final run once more and write its model.

    Args:
        spec: the run.
        known: its metrics in the study.
        table: the backbone's layers.
        backbone: the network with its pre-trained weights; is fine-tuned.
        prepared: the images.
        parts: rows by part.
        names: of the images, by row.
        memory_gb: memory for features of the frozen part.
        counts: `last` or `best`: which epoch's weights are kept.
        file: the model to write.
        checkpoint: where the state after an epoch is kept, to resume from if the training is interrupted.

    Raises:
        BlocktuneError: the training diverges, as it did in the study; or what was saved can't be read again, or answers
            differently. No model is written then.
    """
    part = Part(parts["final"], parts["validation"], None if spec.test_rows is None else only_scored(parts, "final"))
    image_set = ImageSet(prepared.images, prepared.labels)
    # A training that stops after an epoch is, bit for bit, the beginning of the whole one
    until = known["best_epoch"] if counts == "best" else None
    finished = train_run(spec, backbone, table, image_set, part, memory_gb, checkpoint, pause_after=until)
    if finished.metrics["diverged"]:
        raise BlocktuneError(f"run {spec.run_id} diverges: there is no model to export; choose another strategy")
    about, labels = spec.backbone, list(prepared.classes)
    model = deliverable(backbone, finished.head, about["name"], spec.pixel_range, about.get("native"))
    scored, rows = ("validation", part.validation) if part.test is None else ("test", part.test)
    transform = pixel_transform(about["name"], spec.pixel_range, about.get("native"))
    pictures = [prepared.images[rows[start : start + _BATCH]] for start in range(0, len(rows), _BATCH)]
    tuned = [finished.head.predict_on_batch(backbone.predict_on_batch(transform(batch))) for batch in pictures]
    modules = own_modules(json.loads(model.to_json()))
    probabilities = write_model(model, labels, modules, file, pictures, np.concatenate(tuned))
    truth = prepared.labels[rows]
    mistakes = most_confident_mistakes([names[row] for row in rows], labels, truth, probabilities, rows)
    return Exported(
        modules,
        finished.metrics,
        all(finished.metrics[key] == known[key] for key in known if counts == "last" or key.startswith("best_")),
        scored,
        {**evaluation(labels, truth, probabilities), "mistakes": mistakes},
    )


def write_model(
    model: keras.Model,
    labels: list[str],
    modules: list[str],
    file: Path,
    pictures: Iterable[np.ndarray],
    tuned: np.ndarray,
) -> np.ndarray:
    """Write a model whose file answers as the fine-tuned network does, and return the file's answers (N, classes).

    Args:
        model: from `network.deliverable`.
        labels: names of the classes.
        modules: whose layer classes it holds, Keras' own left out.
        file: the model to write.
        pictures: batches, uint8 (N, size, size, 3) together.
        tuned: the fine-tuned network's probabilities of these, (N, classes).

    Raises:
        BlocktuneError: what was saved can't be read again, or answers differently; what was there stays.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(file)
    beside = beside_of(file)
    beside.mkdir(exist_ok=True)
    try:
        model.save(beside / MODEL)
        Labels(tuple(labels)).write(beside / LABELS)
        read = read_classifier(beside, modules)
        found = np.concatenate([read.probabilities(batch) for batch in pictures])
        # Also where a probability is not finite
        strange = ~(np.abs(found - tuned) <= _TOLERANCE).all(axis=1)
        if strange.any():
            raise BlocktuneError(
                f"it answers differently from the fine-tuned network on {strange.sum()} of {len(strange)} images "
                f"(probabilities differ by up to {np.abs(found - tuned).max():.2g})"
            )
        (beside / MODEL).replace(file)
    except BlocktuneError as error:
        reason = str(error).replace(str(beside / MODEL), "the saved model")
        raise BlocktuneError(f"no model is written to {file}: {reason}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return found
