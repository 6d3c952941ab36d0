"""Search methods that score candidates without training each: a file here is one, named as in `search.method`.

A file holds a class `Method` derived from `Scorer`, and `LOOKS_AT`: which images the scores come from, `validation`,
`training` or `nothing`. Its docstring's first words, up to a colon, describe it in the settings. `snakemake regret`
compares every method here with the exhaustive search.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..backbones.pixels import Transform, pixel_transform
from ..candidates.candidate import Candidate
from ..data.prepared import Prepared, read_split
from ..errors import BlocktuneError
from ..files.layers import LayerTable
from ..files.spec import RunSpec
from ..gpus.use import GpuUse
from ..runs.spec import Part
from ..settings.members import member_class, scorers

if TYPE_CHECKING:
    from ..known_keras import keras
    from ..training.assemble import ImageSet


@dataclass(frozen=True)
class ProxyScores:
    """What a method says of every candidate and what it cost.

    Attributes:
        scores: score by the candidate's layers, higher is better, None if it has none (treated as worst).
        details: what the scores were made from, as plain data for a JSON file.
        cpu_seconds: processor time of all of it, the training included, without the start-up of Keras.
        epochs: epochs of training on the search part; passes that only look are in `cpu_seconds` alone.
    """

    scores: Mapping[tuple[int, ...], float | None]
    details: dict[str, Any]
    cpu_seconds: float
    epochs: int


@dataclass(frozen=True)
class Task:
    """What a method has to score, and all that it may look at; network and images are opened when they are asked for.

    Attributes:
        spec: any run of the study's search; what it unfreezes does not matter.
        table: the backbone's layers.
        candidates: what is scored.
        layers: file of the layer table.
        prepared: folder of the prepared images.
        splits: file of the parts.
        pretrained: weights that the workflow made, for `weights: digits`.
        memory_gb: memory for features in GB (10^9 bytes).
        gpus: settles how GPUs are used, once they are needed.
        name: says who uses them.
    """

    spec: RunSpec
    table: LayerTable
    candidates: Sequence[Candidate]
    layers: Path
    prepared: Path
    splits: Path
    pretrained: Path | None
    memory_gb: float
    gpus: Callable[[], GpuUse]
    name: str

    @cached_property
    def backbone(self) -> "keras.Model":
        """The network with its pre-trained weights, on this job's device."""
        from ..training.device import take_device
        from ..training.planned import planned_backbone

        take_device(self.gpus(), self.name)
        return planned_backbone(self.spec, self.table, self.layers, self.pretrained)

    @cached_property
    def images(self) -> "ImageSet":
        """All images with their labels."""
        from ..training.assemble import ImageSet

        prepared = Prepared.open_intact(self.prepared)
        return ImageSet(prepared.images, prepared.labels)

    @property
    def transform(self) -> Transform:
        """What makes of stored pixels what the network takes."""
        about = self.spec.backbone
        return pixel_transform(about["name"], self.spec.pixel_range, about.get("native"))

    @cached_property
    def part(self) -> Part:
        """The rows that a search trains on, and those that it is scored on."""
        rows = read_split(self.splits)
        return Part(rows["search"], rows["validation"])


class Scorer(ABC):
    """A method that scores candidates without training each."""

    @abstractmethod
    def score(self, task: Task) -> ProxyScores:
        """Return a score for every candidate's set of layers.

        Args:
            task: the candidates, and what they may be scored by.

        Raises:
            BlocktuneError: no score can be given.
        """


def scorer_named(name: str) -> Scorer:
    """Return the method in the file of that name.

    Raises:
        BlocktuneError: there is none, or its file has no class Method.
    """
    if name not in scorers():
        raise BlocktuneError(f"no method {name!r} scores candidates; there are {', '.join(scorers())}")
    return member_class(import_module(f".{name}", __name__), "Method")()
