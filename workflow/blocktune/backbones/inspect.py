"""From a Keras backbone to its layer table: the only step of planning that needs Keras."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..files.layers import Layer, LayerTable
from ..known_keras import keras
from ..settings.backbone import Backbone
from ..settings.own import is_hub
from .graph import architecture_digest, cut_names
from .hub import native_of
from .opened import blocks_by_nature
from .weights import weights_digest


def layer_table(model: keras.Model, backbone: Backbone, seed: int) -> LayerTable:
    """Return the table of a functional backbone as Keras built it with `seed`, all layers trainable."""
    cuts, blocks = cut_names(model), blocks_by_nature(model) if backbone.own else {}
    layers = [
        Layer(
            index=place,
            name=layer.name,
            type=type(layer).__name__,
            parameters=_elements(layer.trainable_weights),
            state=_elements(layer.non_trainable_weights),
            cut=layer.name in cuts,
            random=is_random(layer),
            output_shape=tuple(keras.tree.flatten(layer.output)[0].shape[1:]),
            block=blocks.get(layer.name),
        )
        for place, layer in enumerate(model.layers)
    ]
    about = backbone.described
    if is_hub(backbone.name):
        about = replace(about, native=native_of(backbone))
    return LayerTable(
        about,
        keras.backend.backend(),
        weights_digest(model),
        model.input_shape[1],
        seed,
        tuple(layers),
        architecture_digest(model) if backbone.own else None,
    )


def is_random(layer: keras.Layer) -> bool:
    """Whether a layer, or one inside it, uses random numbers; their states are variables, but no weights."""
    return hasattr(layer, "seed_generator") or len(layer.variables) > len(layer.weights)


def _elements(weights: list[Any]) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)
