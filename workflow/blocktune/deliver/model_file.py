"""Whether a .keras file holds nothing but a network of Keras' own layers, told before Keras builds anything from it."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py

from ..backbones.hdf5 import problem
from ..backbones.saved import REFUSED
from ..data.limits import Tally
from ..errors import BlocktuneError

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS = {_CONFIG, _WEIGHTS, "metadata.json"}
_MOST_CONFIG_BYTES = 64 * 2**20

# What Keras writes of models that `network.deliverable` makes of keras.applications
_MODULES = {"keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints"}
_BELOW = ("keras.src.ops.", "keras.src.applications.")
_CLASSES = {
    ("keras", "DTypePolicy"),
    ("keras", "Functional"),
    ("keras", "Sequential"),
    ("keras.src.models.functional", "Functional"),
    (None, "__keras_tensor__"),
    (None, "__tuple__"),
    (None, "__ellipsis__"),
}


def check_model_file(file: Path) -> None:
    """Look into a .keras file without building anything.

    Keras' safe mode refuses lambdas; this refuses whatever is no class of Keras, so that neither what happens to be
    registered nor a way around safe mode matters.

    Raises:
        BlocktuneError: it is no such file, damaged, a bomb, or would run code or read other files.
    """
    where = f"{file} is no model that blocktune exported"
    if file.suffix != ".keras" or not zipfile.is_zipfile(file):
        raise BlocktuneError(f"{where}: a .keras file is needed")
    try:
        with zipfile.ZipFile(file) as packed:
            _check_members(packed, file, where)
            config = json.loads(packed.read(_CONFIG))
            with packed.open(_WEIGHTS) as stream, h5py.File(stream, "r") as weights:
                refused = problem(weights)
    except BlocktuneError:
        raise
    except RecursionError:
        raise BlocktuneError(f"{where}: its {_CONFIG} is nested too deep") from None
    # zipfile, json and h5py raise whatever they stumble over
    except Exception as error:
        raise BlocktuneError(f"{where}: it is truncated or damaged ({error})") from None
    if refused:
        raise BlocktuneError(f"{file} is refused: {_WEIGHTS}: {refused}")
    foreign = foreign_objects(config)
    if foreign:
        raise BlocktuneError(
            f"{file} is refused: it holds {foreign[0]}, which is none of Keras' own layers, or one that can run code; "
            "models that blocktune exports have none"
        )


def foreign_objects(config: Any) -> list[str]:
    """Return what a model's configuration would build that is none of Keras' harmless classes."""
    refused = (entry for entry in _objects(config) if not _allowed(*entry))
    return [str(name) if module is None else f"{module}.{name}" for module, name, _ in refused]


def _check_members(packed: zipfile.ZipFile, file: Path, where: str) -> None:
    names = packed.namelist()
    if set(names) != _MEMBERS or len(names) != len(_MEMBERS):
        raise BlocktuneError(
            f"{where}: it holds {', '.join(sorted(names)[:10])}; allowed: {', '.join(sorted(_MEMBERS))}"
        )
    tally = Tally(str(file), file.stat().st_size, largest=None)
    for member in packed.infolist():
        tally.add(member.filename, member.file_size)
    if packed.getinfo(_CONFIG).file_size > _MOST_CONFIG_BYTES:
        raise BlocktuneError(f"{where}: its {_CONFIG} has more than {_MOST_CONFIG_BYTES:,} bytes")


def _objects(config: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Module, class and registered name of everything that Keras would build from a configuration."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value or "module" in value:
                yield value.get("module"), value.get("class_name"), value.get("registered_name")
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _allowed(module: Any, name: Any, registered: Any) -> bool:
    # A function is called by whoever holds it, and Keras has some that download or switch safe mode off
    if not isinstance(name, str) or name == "function" or registered not in (None, name):
        return False
    if (module, name) in _CLASSES:
        return True
    known = isinstance(module, str) and (module in _MODULES or module.startswith(_BELOW))
    return known and name not in REFUSED
