"""From a Keras backbone to its layer table: the only step of planning that needs Keras."""

import json
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from ..candidates.table import Layer, LayerTable
from ..settings.backbone import Backbone
from .build import weights_digest


def layer_table(model: keras.Model, backbone: Backbone, seed: int) -> LayerTable:
    """Return the table of a functional backbone as Keras built it with `seed`, all layers trainable."""
    cuts = _cut_names(model)
    layers = [
        Layer(
            index=place,
            name=layer.name,
            type=type(layer).__name__,
            parameters=_elements(layer.trainable_weights),
            state=_elements(layer.non_trainable_weights),
            cut=layer.name in cuts,
            random=hasattr(layer, "seed_generator"),
            output_shape=tuple(layer.output.shape[1:]),
        )
        for place, layer in enumerate(model.layers)
    ]
    described = {
        **backbone.model_dump(),
        "key": backbone.key,
        "title": backbone.title,
        "weights_kind": backbone.weights_kind,
    }
    return LayerTable(
        described, keras.backend.backend(), weights_digest(model), model.input_shape[1], seed, tuple(layers)
    )


def _elements(weights: list[Any]) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)


def _cut_names(model: keras.Model) -> set[str]:
    """Names of the layers after which every edge to a later operation leaves through that layer alone."""
    # The config lists plain operations (x + 3) too, which `model.layers` leaves out, in topological order
    operations = json.loads(json.dumps(model.get_config()["layers"]))
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
