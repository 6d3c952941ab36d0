"""What a functional network's graph says: where it can be cut, and what it is."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from ..known_keras import keras


def cut_names(model: keras.Model) -> set[str]:
    """Names of the layers after which every edge to a later operation leaves through that layer alone."""
    # The config lists plain operations (x + 3) too, which `model.layers` leaves out, in topological order
    operations = _operations(model)
    places = {operation["name"]: place for place, operation in enumerate(operations)}
    last_reader = [0] * len(operations)
    for reader, operation in enumerate(operations):
        for source in _sources(operation["inbound_nodes"]):
            last_reader[places[source]] = max(last_reader[places[source]], reader)
    cuts, reach = set(), 0
    for place, operation in enumerate(operations):
        # reach: the last operation that reads anything made before this place
        if reach <= place:
            cuts.add(operation["name"])
        reach = max(reach, last_reader[place])
    return cuts


def calls(model: keras.Model) -> dict[str, int]:
    """How often each operation is called in the network, by name; the input never is."""
    return {operation["name"]: len(operation["inbound_nodes"]) for operation in _operations(model)}


def architecture_digest(model: keras.Model) -> str:
    """Sha256 over every operation's class and settings and what it reads, whatever the operations are called."""
    operations = _operations(model)
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


def _operations(model: keras.Model) -> list[dict[str, Any]]:
    return json.loads(json.dumps(model.get_config()["layers"]))


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


def _sources(node: Any) -> Iterator[str]:
    """Names of the layers whose outputs appear anywhere in a layer's serialized calls."""
    if isinstance(node, dict):
        if node.get("class_name") == "__keras_tensor__":
            yield node["config"]["keras_history"][0]
        else:
            for value in node.values():
                yield from _sources(value)
    elif isinstance(node, list):
        for value in node:
            yield from _sources(value)
