"""Backbones of keras-hub: a preset by its name, which is downloaded, or from its folder on this machine."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BlocktuneError
from ..known_keras import keras
from ..messages import keras_reason, nearest
from ..settings.backbone import Backbone
from ..settings.own import HUB, hub_folder
from .checks import Shape
from .hdf5 import check_hdf5
from .pixels import named_range
from .presets import CONFIG, PIXELS, check_preset

_TOWERS = ("vision_encoder", "image_encoder")
"""Where a backbone of several networks keeps the one that images go through."""

_SHAPES = ("image_shape", "input_shape", "image_size")
"""By what a description tells which images its network takes."""


def load_hub(backbone: Backbone, shape: Shape) -> keras.Model:
    """Return the network of a preset that images go through, with its weights or, for `weights: none`, random ones.

    Raises:
        BlocktuneError: keras-hub is not installed or does not know the preset; it can't be had, is damaged, holds no
            network for images, or none that takes this size.
    """
    loader = _loader(backbone)
    config = loader.config.get("config", {})
    # Only networks for images of one size, which is another one, are asked for a size
    asked = {} if config.get("image_shape") in (None, list(shape)) else {"image_shape": shape}
    folder = hub_folder(backbone.name)
    # Weights may lead out of their file
    for path in [] if folder is None else sorted(folder.glob("*.h5")):
        check_hdf5(path, path)
    try:
        made = loader.load_backbone(
            loader.check_backbone_class(), backbone.weights_kind != "none", dtype="float32", **asked
        )
    # keras-hub raises whatever it stumbles over
    except Exception as error:
        raise BlocktuneError(_not_loaded(backbone.name, config, shape, error)) from None
    return _tower(made, backbone.name)


def native_of(backbone: Backbone) -> str | None:
    """Return the range of pixels that a preset was trained on: by a name of `native`, or as a text (`named_range`).

    Raises:
        BlocktuneError: the preset says otherwise than the settings.
    """
    given, told = backbone.native, _told_range(backbone)
    if told is not None and given not in (None, told):
        raise BlocktuneError(
            f"{backbone.name}: native is {given}, but its {PIXELS} says {told}: leave native out, or correct the file"
        )
    return told or given


def _told_range(backbone: Backbone) -> str | None:
    loader = _loader(backbone)
    try:
        found = loader.load_image_converter(_library().layers.ImageConverter)
    except FileNotFoundError:
        return None
    except Exception as error:
        raise BlocktuneError(f"{backbone.name}: its {PIXELS} can't be read: {keras_reason(error)}") from None
    if found is None:
        return None
    scale, offset = (_three(found, name, default, backbone) for name, default in (("scale", 1), ("offset", 0)))
    return named_range(scale, offset)


def _three(converter: Any, name: str, default: float, backbone: Backbone) -> list[float]:
    """A setting of a preset's converter, for each colour."""
    given = getattr(converter, name, None)
    try:
        return np.broadcast_to(default if given is None else given, 3).astype(float).tolist()
    except (TypeError, ValueError):
        raise BlocktuneError(
            f"{backbone.name}: {name} in its {PIXELS} is {given}; allowed: a number, or three, one for each colour"
        ) from None


@cache
def _library() -> Any:
    """The package keras-hub."""
    try:
        import keras_hub
    except ImportError as error:
        raise BlocktuneError(
            f"backbones of keras-hub need the package keras-hub, which can't be imported ({error}): "
            "in a clone of blocktune, pip install '.[hub]'"
        ) from None
    return keras_hub


def _loader(backbone: Backbone) -> Any:
    """What reads a preset; its `config` is the description."""
    _library()
    from keras_hub.src.utils.preset_utils import get_preset_loader

    name, folder = backbone.name.removeprefix(HUB), hub_folder(backbone.name)
    if folder is not None:
        check_preset(folder, weights=backbone.weights_kind != "none")
    elif name not in _presets():
        raise BlocktuneError(
            f"keras-hub has no preset {name!r} with a network for images{nearest(name, _presets())}; a folder is named "
            f"with a slash: {HUB}./{name}"
        )
    try:
        loader = get_preset_loader(name)
        kind = loader.check_backbone_class()
    except Exception as error:
        raise BlocktuneError(_not_had(backbone.name, folder, error)) from None
    described = loader.config.get("config")
    of_images = isinstance(described, Mapping) and {*_SHAPES, *_TOWERS} & described.keys()
    if not of_images and "registered_name" in loader.config:
        raise BlocktuneError(f"{backbone.name} is a {kind.__name__}, which is no backbone for images")
    return loader


def _not_had(name: str, folder: Path | None, error: Exception) -> str:
    if folder is not None:
        return f"{name}: its {CONFIG} describes no backbone that keras-hub knows: {keras_reason(error)}"
    return (
        f"{name} can't be had: {keras_reason(error)}. keras-hub downloads a preset once. Without a network: save it "
        "where there is one (keras_hub.models.Backbone.from_preset(NAME).save_to_preset(FOLDER), and "
        "keras_hub.layers.ImageConverter.from_preset(NAME).save_to_preset(FOLDER)), and name the folder: "
        f"{HUB}path/to/folder"
    )


@cache
def _presets() -> tuple[str, ...]:
    """Names of all presets that may hold a network for images."""
    return tuple(sorted(_library().models.Backbone.presets))


def _not_loaded(name: str, config: Mapping[str, Any], shape: Shape, error: Exception) -> str:
    sides = config.get("image_shape")
    if isinstance(sides, list) and len(sides) == 3 and None not in sides and sides != list(shape):
        return (
            f"{name} takes images of {sides[0]} x {sides[1]} pixels, but data.image_size is {shape[0]}, which it can't "
            f"be built for ({keras_reason(error)}): set data.image_size (for `blocktune plan`: --image-size) to "
            f"{sides[0]}"
        )
    return f"{name}: keras-hub can't load it for images of {shape[0]} x {shape[1]} pixels: {keras_reason(error)}"


def _tower(made: Any, name: str) -> keras.Model:
    """The network that images go through, of a backbone of several."""
    network = next((tower for at in _TOWERS if isinstance(tower := getattr(made, at, None), keras.Model)), made)
    inputs = getattr(network, "inputs", None) or []
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        raise BlocktuneError(f"{name} is a {type(made).__name__}, which is no backbone that takes one image")
    return network
