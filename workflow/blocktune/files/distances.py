"""How far targets of the factor study lie from what a backbone was pre-trained on."""

from typing import Annotated, ClassVar

from .kind import JsonFile, part


@part
class TargetDistance:
    """A target's distance."""

    target: Annotated[str, "level of the target; `own` for the study's own images"]
    shift: Annotated[str, "how the study's images were changed; empty if they were not"]
    strength: Annotated[float | None, "how much; null for another data set"]
    source: Annotated[str, "what the distance is measured from"]
    emd: Annotated[float, "earth mover's distance between class means of features"]
    mmd: Annotated[float, "maximum mean discrepancy of features"]
    probe_accuracy: Annotated[float, "of a linear probe on the target"]
    probe_gap: Annotated[float, "how far that lies below a probe on the source"]
    images: Annotated[int, "how many images were looked at"]


@part
class Distances(JsonFile):
    """Distances of all targets for a backbone."""

    called: ClassVar[str] = "list of distances"
    place: ClassVar[str] = "results/factors/{backbone}/distances.json"
    writer: ClassVar[str] = "factor-distances"

    backbone: Annotated[str, "its key"]
    source_probe_accuracy: Annotated[float, "accuracy of a linear probe on the source"]
    targets: Annotated[tuple[TargetDistance, ...], "the study's own images first"]
