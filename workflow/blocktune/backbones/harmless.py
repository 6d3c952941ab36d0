"""Which objects a model's description may have Keras build: its own layers and what they are set with, no code.

Nothing here imports Keras unless classes of the user's own are allowed, or there are layers of keras-hub.
"""

from collections.abc import Collection, Iterator
from importlib import import_module
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


_HUB = ("keras_hub.src.models.", "keras_hub.src.layers.modeling.")
_HUB_CONVERTER = "keras_hub.src.layers.preprocessing.image_converter"
_HUB_NETWORKS = ("Backbone", "Encoder", "Decoder", "ImageConverter")


def foreign_objects(config: Any, own: Collection[str] = ()) -> list[str]:
    """Return what a model's configuration would build that is no harmless class of Keras or keras-hub.

    Args:
        config: the configuration, as JSON holds it.
        own: modules whose registered classes are allowed, too; they have been imported.
    """
    refused = (entry for entry in objects_in(config) if not (_harmless(entry) or _module_of(entry, own)))
    return [_shown(entry) for entry in refused]


def foreign_in_preset(config: Any) -> list[str]:
    """Return what a preset of keras-hub would build besides networks, by their names; imports nothing."""
    return [_shown(entry) for entry in objects_in(config) if not (_of_keras(entry) or _hub_network(entry))]


def own_modules(config: Any) -> list[str]:
    """Return the modules of the registered classes in a model's configuration: who loads it must import them."""
    return sorted({_module_of(entry) or "" for entry in objects_in(config) if not _harmless(entry)} - {""})


def _shown(entry: dict[str, Any]) -> str:
    module, name, config = entry.get("module"), entry.get("class_name"), entry.get("config")
    called = f" {config}" if name == "function" and isinstance(config, str) else ""
    return f"{name}{called}" if module is None else f"{module}.{name}{called}"


def objects_in(config: Any) -> Iterator[dict[str, Any]]:
    """Yield everything that Keras would build from a configuration."""
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
    return _of_keras(entry) or _hub_layer(entry)


def _named_in_hub(entry: dict[str, Any], below: tuple[str, ...]) -> bool:
    module, name, registered = entry.get("module"), entry.get("class_name"), entry.get("registered_name")
    known = isinstance(module, str) and module.startswith(below) and isinstance(name, str)
    return known and registered in (None, name, f"keras_hub>{name}", f"keras_nlp>{name}")


def _hub_network(entry: dict[str, Any]) -> bool:
    return _named_in_hub(entry, (*_HUB, _HUB_CONVERTER)) and entry["class_name"].endswith(_HUB_NETWORKS)


def _hub_layer(entry: dict[str, Any]) -> bool:
    """Whether it is a backbone of keras-hub, or a layer of one: nothing that reads files, and no task."""
    if not _named_in_hub(entry, _HUB):
        return False
    from ..known_keras import keras

    try:
        found = getattr(import_module(entry["module"]), entry["class_name"], None)
        from keras_hub.models import Backbone
        from keras_hub.src.layers.preprocessing.preprocessing_layer import PreprocessingLayer
    except ImportError:
        return False
    # By this name Keras finds it first, whatever module the configuration claims
    registered = keras.saving.get_registered_object(entry.get("registered_name") or "")
    if not isinstance(found, type) or registered not in (None, found) or issubclass(found, PreprocessingLayer):
        return False
    return issubclass(found, Backbone) or (issubclass(found, keras.Layer) and not issubclass(found, keras.Model))


def _of_keras(entry: dict[str, Any]) -> bool:
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
