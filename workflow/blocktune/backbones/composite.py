"""Layers made of layers: which they are, their parts, and names for these."""

from collections.abc import Collection, Iterator
from typing import Any

from ..known_keras import keras


def tensors_in(structure: Any) -> list[keras.KerasTensor]:
    """All places of tensors in a structure, each once."""
    return [*{id(each): each for each in keras.tree.flatten(structure) if isinstance(each, keras.KerasTensor)}.values()]


def has_description(layer: keras.Layer) -> bool:
    """Whether a layer can be saved by a description of its own."""
    try:
        layer.get_config()
    except Exception:
        return False
    return True


def is_composite(layer: Any) -> bool:
    """Whether it is a model, or a layer made of layers that is none of Keras' own; what has no weights is neither."""
    if not isinstance(layer, keras.Layer) or not layer.weights or not next(parts_of(layer), None):
        return False
    return isinstance(layer, keras.Model) or type(layer).__module__.partition(".")[0] != "keras"


def parts_of(layer: keras.Layer) -> Iterator[Any]:
    """The layers directly inside a layer; of a functional model its plain operations as well."""
    inside = layer.operations if isinstance(layer, keras.Model) and hasattr(layer, "operations") else None
    parts = layer._flatten_layers(include_self=False, recursive=False) if inside is None else inside
    return (part for part in parts if not isinstance(part, keras.layers.InputLayer))


def name_parts(layer: keras.Layer) -> None:
    """Name parts after the layer that they are of; names have to be different in a network."""
    names: set[str] = set()
    for part in parts_of(layer):
        name = part.name if lies_in(part.name, layer.name) else f"{layer.name}.{part.name}"
        part.name = _free(name, names)
        names.add(part.name)


def lies_in(name: str, outer: str) -> bool:
    """Whether a layer of this name is a part of the outer one."""
    return name.startswith(f"{outer}.")


def _free(name: str, names: Collection[str]) -> str:
    number, free = 1, name
    while free in names:
        number += 1
        free = f"{name}_{number}"
    return free
