"""A delivered model with its labels, read from disk."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import BlocktuneError
from ..files.model import Labels
from ..known_keras import keras
from ..messages import keras_reason, printable
from .model_file import check_model_file
from .network import input_size

MODEL = "model.keras"
LABELS = "labels.json"


@dataclass(frozen=True)
class Classifier:
    """A model that names what it sees.

    Attributes:
        model: from pictures to probabilities.
        labels: names of the classes, in the order of the probabilities.
        size: side in pixels that pictures are resized to.
    """

    model: keras.Model
    labels: list[str]
    size: int

    def probabilities(self, pixels: np.ndarray) -> np.ndarray:
        """Return (N, classes) for uint8 (N, size, size, 3)."""
        return np.asarray(self.model.predict_on_batch(pixels.astype(np.float32)))


def read_classifier(path: Path, own: Collection[str] = ()) -> Classifier:
    """Read a model that `snakemake models` made, and its labels beside it, without running any code in them.

    Args:
        path: the file model.keras, or its folder.
        own: modules whose layer classes it may have; they have been imported.

    Raises:
        BlocktuneError: it is missing, no such model, or its labels don't fit.
    """
    file = path / MODEL if path.is_dir() else path
    if not file.is_file():
        raise BlocktuneError(f"no model {file} (looked for {file.absolute()}); `snakemake models` makes models")
    check_model_file(file, own)
    try:
        model = keras.saving.load_model(file, compile=False, safe_mode=True)
        size = input_size(model)
    # Keras raises whatever it stumbles over
    except Exception as error:
        raise BlocktuneError(f"{file} is no model that blocktune exported: {keras_reason(error)}") from None
    labels = _labels(file.with_name(LABELS))
    if len(labels) != model.output_shape[-1]:
        raise BlocktuneError(
            f"{file.with_name(LABELS)} names {len(labels)} classes, but {file} tells {model.output_shape[-1]} apart"
        )
    return Classifier(model, labels, size)


def _labels(path: Path) -> list[str]:
    labels = list(Labels.read(path).names)
    strange = [label for label in labels if printable(label) != label]
    if strange:
        raise BlocktuneError(f"{path}: the name of a class has control characters: {strange[0]!r}")
    return labels
