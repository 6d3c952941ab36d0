"""The file of a model saved by Keras (.keras), looked at without Keras: what is wrong with it is said at once."""

import json
import zipfile
from pathlib import Path
from typing import Any

from ..errors import BlocktuneError
from ..settings.other_forms import other_form
from .harmless import REFUSED, foreign_objects, objects_in

_CONFIG = "config.json"
_HINT = "allowed: what model.save(NAME.keras) of Keras 3 writes"
_MODELS = ("Functional", "Sequential", "Model")


def check_saved(path: Path) -> None:
    """Look whether a file can be a network without top; only the description in it is read.

    Raises:
        BlocktuneError: it is missing or no such file, or the model runs code of its own, or is in parts.
    """
    # Losses and metrics of its training are not loaded
    model = {key: value for key, value in _description(path).items() if key != "compile_config"}
    layers = model["config"].get("layers", []) if isinstance(model.get("config"), dict) else []
    nodes = [node for node in objects_in(model) if isinstance(node.get("class_name"), str)]
    if any(node["class_name"] in ("Lambda", "__lambda__") for node in nodes):
        raise BlocktuneError(
            f"{path} holds a Lambda, code that would run when it is loaded: it is not. Write a layer class, or use "
            "Keras' own layers and operations (x * 2, keras.ops)"
        )
    refused = sorted({node["class_name"] for node in nodes if node["class_name"] in REFUSED})
    if refused:
        raise BlocktuneError(f"{path} holds {refused[0]}, which runs code or reads other files: it is not loaded")
    if not _is_keras(model) or model["class_name"] not in _MODELS or not layers:
        raise BlocktuneError(
            f"{path} holds a {model['class_name']}, a model class of its own: a functional model is needed, whose "
            "layers are known. If it has such a graph: keras.Model(model.inputs, model.outputs).save(...)"
        )
    foreign = sorted({_called(node) for node in nodes if "module" in node and not _is_keras(node)})
    if foreign:
        raise BlocktuneError(
            f"{path} holds what Keras does not know: {', '.join(foreign)}. A saved model can't bring its code along: "
            "name a function that makes it instead (module:function)"
        )
    strange = foreign_objects(model["config"])
    if strange:
        raise BlocktuneError(not_exportable(str(path), strange[0]))


def not_exportable(where: str, strange: str) -> str:
    """Return what is said of a network that holds what no reader of an exported model would take."""
    return (
        f"{where} holds {strange}, which `blocktune predict` refuses in a model, since it can run code or read other "
        "files: use Keras' own layers, or write a layer class"
    )


def check_sound(path: Path) -> None:
    """Read the whole file and compare it with its checksums.

    Raises:
        BlocktuneError: it is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (OSError, zipfile.BadZipFile) as error:
        raise BlocktuneError(f"{path} is damaged: {error}; copy or save it again") from None
    if damaged is not None:
        raise BlocktuneError(f"{path} is damaged ({damaged} in it): copy or save it again")


def _description(path: Path) -> dict[str, Any]:
    other = other_form(path)
    if other:
        raise BlocktuneError(other)
    if not path.is_file():
        raise BlocktuneError(f"no file {path} (looked for {path.absolute()})")
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            begins_like_one = stream.read(4) == b"PK\x03\x04"
        if begins_like_one:
            raise BlocktuneError(f"{path} is truncated or damaged; copy or save it again")
        raise BlocktuneError(f"{path} is no .keras file; {_HINT}")
    try:
        with zipfile.ZipFile(path) as archive:
            model = json.loads(archive.read(_CONFIG))
    except KeyError:
        raise BlocktuneError(f"{path} is a zip file without a Keras model; {_HINT}") from None
    except (OSError, ValueError, RecursionError, zipfile.BadZipFile) as error:
        raise BlocktuneError(f"{path} is damaged: {error}; copy or save it again") from None
    if not isinstance(model, dict) or not isinstance(model.get("class_name"), str):
        raise BlocktuneError(f"{path} is a zip file without a Keras model; {_HINT}")
    return model


def _is_keras(node: dict[str, Any]) -> bool:
    module = node.get("module")
    return isinstance(module, str) and (module == "keras" or module.startswith("keras."))


def _called(node: dict[str, Any]) -> str:
    """A class by its name, a function by its own."""
    config = node.get("config")
    return config if node["class_name"] == "function" and isinstance(config, str) else node["class_name"]
