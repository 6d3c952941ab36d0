"""What fine-tuning changed in a network, for the factor study."""

from typing import ClassVar, NotRequired

from .kind import Closed, JsonFile, part


class LayerChange(Closed):
    """How fine-tuning changed a layer with weights.

    Attributes:
        layer: its index.
        name: Keras' name.
        unfrozen: whether it trained.
        relative_change: norm of the change of its weights over the norm of these.
        cosine: of the angle between its weights before and after.
        bn_mean_shift: mean change of a BatchNormalization's moving means, in standard deviations.
        bn_variance_shift: mean change of the logarithm of its moving variances.
        cka: likeness of its outputs before and after, from 0 to 1.
    """

    layer: int
    relative_change: float | None
    cosine: float | None
    bn_mean_shift: float | None
    bn_variance_shift: float | None
    name: NotRequired[str]
    unfrozen: NotRequired[bool]
    cka: NotRequired[float | None]


class Measures(Closed, total=False):
    """What fine-tuning changed, for the factor study; empty for a run that diverged.

    Attributes:
        calibration_error: expected calibration error on the images that score the run.
        calibration_if_perfect: what chance alone gives a perfectly calibrated classifier there, on an average.
        layers: of each layer with weights, how it changed.
    """

    calibration_error: float
    calibration_if_perfect: float
    layers: list[LayerChange]


@part
class MeasuresFile(JsonFile):
    """What was measured on a run's fine-tuned network.

    Attributes:
        measures: what fine-tuning changed.
        sha256: over the measures as JSON.
    """

    called: ClassVar[str] = "list of measures of a run"
    place: ClassVar[str] = "data/store/measures/{version}/{run}.json"
    writer: ClassVar[str] = "train"

    measures: Measures
    sha256: str
