"""Building a backbone with its weights, and saying clearly when that can't be done."""

import socket
from pathlib import Path

from ..errors import BlocktuneError
from ..known_keras import keras
from ..settings.backbone import Backbone
from ..settings.own import is_hub
from .hub_network import build_hub
from .own import build_own
from .tiny import TINY
from .weights import load_weights

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
        BlocktuneError: the weights are missing, unreachable, no HDF5, or made for another architecture; a network of
            the user's own is none that can be fine-tuned layer by layer.
    """
    keras.utils.set_random_seed(seed)
    shape = (image_size, image_size, 3)
    if is_hub(backbone.name):
        return build_hub(backbone, shape)
    if backbone.own:
        return build_own(backbone, shape)
    model = TINY[backbone.name](shape) if backbone.architecture.tiny else _construct(backbone, shape)
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
