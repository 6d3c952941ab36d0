"""The tables of the factor study: what each of its runs came to, and what each did to every layer."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from .distances import TargetDistance
from .kind import CsvFile, part


@dataclass(frozen=True, config=ConfigDict(extra="allow"))
class ResponseRow(CsvFile):
    """What a run came to, at a factor's level with a strategy and a seed.

    Before `diverged` the table has a column for each response besides accuracy, and at its end one for each factor: the
    level that the run has.
    """

    called: ClassVar[str] = "table of responses"
    place: ClassVar[str] = "results/tables/factors/responses.csv"
    writer: ClassVar[str] = "factor-results"

    backbone: Annotated[str, "key of the backbone"]
    title: Annotated[str, "the backbone's name in tables and figures"]
    factor: Annotated[
        str, "the factor that is varied; `grid` where all are, `where` for the strategies of the study itself"
    ]
    level: Annotated[str, "its level, in words"]
    value: Annotated[int | float | None, "its level as a number, if it is one"]
    strategy: Annotated[str, "what is unfrozen"]
    seed: Annotated[int, "of the run"]
    run: Annotated[str, "its id"]
    right: Annotated[int | None, "how many images it classified rightly; empty if it diverged"]
    scored: Annotated[int, "how many images score it"]
    accuracy: Annotated[float | None, "share of these; empty if it diverged"]
    diverged: Annotated[bool, "1 if the run has no score because its loss left the numbers, else 0"]
    reference: Annotated[bool, "1 for the level that the factor's others are compared with, else 0"]


@part
class LayerRow(CsvFile):
    """What a run did to a layer with weights; runs that diverged have no rows."""

    called: ClassVar[str] = "table of changed layers"
    place: ClassVar[str] = "results/tables/factors/layers.csv"
    writer: ClassVar[str] = "factor-results"

    backbone: Annotated[str, "key of the backbone"]
    factor: Annotated[str, "the factor that is varied; `grid` where all are"]
    level: Annotated[str, "its level, in words"]
    strategy: Annotated[str, "what is unfrozen"]
    seed: Annotated[int, "of the run"]
    run: Annotated[str, "its id"]
    layer: Annotated[int, "index of the layer"]
    name: Annotated[str, "Keras' name of it"]
    type: Annotated[str, "Keras' class name"]
    depth: Annotated[float, "where it lies, from 0 at the input to 1 at the head"]
    parameters: Annotated[int, "how many trainable weights it has (elements)"]
    unfrozen: Annotated[bool, "1 if it trained, else 0"]
    relative_change: Annotated[float | None, "norm of the change of its weights over the norm of these"]
    cosine: Annotated[float | None, "of the angle between its weights before and after"]
    bn_mean_shift: Annotated[float | None, "mean change of a BatchNormalization's moving means, in standard deviations"]
    bn_variance_shift: Annotated[float | None, "mean change of the logarithm of its moving variances"]
    cka: Annotated[
        float | None, "likeness of its outputs before and after, from 0 to 1; empty if that was not compared"
    ] = None


@part
class OfBackbone:
    """What is of a backbone."""

    backbone: Annotated[str, "its key"]


@part
class DistanceRow(TargetDistance, OfBackbone, CsvFile):
    """A target's distance for a backbone."""

    called: ClassVar[str] = "table of distances"
    place: ClassVar[str] = "results/tables/factors/distances.csv"
    writer: ClassVar[str] = "factor-results"
