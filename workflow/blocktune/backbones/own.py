"""A network of the user's own: made, checked, and brought into the form that all others have."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BlocktuneError
from ..known_keras import keras
from ..messages import keras_reason
from ..settings.architectures import NativeRange
from ..settings.backbone import Backbone
from ..settings.own import is_saved
from .function import call_function
from .graph import calls
from .harmless import foreign_objects, own_modules
from .map import check_output, shown
from .pixels import pixel_transform
from .repeatable import ALIKE, check_repeatable
from .saved import check_saved, check_sound, nested_model, not_exportable
from .weights import load_weights

Shape = tuple[int, int, int]

HEAD = "head"
"""What the new classifier is called in every network that trains."""

_BEGIN = "begin it with keras.Input((height, width, 3))"
_SEED_STATE = "seed_generator_state"


def build_own(backbone: Backbone, shape: Shape) -> keras.Model:
    """Return the network as a functional model for one size of pictures, with its weights, everything trainable.

    Args:
        backbone: the settings' entry.
        shape: of a picture, (height, width, 3).

    Raises:
        BlocktuneError: it can't be loaded or made, or is none that can be fine-tuned layer by layer; says why.
    """
    made = load_saved(Path(backbone.name)) if is_saved(backbone.name) else call_function(backbone.name, shape)
    model = _functional(made, backbone.name)
    if backbone.weights_kind == "file":
        load_weights(made, Path(backbone.weights), backbone)
    _check_layers(model, backbone.name)
    _check_input(model, backbone.name, shape)
    sized = _rebuilt(model, backbone.name, shape)
    check_output(sized, backbone.name)
    config = json.loads(sized.to_json())
    foreign = foreign_objects(config, own_modules(config))
    if foreign:
        raise BlocktuneError(not_exportable(backbone.name, foreign[0]))
    _check_alike(model, sized, backbone.name, backbone.native)
    # What was built from may change by that: it is not needed any more
    check_repeatable(model, backbone.name, _noise(sized, backbone.name, backbone.native))
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
        raise BlocktuneError(f"{name} is a Sequential model without an input: {_BEGIN}")
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


def _check_layers(model: keras.Model, name: str) -> None:
    called = calls(model)
    for layer in model.layers:
        problem = None
        if isinstance(layer, keras.Model):
            raise BlocktuneError(nested_model(name, layer.name))
        if isinstance(layer, keras.layers.Lambda):
            problem = "is a Lambda, which no saved model may hold: write a layer class, or use keras.ops"
        elif not _is_known(type(layer)):
            problem = (
                f"is a {type(layer).__name__}, which Keras could not load again: put "
                "@keras.saving.register_keras_serializable() before that class"
            )
        elif layer.dtype_policy.name != "float32":
            problem = f"computes in {layer.dtype_policy.name}; float32 is needed"
        elif called.get(layer.name, 0) > 1:
            problem = f"is called {called[layer.name]} times; a layer has one place: make a new one for each call"
        elif not hasattr(layer.output, "shape"):
            problem = "has several outputs; one is needed"
        elif layer.name == HEAD:
            problem = "has the name of the new classifier: rename it"
        elif ";" in layer.name:
            problem = "has a semicolon in its name: rename it"
        if problem:
            raise BlocktuneError(f"{name}: layer {layer.name!r} {problem}")


def _is_known(kind: type) -> bool:
    """Whether Keras finds a layer's class again by its name."""
    if kind.__module__.partition(".")[0] == "keras":
        return True
    return keras.saving.get_registered_object(keras.saving.get_registered_name(kind)) is kind


def _check_input(model: keras.Model, name: str, shape: Shape) -> None:
    batch, *picture = model.input_shape
    if len(picture) != 3 or picture[-1] != 3:
        raise BlocktuneError(f"{name} takes {shown(picture)}; pictures (height, width, 3) are needed")
    if batch is not None:
        raise BlocktuneError(f"{name} takes exactly {batch} pictures at a time: {_BEGIN}")
    if model.inputs[0].dtype != "float32":
        raise BlocktuneError(f"{name} takes {model.inputs[0].dtype}; an input of float32 is needed")
    if any(own not in (None, asked) for own, asked in zip(picture, shape, strict=True)):
        raise BlocktuneError(
            f"{name} takes pictures of {picture[0]} x {picture[1]} pixels, but data.image_size is {shape[0]}: set "
            "data.image_size (for `blocktune plan`: --image-size) to its size, or build it for any size with "
            "keras.Input((None, None, 3))"
        )


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


def _noise(built: keras.Model, name: str, native: NativeRange | None) -> np.ndarray:
    """Two pictures of noise as a network takes them, float32 (2, height, width, 3)."""
    noise = np.random.default_rng(0).integers(0, 256, (2, *built.input_shape[1:]), np.uint8)
    return pixel_transform(name, "native", native)(noise)


def _check_alike(model: keras.Model, built: keras.Model, name: str, native: NativeRange | None) -> None:
    """Refuse a network that answers noise otherwise than what it was built from."""
    images = _noise(built, name, native)
    given, found = (np.asarray(network(images, training=False)) for network in (model, built))
    if not np.isfinite(given).all():
        raise BlocktuneError(f"{name} gives numbers that are not finite, on noise of its pixels: {native}")
    difference = np.abs(found - given).max()
    if not difference <= ALIKE * np.abs(given).max():
        raise BlocktuneError(
            f"{name} answers differently once it is built from its layers' settings and weights (by up to "
            f"{difference:.2g} of {np.abs(given).max():.2g}): {_first_other(model, built, images)} keeps something "
            "else, or is random outside training"
        )


def _first_other(model: keras.Model, built: keras.Model, images: np.ndarray) -> str:
    """The first layer whose outputs differ."""
    for old, new in zip(model.layers, built.layers, strict=True):
        one, other = (
            np.asarray(keras.Model(network.input, layer.output)(images, training=False))
            for network, layer in ((model, old), (built, new))
        )
        if not np.abs(other - one).max(initial=0) <= ALIKE * np.abs(one).max(initial=0):
            return f"layer {old.name!r} ({type(old).__name__})"
    return "a layer"
