"""About how long a run takes on one processor core: good enough to fill jobs and to warn, not a promise."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..files.layers import Layer, LayerTable
from ..files.spec import validated_epochs

# Seen with TensorFlow 2.21 on one core of a server of 2020 and MobileNets of 96 and 224 pixels
STARTUP_SECONDS = 10.0
_BUILD_SECONDS = 3.0
_STEP_SECONDS = 0.003
_OPERATIONS_PER_SECOND = 1e10
# A training step costs about three times the forward pass
TRAINING_FACTOR = 3
# Times the estimate that studies take, at least and at most. The four searches of benchmarks/results/regret_runs.tar.xz
# took 1.25 to 1.57 times in processor time; processors, and what else runs on them, differ by more
_TAKEN = (1.0, 3.0)
CALIBRATION = "estimated; searches that were measured took 1.2 to 1.6 times the lower end, other machines differ more"
"""What the estimate rests on, in words, as long as no run of the study itself was measured."""


class Range(NamedTuple):
    """A number that is known to lie between two others, or is known where both are the same."""

    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.least:g}" if self.least == self.most else f"{self.least:g} to {self.most:g}"

    @classmethod
    def total(cls, parts: Collection["Range"]) -> "Range":
        """Return the sum of several."""
        return cls(sum(part.least for part in parts), sum(part.most for part in parts))

    def times(self, least: float, most: float | None = None) -> "Range":
        """Return both ends multiplied, by the same number or each by its own."""
        return Range(self.least * least, self.most * (least if most is None else most))


def taken(estimated: Range) -> Range:
    """Return what a study takes that was estimated, in seconds, before any of its runs was measured."""
    return estimated.times(*_TAKEN)


@dataclass(frozen=True)
class Work:
    """The size of a run: images trained on and scored, epochs, images per step.

    Where images are changed at random (`augmented`), nothing is computed once. The validation part is scored after
    `validated_epochs`.
    """

    train: int
    validation: int
    epochs: int
    batch_size: int
    augmented: bool = False
    validate_every: int = 1

    @property
    def passes(self) -> tuple[int, int]:
        """Images trained on and images scored, added up over the epochs."""
        scored = len(validated_epochs(self.epochs, self.validate_every))
        return self.epochs * self.train, scored * self.validation


def run_seconds(table: LayerTable, unfrozen: Collection[int], work: Work, runs: int = 1) -> float:
    """Return the estimated seconds of a run, or of several that share a graph, without the start-up of their job."""
    first = min(unfrozen, default=len(table.layers))
    below = sum(_operations(layer) for layer in table.layers[:first])
    above = sum(_operations(layer) for layer in table.layers[first:])
    trained, scored = work.passes
    frozen = (trained + scored if work.augmented else work.train + work.validation) * below
    tuned = (TRAINING_FACTOR * trained + scored) * above
    each = trained / work.batch_size * _STEP_SECONDS + (frozen + tuned) / _OPERATIONS_PER_SECOND
    return _BUILD_SECONDS + runs * each


def _operations(layer: Layer) -> int:
    """Multiplications of a forward pass: each weight of a convolution acts at every place of its output."""
    return layer.parameters * int(np.prod(layer.output_shape[:-1]))
