"""A run's tuned model: the training is done once more, number for number, and kept this time.

The store keeps what a training found, not its weights: a study has hundreds of runs and a user wants one model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..analysis.classification import evaluation, most_confident_mistakes
from ..candidates.table import LayerTable
from ..data.prepared import Prepared, only_scored
from ..errors import BlocktuneError
from ..known_keras import keras
from ..runs.spec import Part, RunSpec
from ..training.assemble import Photographs
from ..training.checkpoint import CheckpointFile
from ..training.train import train_run
from .network import deliverable

_BATCH = 64


@dataclass(frozen=True)
class Exported:
    """A tuned model and what is known of it.

    Attributes:
        model: from pictures to probabilities.
        metrics: of the training that made it.
        repeated: whether these are, number for number, those of the study's own run; on a GPU the last digits may
            differ.
        scored: the part that scored it, `test` or `validation`.
        evaluation: what `analysis.classification.evaluation` says of that part, and the most confident `mistakes`.
    """

    model: keras.Model
    metrics: dict[str, Any]
    repeated: bool
    scored: str
    evaluation: dict[str, Any]


def export_run(
    spec: RunSpec,
    known: Mapping[str, Any],
    table: LayerTable,
    backbone: keras.Model,
    prepared: Prepared,
    parts: dict[str, np.ndarray],
    labels: list[str],
    names: list[str],
    memory_gb: float,
    counts: str,
    checkpoint: CheckpointFile | None = None,
) -> Exported:
    """Train a final run once more and return its model.

    Args:
        spec: the run.
        known: its metrics in the study.
        table: the backbone's layers.
        backbone: the network with its pre-trained weights; is tuned.
        prepared: the photographs.
        parts: rows by part.
        labels: names of the classes.
        names: of the photographs, by row.
        memory_gb: memory for features of the frozen part.
        counts: `last` or `best`: which epoch's weights are kept.
        checkpoint: where the state after an epoch is kept, to go on from if the training is interrupted.

    Raises:
        BlocktuneError: the training diverges, as it did in the study.
    """
    part = Part(parts["final"], parts["validation"], None if spec.test_rows is None else only_scored(parts, "final"))
    photographs = Photographs(prepared.images, prepared.labels)
    # A training that stops after an epoch is, bit for bit, the beginning of the whole one
    until = known["best_epoch"] if counts == "best" else None
    finished = train_run(spec, backbone, table, photographs, part, memory_gb, checkpoint, pause_after=until)
    if finished.metrics["diverged"]:
        raise BlocktuneError(f"run {spec.run_id} diverges: there is no model to export; choose another strategy")
    about = spec.backbone
    model = deliverable(backbone, finished.head, about["name"], spec.pixel_range, about.get("native"))
    scored, rows = ("validation", part.validation) if part.test is None else ("test", part.test)
    probabilities = np.concatenate(
        [
            np.asarray(model.predict_on_batch(prepared.images[rows[start : start + _BATCH]].astype(np.float32)))
            for start in range(0, len(rows), _BATCH)
        ]
    )
    truth = prepared.labels[rows]
    mistakes = most_confident_mistakes([names[row] for row in rows], labels, truth, probabilities, rows)
    return Exported(
        model,
        finished.metrics,
        all(finished.metrics[key] == known[key] for key in known if counts == "last" or key.startswith("best_")),
        scored,
        {**evaluation(labels, truth, probabilities), "mistakes": mistakes},
    )
