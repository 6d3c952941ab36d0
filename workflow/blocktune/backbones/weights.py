"""Weights from a file, and what weights are as one digest."""

import hashlib
from pathlib import Path

import h5py
import numpy as np

from ..errors import BlocktuneError
from ..known_keras import keras
from ..messages import first_line
from ..settings.backbone import Backbone
from .hdf5 import check_hdf5


def load_weights(model: keras.Model, path: Path, backbone: Backbone) -> None:
    """Load weights from an HDF5 file into the whole model.

    Raises:
        BlocktuneError: the file is missing, no HDF5, leads outside itself, does not fit the model, or holds numbers
            that are not finite.
    """
    where = f"{backbone.key}: weights file {path}"
    if not path.is_file():
        raise BlocktuneError(f"{where} does not exist (looked for {path.absolute()})")
    if not h5py.is_hdf5(path):
        raise BlocktuneError(f"{where} is no HDF5 file; allowed: Keras weights without top, .h5 or .weights.h5")
    if path.suffix not in (".h5", ".hdf5"):
        raise BlocktuneError(f"{where}: Keras needs the ending .h5, .hdf5 or .weights.h5")
    check_hdf5(path, where)
    try:
        model.load_weights(path)
    except Exception as error:
        width = "" if backbone.alpha is None else f" with alpha {backbone.alpha:g}"
        raise BlocktuneError(
            f"{where} was not made for {backbone.name}{width} without its top: {first_line(error)}"
        ) from None
    strange = next((weight.path for weight in model.weights if not np.isfinite(weight.numpy()).all()), None)
    if strange is not None:
        raise BlocktuneError(f"{where} holds numbers that are not finite, in {strange}: nothing can be trained on them")


def weights_digest(model: keras.Model) -> str:
    """Sha256 over the shapes and bytes of all weights in Keras' order: the identity of the pre-trained network."""
    digest = hashlib.sha256()
    for weight in model.weights:
        value = np.ascontiguousarray(weight.numpy())
        digest.update(f"{value.dtype}{value.shape}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()
