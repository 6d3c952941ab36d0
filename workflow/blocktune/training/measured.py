"""What fine-tuning changed in a network, besides its score: measured once, at the end of a run."""

import numpy as np

from ..backbones.pixels import pixel_transform
from ..files.measures import Measures
from ..files.spec import RunSpec
from ..known_keras import keras
from ..runs.calibration import calibration_error, if_perfect
from ..runs.spec import Part
from .assemble import ImageSet
from .finished import Finished
from .measures import Before, cka_by_layer, weight_changes

_BATCH = 64


class Measured:
    """Takes a backbone's weights before a run and compares them with those after it."""

    def __init__(self, backbone: keras.Model, compared: int) -> None:
        """Remember the pre-trained weights.

        Args:
            backbone: the network that is about to be fine-tuned.
            compared: images on which features before and after are compared, at most.
        """
        self._before, self._compared = Before(backbone), compared

    def after(
        self,
        spec: RunSpec,
        finished: Finished,
        backbone: keras.Model,
        pretrained: keras.Model,
        image_set: ImageSet,
        part: Part,
    ) -> Measures:
        """Return what the run changed, by the weights after its last epoch.

        Args:
            spec: the run.
            finished: its end, with the fine-tuned head.
            backbone: the fine-tuned network.
            pretrained: the same network as it was before.
            image_set: all of them.
            part: the rows that the run saw.

        Returns:
            `calibration_error` on the part that scores the run, `calibration_if_perfect` (what chance alone gives a
            perfectly calibrated classifier there, on an average), and `layers`: of each backbone layer with weights its
            index, `relative_change` and `cosine` of its weights, `bn_mean_shift` and `bn_variance_shift`, and `cka` of
            its outputs before and after on images that choose or score (see `measures.linear_cka`). Empty for a
            run that diverged. What changes these numbers changes `runs.store.MEASURES_VERSION`.
        """
        if finished.metrics["diverged"]:
            return {}
        transform = pixel_transform(spec.backbone["name"], spec.pixel_range, spec.backbone.get("native"))
        scored = part.validation if part.test is None else part.test
        network = keras.Model(backbone.input, finished.head(backbone.output))
        probabilities = np.concatenate(
            [
                np.asarray(network.predict_on_batch(transform(image_set.images[scored[start : start + _BATCH]])))
                for start in range(0, len(scored), _BATCH)
            ]
        )
        confidence = probabilities.max(axis=1)
        right = probabilities.argmax(axis=1) == image_set.labels[scored]
        layers = weight_changes(self._before, backbone, spec.unfrozen)
        places = np.linspace(0, len(part.validation) - 1, min(self._compared, len(part.validation))).astype(int)
        inputs = transform(image_set.images[part.validation[places]])
        alike = cka_by_layer(pretrained, backbone, [entry["layer"] for entry in layers], inputs)
        return {
            "calibration_error": calibration_error(confidence, right),
            "calibration_if_perfect": if_perfect(confidence)[0],
            "layers": [{**entry, "cka": cka} for entry, cka in zip(layers, alike, strict=True)],
        }
