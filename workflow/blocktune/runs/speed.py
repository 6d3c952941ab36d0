"""How long runs take on this machine, from a few that were really trained there: what `blocktune new` announces."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ..files.layers import LayerTable
from .estimate import TRAINING_FACTOR, Work

OFF_BY = 1.5
"""An estimate that rests on a measurement is at most so many times too large or too small."""

# Whatever else a study does (preparing, Snakemake itself, tables, figures, the report) took about as much as this many
# starts of a job, seen with 2062 images on a server of 2020
_STARTS_BESIDE = 10

# Of what the first run of a graph costs once, another run of it has to do so much again: 0.4 to 0.5 s of 4 to 7 s
_AGAIN = 0.1


def counted(train: int, validation: int) -> float:
    """Return what passes over images cost, in training images; one that is only scored counts as a third of one."""
    return train + validation / TRAINING_FACTOR


@dataclass(frozen=True)
class Depth:
    """What runs cost that train from one depth of the network up to the head, in seconds of processor time.

    Attributes:
        first: index of the lowest layer that trains; the number of layers for the head alone.
        once: building the network and tracing what trains and scores.
        image: one training image in one epoch; one that is only scored counts as a third of it.
    """

    first: int
    once: float
    image: float


@dataclass(frozen=True)
class Speed:
    """What a machine needs for one network under one recipe, in seconds of processor time.

    Attributes:
        depths: from the input to the head, at least two.
        start: of a job, most of it for importing Keras.
        forward_once: building and tracing a frozen part.
        forward_image: one image through the whole frozen network.
        probe_image: fitting a linear probe, for each image.
        measured: what measuring took, wall time.
    """

    depths: tuple[Depth, ...]
    start: float
    forward_once: float
    forward_image: float
    probe_image: float
    measured: float

    def run_seconds(self, table: LayerTable, unfrozen: Collection[int], work: Work, runs: int = 1) -> float:
        """Return the seconds of runs of one graph without what their job does once; as `estimate.run_seconds`.

        Between the depths that were measured both costs grow with the number of layers that train.
        """
        first = min(unfrozen, default=len(table.layers))
        measured = [depth.first for depth in self.depths]
        once, image = (
            float(np.interp(first, measured, values))
            for values in ([depth.once for depth in self.depths], [depth.image for depth in self.depths])
        )
        return once * (1 + _AGAIN * (runs - 1)) + runs * counted(*work.passes) * image

    def probe_seconds(self, images: int) -> float:
        """Return the seconds of the run that is a linear probe, of so many images with all that are only scored."""
        return self.depths[-1].once + 3 * self.forward_once + images * (self.forward_image + self.probe_image)

    def job_seconds(self, images: int, head_is_probe: bool) -> float:
        """Return the seconds that a job takes beside its runs: its start, and what its runs share.

        They share the frozen part of each image, and of the training images once more for an epoch's last batch.
        """
        probe = self.forward_once + images * (self.forward_image + self.probe_image) if head_is_probe else 0.0
        return self.start + self.forward_once + 2 * images * self.forward_image + probe

    @property
    def beside(self) -> float:
        """The seconds of a study that no job of trainings takes."""
        return _STARTS_BESIDE * self.start
