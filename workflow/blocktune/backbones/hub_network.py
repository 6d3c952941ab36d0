"""A network of keras-hub in the form that all others have: the layers of its blocks are layers of the network."""

import numpy as np

from ..errors import BlocktuneError
from ..known_keras import keras
from ..messages import keras_reason
from ..settings.backbone import Backbone
from .checks import HEAD, Shape, check_input, check_layers, noise_for
from .graph import outputs_in
from .hub import load_hub, native_of
from .map import check_output
from .opened import opened
from .repeatable import alike, check_repeatable
from .whole import Whole, keep_whole


def build_hub(backbone: Backbone, shape: Shape) -> keras.Model:
    """Return a preset's network for images, flat, for one size of images, everything trainable.

    It shares layers and weights with the network that keras-hub made, which `whole.whole_of` returns: the layers of
    keras-hub can't all be built from descriptions of their own, so that one is saved in its place.

    Raises:
        BlocktuneError: it can't be loaded, or is none that can be fine-tuned layer by layer; says why.
    """
    network, name = load_hub(backbone, shape), backbone.name
    network.trainable = True
    for layer in network.layers:
        if layer.name == HEAD:
            layer.name = f"own_{HEAD}"
    output = _last(network)
    model = keras.Model(network.inputs[0], network.outputs[output])
    check_input(model, name, shape)
    noise = noise_for(shape, name, native_of(backbone))
    # A layer's own code may raise anything
    try:
        flat = _called_anew(opened(model, noise, described=False), noise)
        given, found = (np.asarray(each(noise, training=False)) for each in (model, flat))
    except Exception as error:
        raise BlocktuneError(f"{name} can't be built for {shape[0]} pixels: {keras_reason(error)}") from None
    check_layers(flat, name, described=False)
    check_output(flat, name, vector=True)
    if not np.isfinite(given).all():
        raise BlocktuneError(f"{name} gives numbers that are not finite, on noise of its pixels")
    if not alike(given, found):
        raise BlocktuneError(f"{name} answers differently once it is told in layers: it is no network of layers alone")
    check_repeatable(flat, name, noise)
    keep_whole(flat, Whole(network, output))
    return flat


def _last(network: keras.Model) -> int:
    """Which of the outputs is made last: some networks give what lies between their stages as well."""
    places = {id(operation): place for place, operation in enumerate(network.operations)}
    made = [places[id(output._keras_history.operation)] for output in network.outputs]
    return int(np.argmax(made))


def _called_anew(flat: keras.Model, images: np.ndarray) -> keras.Model:
    """The same network for images of one size, as if its layers had never been called elsewhere.

    Keras tells a layer's output by its first call, which was in the network that the layer comes from.
    """
    _correct_shapes(flat, images)
    for operation in flat.operations:
        operation._inbound_nodes, operation._outbound_nodes = [], []
    images = keras.Input(images.shape[1:], name=flat.layers[0].name)
    return keras.models.clone_model(flat, input_tensors=images, clone_function=lambda layer: layer)


def _correct_shapes(flat: keras.Model, images: np.ndarray) -> None:
    """Let layers tell the shapes that they give; some tell another one (SigLIP's places one too many)."""
    told = outputs_in(flat)
    layers = [layer for layer in flat.layers[1:] if len(keras.tree.flatten(layer.output)) == 1]
    given = keras.Model(flat.input, [told[id(layer)] for layer in layers])(images, training=False)
    for layer, values in zip(layers, keras.tree.flatten(given), strict=True):
        if tuple(values.shape[1:]) != tuple(told[id(layer)].shape[1:]):
            spec = keras.KerasTensor((None, *values.shape[1:]), told[id(layer)].dtype)
            layer.__dict__["compute_output_spec"] = lambda *args, spec=spec, **given: keras.KerasTensor(
                spec.shape, spec.dtype
            )
