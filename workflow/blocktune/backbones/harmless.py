"""Which objects a model's description may have Keras build: its own layers and what they are set with, no code.

Nothing here imports Keras unless classes of the user's own are allowed.
"""

from collections.abc import Collection, Iterator
from typing import Any

REFUSED = {
    *("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"),
    *("StringLookup", "IntegerLookup", "TextVectorization"),
}
"""Layers of Keras that run code, or read other files."""

_MODULES = {"keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints"}
_BELOW = ("keras.src.ops.", "keras.src.applications.")
_CLASSES = {
    ("keras", "DTypePolicy"),
    ("keras", "Functional"),
    ("keras", "Sequential"),
    ("keras.src.models.functional", "Functional"),
    # Tensors, constants and places in them, which plain operations (x * 2, x[:, 1:]) are called with
    (None, "__keras_tensor__"),
    (None, "__numpy__"),
    (None, "__tensor__"),
    (None, "__tuple__"),
    (None, "__slice__"),
    (None, "__ellipsis__"),
}


def foreign_objects(config: Any, own: Collection[str] = ()) -> list[str]:
    """Return what a model's configuration would build that is none of Keras' harmless classes.

    Args:
        config: the configuration, as JSON holds it.
        own: modules whose registered classes are allowed, too; they have been imported.
    """
    refused = (entry for entry in _objects(config) if not (_harmless(entry) or _module_of(entry, own)))
    return [_shown(entry) for entry in refused]


def own_modules(config: Any) -> list[str]:
    """Return the modules of the registered classes in a model's configuration: who loads it must import them."""
    return sorted({_module_of(entry) or "" for entry in _objects(config) if not _harmless(entry)} - {""})


def _shown(entry: dict[str, Any]) -> str:
    module, name, config = entry.get("module"), entry.get("class_name"), entry.get("config")
    called = f" {config}" if name == "function" and isinstance(config, str) else ""
    return f"{name}{called}" if module is None else f"{module}.{name}{called}"


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """Everything that Keras would build from a configuration."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value or "module" in value:
                yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _harmless(entry: dict[str, Any]) -> bool:
    module, name, registered = entry.get("module"), entry.get("class_name"), entry.get("registered_name")
    # A function is called by whoever holds it, and Keras has some that download or switch safe mode off
    if not isinstance(name, str) or name == "function" or registered not in (None, name):
        return False
    if (module, name) in _CLASSES:
        return True
    known = isinstance(module, str) and (module in _MODULES or module.startswith(_BELOW))
    return known and name not in REFUSED


def _module_of(entry: dict[str, Any], among: Collection[str] | None = None) -> str | None:
    """The module of a class that somebody registered; None if it is none, or none of those `among` which it must be."""
    registered = entry.get("registered_name")
    if not isinstance(registered, str) or entry.get("class_name") == "function" or (among is not None and not among):
        return None
    from ..known_keras import keras

    # By this name alone Keras finds it, whatever module the configuration claims
    found = keras.saving.get_registered_object(registered)
    if not isinstance(found, type) or found.__module__.partition(".")[0] == "keras":
        return None
    inside = among is None or any(f"{found.__module__}.".startswith(f"{one}.") for one in among)
    return found.__module__ if inside else None
