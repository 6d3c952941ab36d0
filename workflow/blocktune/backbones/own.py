"""A network of the user's own: made, checked, and brought into the form that all others have."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BlocktuneError
from ..known_keras import keras
from ..messages import keras_reason
from ..settings.backbone import Backbone
from ..settings.own import is_function, is_saved
from .checks import BEGIN, Shape, check_input, check_layers, noise_for
from .function import call_function, register
from .graph import outputs_in
from .harmless import foreign_objects, own_modules
from .map import check_output
from .opened import opened
from .repeatable import alike, check_repeatable
from .saved import check_saved, check_sound, not_exportable
from .weights import load_weights

_SEED_STATE = "seed_generator_state"


def build_own(backbone: Backbone, shape: Shape) -> keras.Model:
    """Return the network as a functional model for one size of pictures, with its weights, everything trainable.

    Raises:
        BlocktuneError: it can't be loaded or made, or is none that can be fine-tuned layer by layer; says why.
    """
    made = load_saved(Path(backbone.name)) if is_saved(backbone.name) else call_function(backbone.name, shape)
    model = _functional(made, backbone.name)
    if backbone.weights_kind == "file":
        load_weights(made, Path(backbone.weights), backbone)
    check_input(model, backbone.name, shape)
    noise = noise_for(shape, backbone.name, backbone.native)
    if is_function(backbone.name):
        register(type(layer) for layer in model._flatten_layers())
    flat = _flat(model, backbone.name, noise)
    check_layers(flat, backbone.name)
    sized = _rebuilt(flat, backbone.name, shape)
    check_output(sized, backbone.name)
    config = json.loads(sized.to_json())
    foreign = foreign_objects(config, own_modules(config))
    if foreign:
        raise BlocktuneError(not_exportable(backbone.name, foreign[0]))
    _check_alike(model, flat, sized, backbone.name, noise)
    # What was built from may change by that: it is not needed any more
    check_repeatable(model, backbone.name, noise)
    return sized


def load_saved(path: Path) -> keras.Model:
    """Load a saved model in Keras' safe mode, which runs no code that is in it.

    Raises:
        BlocktuneError: the file is missing, damaged or no model that Keras knows all of.
    """
    check_saved(path)
    check_sound(path)
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    # Keras raises whatever it stumbles over
    except Exception as error:
        raise BlocktuneError(f"{path}: Keras can't load it: {keras_reason(error)}") from None


def seed_random_layers(model: keras.Model, seed: int) -> None:
    """Let all layers that use random numbers begin at states that follow from `seed` and their order alone."""
    states = [variable for layer in model.layers for variable in layer.variables if variable.name == _SEED_STATE]
    for place, state in enumerate(states):
        state.assign(np.random.SeedSequence([seed, place]).generate_state(2).astype(state.dtype))


def _functional(made: Any, name: str) -> keras.Model:
    if not isinstance(made, keras.Model):
        raise BlocktuneError(f"{name} returned a {type(made).__name__}; a keras.Model without top is needed")
    if isinstance(made, keras.Sequential) and not made.built:
        raise BlocktuneError(f"{name} is a Sequential model without an input: {BEGIN}")
    ends = [getattr(made, side, None) for side in ("inputs", "outputs")]
    if not all(ends):
        raise BlocktuneError(
            f"{name} is a subclassed model ({type(made).__name__}), whose layers have no known order: a functional "
            "model is needed, keras.Model(inputs, outputs)"
        )
    for tensors, what in zip(ends, ("input", "output"), strict=True):
        if len(tensors) != 1:
            maps = [place for place, tensor in enumerate(tensors) if what == "output" and len(tensor.shape) == 4]
            one = f": keras.Model(model.input, model.outputs[{maps[-1]}])" if maps else ""
            raise BlocktuneError(f"{name} has {len(tensors)} {what}s; a network with one {what} is needed{one}")
    return keras.Model(made.inputs[0], made.outputs[0])


def _rebuilt(model: keras.Model, name: str, shape: Shape) -> keras.Model:
    """The same network of new layers, for pictures of one size, all trainable whatever was frozen when it was saved."""
    try:
        built = keras.models.clone_model(model, input_tensors=keras.Input(shape, name=model.layers[0].name))
        _give_state(model, built)
    # A layer's own code may raise anything
    except Exception as error:
        raise BlocktuneError(
            f"{name} can't be built from its description for {shape[0]} pixels: {keras_reason(error)}"
        ) from None
    built.trainable = True
    for layer in built.layers:
        layer.trainable = True
    return built


def _give_state(model: keras.Model, built: keras.Model) -> None:
    """Let the layers of `built` take those of `model` for what a file holds: some compute more than weights from it."""
    for old, new in zip(model._flatten_layers(), built._flatten_layers(), strict=True):
        state: dict[str, Any] = {}
        old.save_own_variables(state)
        new.load_own_variables(state)


def _flat(model: keras.Model, name: str, images: np.ndarray) -> keras.Model:
    """The network with the layers of its models and composite layers as its own."""
    try:
        return opened(model, images)
    # A layer's own code may raise anything
    except Exception as error:
        raise BlocktuneError(f"{name} can't be built from its description: {keras_reason(error)}") from None


def _check_alike(model: keras.Model, flat: keras.Model, built: keras.Model, name: str, images: np.ndarray) -> None:
    """Refuse a network that answers noise otherwise than what it was built from."""
    given, found = (np.asarray(network(images, training=False)) for network in (model, built))
    if not np.isfinite(given).all():
        raise BlocktuneError(f"{name} gives numbers that are not finite, on noise of its pixels")
    if not alike(given, found):
        raise BlocktuneError(
            f"{name} answers differently once it is built from its layers' settings and weights (by up to "
            f"{np.abs(found - given).max():.2g} of {np.abs(given).max():.2g}): {_first_other(flat, built, images)} "
            "keeps something else, or is random outside training"
        )


def _first_other(flat: keras.Model, built: keras.Model, images: np.ndarray) -> str:
    """The first layer whose outputs differ."""
    # A layer that is called in several networks tells the output of the first call
    outputs = [outputs_in(network) for network in (flat, built)]
    for old, new in zip(flat.layers, built.layers, strict=True):
        one, other = (
            np.asarray(keras.Model(network.input, output[id(layer)])(images, training=False))
            for network, output, layer in ((flat, outputs[0], old), (built, outputs[1], new))
        )
        if not alike(one, other):
            return f"layer {old.name!r} ({type(old).__name__})"
    return "a layer"
