"""What a functional network's graph says: where it can be cut, and what it is."""

import hashlib
import json
from collections import Counter
from typing import Any

from ..known_keras import keras
from .whole import Whole, whole_of


def cut_names(model: keras.Model, of_weights: bool = False) -> set[str]:
    """Names of the layers after which every edge to a later operation leaves through that layer alone.

    Args:
        model: a functional network.
        of_weights: whether edges don't count that come from what no weight has a part in, as places that each block
            of a transformer reads: no cut for training, but the end of a block.
    """
    # Plain operations (x + 3) too, which `model.layers` leaves out, in topological order
    operations = model.operations
    places = {id(operation): place for place, operation in enumerate(operations)}
    last_reader = [0] * len(operations)
    by_hand = _weightless_ancestry(model) if of_weights else set()
    for node in _nodes(model):
        for source in node.parent_nodes:
            place = places[id(source.operation)]
            if id(source.operation) not in by_hand:
                last_reader[place] = max(last_reader[place], places[id(node.operation)])
    # What gives several tensors can't be one network's end and another's beginning
    several = {id(node.operation) for node in _nodes(model) if len(node.output_tensors) != 1}
    cuts, reach = set(), 0
    for place, operation in enumerate(operations):
        # reach: the last operation that reads anything made before this place
        if reach <= place and id(operation) not in several:
            cuts.add(operation.name)
        reach = max(reach, last_reader[place])
    return cuts


def _weightless_ancestry(model: keras.Model) -> set[int]:
    """Ids of the operations that neither have weights nor read, however indirectly, what has."""
    found, reads = set[int](), _reads(model)
    for operation in model.operations:
        if not getattr(operation, "weights", []) and all(source in found for source in reads[id(operation)]):
            found.add(id(operation))
    return found


def calls(model: keras.Model) -> dict[str, int]:
    """How often each operation is called in the network, by name; the input is called once."""
    return Counter(node.operation.name for node in _nodes(model))


def outputs_in(model: keras.Model) -> dict[int, Any]:
    """Return what each operation gives in this network, by its id: a layer may be called in others as well."""
    return {id(node.operation): node.output_tensors[0] for node in _nodes(model)}


def _reads(model: keras.Model) -> dict[int, list[int]]:
    """Ids of the operations that each operation reads, by its own id."""
    reads: dict[int, list[int]] = {}
    for node in _nodes(model):
        reads.setdefault(id(node.operation), []).extend(id(source.operation) for source in node.parent_nodes)
    return reads


def _nodes(model: keras.Model) -> list[Any]:
    """All calls of operations in the network."""
    return [node for nodes in model._nodes_by_depth.values() for node in nodes]


def architecture_digest(model: keras.Model) -> str:
    """Sha256 over every operation's class and settings and what it reads, whatever the operations are called.

    Of a network of keras-hub the settings are those that it is made by as a whole.
    """
    whole = whole_of(model)
    if whole is not None:
        return _digest_of_whole(model, whole)
    operations = json.loads(json.dumps(model.get_config()["layers"]))
    places = {operation["name"]: place for place, operation in enumerate(operations)}
    described = [
        {
            "class": [operation.get("module"), operation.get("registered_name"), operation["class_name"]],
            "config": {key: value for key, value in operation["config"].items() if key not in ("name", "trainable")},
            "reads": _by_place(operation["inbound_nodes"], places),
        }
        for operation in operations
    ]
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def _digest_of_whole(model: keras.Model, whole: Whole) -> str:
    """Sha256 over how keras-hub makes a network, and over the weights' shapes and calls of the layers found in it."""
    places, reads = {id(operation): place for place, operation in enumerate(model.operations)}, _reads(model)
    described = {
        "whole": _nameless(keras.saving.serialize_keras_object(whole.network)),
        "output": whole.output,
        "layers": [
            [
                type(operation).__name__,
                [list(weight.shape) for weight in getattr(operation, "weights", [])],
                [places[source] for source in reads[id(operation)]],
            ]
            for operation in model.operations
        ],
    }
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def _nameless(config: Any) -> Any:
    """A description without names, and without what is frozen or built already."""
    if isinstance(config, dict):
        left_out = ("name", "trainable", "build_config", "compile_config", "shared_object_id")
        return {key: _nameless(value) for key, value in config.items() if key not in left_out}
    return [_nameless(value) for value in config] if isinstance(config, list | tuple) else config


def _by_place(node: Any, places: dict[str, int]) -> Any:
    """A layer's serialized calls with places in the network instead of names."""
    if isinstance(node, dict):
        if node.get("class_name") == "__keras_tensor__":
            name, *output = node["config"]["keras_history"]
            return ["tensor", places[name], *output]
        return {key: _by_place(value, places) for key, value in node.items() if key != "name"}
    if isinstance(node, list):
        return [_by_place(value, places) for value in node]
    return node
