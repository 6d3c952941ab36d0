"""Building a backbone with its weights, and saying clearly when that can't be done."""

import hashlib
import socket
from pathlib import Path

import h5py
import keras
import numpy as np

from ..errors import BlocktuneError
from ..settings.architectures import ARCHITECTURES
from ..settings.backbone import Backbone
from .tiny import TINY

# A server that does not answer must not hold a job for minutes
_DOWNLOAD_TIMEOUT_SECONDS = 20


def build_backbone(backbone: Backbone, image_size: int, seed: int, weights_file: Path | None = None) -> keras.Model:
    """Return the network without its top, with its weights, everything trainable as Keras builds it.

    Args:
        backbone: the settings' entry.
        image_size: side of the square input in pixels.
        seed: seed of the random weights of `weights: none`.
        weights_file: where the weights of `weights: digits` lie (made by the workflow's pre-training).

    Raises:
        BlocktuneError: the weights are missing, unreachable, no HDF5, or made for another architecture.
    """
    keras.utils.set_random_seed(seed)
    shape = (image_size, image_size, 3)
    model = TINY[backbone.name](shape) if ARCHITECTURES[backbone.name].tiny else _construct(backbone, shape)
    kind = backbone.weights_kind
    if kind == "file":
        load_weights(model, Path(backbone.weights), backbone)
    elif kind == "digits":
        if weights_file is None:
            raise BlocktuneError(f"{backbone.key}: the file of its pre-trained weights is needed (--pretrained)")
        load_weights(model, weights_file, backbone)
    return model


def _construct(backbone: Backbone, shape: tuple[int, int, int]) -> keras.Model:
    constructor = getattr(keras.applications, backbone.name)
    width = {} if backbone.alpha is None else {"alpha": backbone.alpha}
    weights = "imagenet" if backbone.weights_kind == "imagenet" else None
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_DOWNLOAD_TIMEOUT_SECONDS)
    try:
        return constructor(weights=weights, include_top=False, input_shape=shape, **width)
    except Exception as error:
        if weights is None:
            raise BlocktuneError(f"{backbone.name}: Keras can't build it: {error}") from None
        raise BlocktuneError(_no_imagenet(backbone, shape, error)) from None
    finally:
        socket.setdefaulttimeout(before)


def _no_imagenet(backbone: Backbone, shape: tuple[int, int, int], error: Exception) -> str:
    width = "" if backbone.alpha is None else f"alpha={backbone.alpha:g}, "
    entry = f"name: {backbone.name}, {width.replace('=', ': ')}weights: PATH.h5"
    return (
        f"{backbone.key}: the ImageNet weights can't be had: {error}\n"
        "Keras downloads them once. Without a network: build the network once on a machine that has one "
        f"(keras.applications.{backbone.name}({width}include_top=False, input_shape={shape})), copy the file from its "
        f".keras/models folder, and give it in the settings: backbones: [{{{entry}}}]"
    )


def load_weights(model: keras.Model, path: Path, backbone: Backbone) -> None:
    """Load weights from an HDF5 file into the whole model.

    Raises:
        BlocktuneError: the file is missing, no HDF5, or does not fit the model.
    """
    where = f"{backbone.key}: weights file {path}"
    if not path.is_file():
        raise BlocktuneError(f"{where} does not exist (looked for {path.absolute()})")
    if not h5py.is_hdf5(path):
        raise BlocktuneError(f"{where} is no HDF5 file; allowed: Keras weights without top, .h5 or .weights.h5")
    if path.suffix not in (".h5", ".hdf5"):
        raise BlocktuneError(f"{where}: Keras needs the ending .h5, .hdf5 or .weights.h5")
    try:
        h5py.File(path, "r").close()
    except OSError as error:
        raise BlocktuneError(f"{where} is truncated or damaged: {error}; copy or download it again") from None
    try:
        model.load_weights(path)
    except Exception as error:
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BlocktuneError(
            f"{where} was not made for {backbone.name}{_width(backbone)} without its top: {first_line}"
        ) from None


def _width(backbone: Backbone) -> str:
    return f" with alpha {backbone.alpha:g}" if backbone.alpha is not None else ""


def weights_digest(model: keras.Model) -> str:
    """Sha256 over the shapes and bytes of all weights in Keras' order: the identity of the pre-trained network."""
    digest = hashlib.sha256()
    for weight in model.weights:
        value = np.ascontiguousarray(weight.numpy())
        digest.update(f"{value.dtype}{value.shape}".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()
