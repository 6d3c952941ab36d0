"""The tables of the factor study: what each of its runs came to, and what each did to every layer."""

from typing import ClassVar

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from .distances import TargetDistance
from .kind import CsvFile, part


@dataclass(frozen=True, config=ConfigDict(extra="allow"))
class ResponseRow(CsvFile):
    """What a run came to, at a factor's level with a strategy and a seed.

    Before `diverged` the table has a column for each response besides accuracy, and at its end one for each factor: the
    level that the run has.

    Attributes:
        backbone: key of the backbone.
        title: the backbone's name in tables and figures.
        factor: the factor that is varied; `grid` where all are, `where` for the strategies of the study itself.
        level: its level, in words.
        value: its level as a number, if it is one.
        strategy: what is unfrozen.
        seed: of the run.
        run: its id.
        right: how many images it classified rightly; empty if it diverged.
        scored: how many images score it.
        accuracy: share of these; empty if it diverged.
        diverged: 1 if the run has no score because its loss left the numbers, else 0.
        reference: 1 for the level that the factor's others are compared with, else 0.
    """

    called: ClassVar[str] = "table of responses"
    place: ClassVar[str] = "results/tables/factors/responses.csv"
    writer: ClassVar[str] = "factor-results"

    backbone: str
    title: str
    factor: str
    level: str
    value: int | float | None
    strategy: str
    seed: int
    run: str
    right: int | None
    scored: int
    accuracy: float | None
    diverged: bool
    reference: bool


@part
class LayerRow(CsvFile):
    """What a run did to a layer with weights; runs that diverged have no rows.

    Attributes:
        backbone: key of the backbone.
        factor: the factor that is varied; `grid` where all are.
        level: its level, in words.
        strategy: what is unfrozen.
        seed: of the run.
        run: its id.
        layer: index of the layer.
        name: Keras' name of it.
        type: Keras' class name.
        depth: where it lies, from 0 at the input to 1 at the head.
        parameters: how many trainable weights it has (elements).
        unfrozen: 1 if it trained, else 0.
        relative_change: norm of the change of its weights over the norm of these.
        cosine: of the angle between its weights before and after.
        bn_mean_shift: mean change of a BatchNormalization's moving means, in standard deviations.
        bn_variance_shift: mean change of the logarithm of its moving variances.
        cka: likeness of its outputs before and after, from 0 to 1; empty if that was not compared.
    """

    called: ClassVar[str] = "table of changed layers"
    place: ClassVar[str] = "results/tables/factors/layers.csv"
    writer: ClassVar[str] = "factor-results"

    backbone: str
    factor: str
    level: str
    strategy: str
    seed: int
    run: str
    layer: int
    name: str
    type: str
    depth: float
    parameters: int
    unfrozen: bool
    relative_change: float | None
    cosine: float | None
    bn_mean_shift: float | None
    bn_variance_shift: float | None
    cka: float | None = None


@part
class OfBackbone:
    """What is of a backbone.

    Attributes:
        backbone: its key.
    """

    backbone: str


@part
class DistanceRow(TargetDistance, OfBackbone, CsvFile):
    """A target's distance for a backbone."""

    called: ClassVar[str] = "table of distances"
    place: ClassVar[str] = "results/tables/factors/distances.csv"
    writer: ClassVar[str] = "factor-results"
