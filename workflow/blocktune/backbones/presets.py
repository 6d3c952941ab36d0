"""Presets of keras-hub, and all files of networks that settings name, looked at without Keras, so at once."""

import json
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import BlocktuneError
from ..settings.backbone import Backbone
from ..settings.own import hub_folder, is_hub, is_saved
from .harmless import foreign_in_preset
from .saved import check_saved

CONFIG = "config.json"
PIXELS = "image_converter.json"
WEIGHTS = "model.weights.h5"
_WEIGHTS = (WEIGHTS, "model.weights.json", "model.safetensors", "model.safetensors.index.json")


def kept_presets() -> Path:
    """Return the folder where kagglehub, which keras-hub downloads with, keeps the presets of keras-hub."""
    # Not Path's own, which fails for a user without a home
    cache = os.environ.get("KAGGLEHUB_CACHE") or os.path.expanduser("~/.cache/kagglehub")  # noqa: PTH111
    return Path(cache, "models", "keras")


def check_named(backbones: Sequence[Backbone]) -> None:
    """Look whether keras-hub is there if the settings need it, and at all presets and saved models that are there.

    Raises:
        BlocktuneError: names the key and what is wrong.
    """
    for number, backbone in enumerate(backbones):
        try:
            _check_named(backbone)
        except BlocktuneError as error:
            raise BlocktuneError(f"settings: backbones[{number}].name: {error}") from None


def _check_named(backbone: Backbone) -> None:
    if is_saved(backbone.name) and Path(backbone.name).exists():
        check_saved(Path(backbone.name))
    if is_hub(backbone.name) and find_spec("keras_hub") is None:
        raise BlocktuneError(
            f"{backbone.name} needs the package keras-hub, which is not installed: in a clone of blocktune, "
            "pip install '.[hub]'"
        )
    folder = hub_folder(backbone.name)
    if folder is not None and folder.exists():
        check_preset(folder, backbone.weights_kind != "none")


def check_preset(folder: Path, weights: bool) -> None:
    """Look whether a folder can be a preset, with weights if it must have them; only the description in it is read.

    Raises:
        BlocktuneError: it is missing or no preset, or has no network or no weights, or would run code.
    """
    if not folder.is_dir():
        raise BlocktuneError(f"no folder {folder} (looked for {folder.absolute()})")
    file = folder / CONFIG
    if not file.is_file():
        raise BlocktuneError(f"{folder} has no {CONFIG}: it is no preset of keras-hub, or one without a network")
    described = _described(file)
    if not isinstance(described, dict) or not {"registered_name", "model_type", "architecture"} & described.keys():
        raise BlocktuneError(f"{file} describes no network: allowed is what save_to_preset of keras-hub writes")
    if weights and not any((folder / name).is_file() for name in _WEIGHTS):
        raise BlocktuneError(
            f"{folder} has no weights ({', '.join(_WEIGHTS[:2])}): copy them there, or set weights: none (random)"
        )
    for file in (folder / CONFIG, folder / PIXELS):
        if file.exists() and (foreign := foreign_in_preset(_described(file))):
            raise BlocktuneError(f"{file} is refused: it holds {foreign[0]}, which is no part of Keras or keras-hub")


def _described(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BlocktuneError(f"{file} is damaged: {error}; copy or download it again") from None
