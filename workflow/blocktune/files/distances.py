"""How far targets of the factor study lie from what a backbone was pre-trained on."""

from typing import ClassVar

from .kind import JsonFile, part


@part
class TargetDistance:
    """A target's distance.

    Attributes:
        target: level of the target; `own` for the study's own images.
        shift: how the study's images were changed; empty if they were not.
        strength: how much; null for another data set.
        source: what the distance is measured from.
        emd: earth mover's distance between class means of features.
        mmd: maximum mean discrepancy of features.
        probe_accuracy: of a linear probe on the target.
        probe_gap: how far that lies below a probe on the source.
        images: how many images were looked at.
    """

    target: str
    shift: str
    strength: float | None
    source: str
    emd: float
    mmd: float
    probe_accuracy: float
    probe_gap: float
    images: int


@part
class Distances(JsonFile):
    """Distances of all targets for a backbone.

    Attributes:
        backbone: its key.
        source_probe_accuracy: accuracy of a linear probe on the source.
        targets: the study's own images first.
    """

    called: ClassVar[str] = "list of distances"
    place: ClassVar[str] = "results/factors/{backbone}/distances.json"
    writer: ClassVar[str] = "factor-distances"

    backbone: str
    source_probe_accuracy: float
    targets: tuple[TargetDistance, ...]
