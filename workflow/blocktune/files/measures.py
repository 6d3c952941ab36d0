"""What fine-tuning changed in a network, for the factor study."""

from typing import Annotated, ClassVar, NotRequired

from .kind import Closed, JsonFile, part


class LayerChange(Closed):
    """How fine-tuning changed a layer with weights."""

    layer: Annotated[int, "its index"]
    relative_change: Annotated[float | None, "norm of the change of its weights over the norm of these"]
    cosine: Annotated[float | None, "of the angle between its weights before and after"]
    bn_mean_shift: Annotated[float | None, "mean change of a BatchNormalization's moving means, in standard deviations"]
    bn_variance_shift: Annotated[float | None, "mean change of the logarithm of its moving variances"]
    name: Annotated[NotRequired[str], "Keras' name"]
    unfrozen: Annotated[NotRequired[bool], "whether it trained"]
    cka: Annotated[NotRequired[float | None], "likeness of its outputs before and after, from 0 to 1"]


class Measures(Closed, total=False):
    """What fine-tuning changed, for the factor study; empty for a run that diverged."""

    calibration_error: Annotated[float, "expected calibration error on the images that score the run"]
    calibration_if_perfect: Annotated[
        float, "what chance alone gives a perfectly calibrated classifier there, on an average"
    ]
    layers: Annotated[list[LayerChange], "of each layer with weights, how it changed"]


@part
class MeasuresFile(JsonFile):
    """What was measured on a run's fine-tuned network."""

    called: ClassVar[str] = "list of measures of a run"
    place: ClassVar[str] = "data/store/measures/{version}/{run}.json"
    writer: ClassVar[str] = "train"

    measures: Annotated[Measures, "what fine-tuning changed"]
    sha256: Annotated[str, "over the measures as JSON"]
