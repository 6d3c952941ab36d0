"""About how long a run takes on one processor core: good enough to fill jobs and to warn, not a promise."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ..candidates.table import Layer, LayerTable

# Seen with TensorFlow 2.21 on one core of a server of 2020 and MobileNets of 96 and 224 pixels
STARTUP_SECONDS = 10.0
_BUILD_SECONDS = 3.0
_STEP_SECONDS = 0.003
_OPERATIONS_PER_SECOND = 1e10
# A training step costs about three times the forward pass
_TRAINING_FACTOR = 3


@dataclass(frozen=True)
class Work:
    """The size of a run: photographs trained on and scored each epoch, epochs, photographs per step.

    Where photographs are changed at random (`augmented`), nothing is computed once.
    """

    train: int
    validation: int
    epochs: int
    batch_size: int
    augmented: bool = False


def run_seconds(table: LayerTable, unfrozen: Collection[int], work: Work) -> float:
    """Return the estimated seconds of one run without the start-up of its job."""
    first = min(unfrozen, default=len(table.layers))
    below = sum(_operations(layer) for layer in table.layers[:first])
    above = sum(_operations(layer) for layer in table.layers[first:])
    once = (work.train + work.validation) * below * (work.epochs if work.augmented else 1)
    each_epoch = (_TRAINING_FACTOR * work.train + work.validation) * above
    steps = work.epochs * work.train / work.batch_size
    return _BUILD_SECONDS + steps * _STEP_SECONDS + (once + work.epochs * each_epoch) / _OPERATIONS_PER_SECOND


def _operations(layer: Layer) -> int:
    """Multiplications of a forward pass: each weight of a convolution acts at every place of its output."""
    return layer.parameters * int(np.prod(layer.output_shape[:-1]))
