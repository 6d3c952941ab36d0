"""The lines of a snippet that make the backbone as a study had it."""

import json

from ..settings.own import is_function, is_hub, is_own, is_saved
from .layers import Network


def backbone_lines(backbone: Network, size: int, seed: int) -> list[str]:
    """Return the lines that make a backbone for inputs of `size` pixels; `seed` is of weights that start at random."""
    if not is_own(backbone.name):
        return _keras_backbone(backbone, size)
    return _blocktunes(backbone, size, seed) if in_parts(backbone) else _own_backbone(backbone, size)


def in_parts(backbone: Network) -> bool:
    """Return whether its layers are parts of others, which Keras does not list."""
    return is_hub(backbone.name) or any("." in layer.name for layer in backbone.layers)


def at_inference(backbone: Network) -> list[str]:
    """Return the lines that hold BatchNormalization at its stored statistics.

    `training=False` for the whole backbone is overridden by `fit`.
    """
    layers = "_flatten_layers()" if is_own(backbone.name) else "layers"
    return [
        "# BatchNormalization stays at inference, also where gamma and beta train: Keras has no switch for that",
        f"for layer in backbone.{layers}:",
        "    if isinstance(layer, keras.layers.BatchNormalization):",
        "        layer.call = lambda inputs, call=layer.call, **_: call(inputs, training=False)",
    ]


def _blocktunes(backbone: Network, size: int, seed: int) -> list[str]:
    """How a network is had whose blocks are told in their parts."""
    weights = "" if backbone.weights_kind == "own" else f", weights={json.dumps(backbone.weights)}"
    native = "" if is_hub(backbone.name) else f", native={json.dumps(backbone.trained_on)}"
    return [
        "# With the layers inside of blocks as layers of the network, which Keras alone does not list",
        "from blocktune.backbones.build import build_backbone",
        "from blocktune.settings.backbone import Backbone",
        *(["from blocktune.settings.own import allow_here"] if is_function(backbone.name) else []),
        "",
        *(["allow_here()"] if is_function(backbone.name) else []),
        f"entry = Backbone(name={json.dumps(backbone.name)}{weights}{native})",
        f"backbone = build_backbone(entry, {size}, seed={seed})",
    ]


def _keras_backbone(backbone: Network, size: int) -> list[str]:
    width = "" if backbone.alpha is None else f"alpha={backbone.alpha:g}, "
    weights = json.dumps(backbone.weights) if backbone.weights_kind in ("imagenet", "file") else None
    return [
        f"backbone = keras.applications.{backbone.name}(",
        f"    {width}include_top=False, weights={weights}, input_shape=({size}, {size}, 3)",
        ")",
    ]


def _own_backbone(backbone: Network, size: int) -> list[str]:
    """How a network of the user's own is had, without what was frozen when it was saved."""
    if is_saved(backbone.name):
        made = [f"backbone = keras.saving.load_model({json.dumps(backbone.name)}, compile=False)"]
    else:
        module, _, function = backbone.name.partition(":")
        made = [f"backbone = importlib.import_module({json.dumps(module)}).{function}(({size}, {size}, 3))"]
    if backbone.weights_kind == "file":
        made.append(f"backbone.load_weights({json.dumps(backbone.weights)})")
    return [*made, "backbone.trainable = True"]
