"""A network that holds models or composite layers, opened: their parts become layers of the network itself.

A part is called OUTER.PART. Where a block ends (of a transformer, say) stands an `Identity` with the block's name: it
computes nothing, and is where the network can be cut. A composite layer that can't be told in parts stays one layer.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..known_keras import keras
from .composite import has_description, is_composite, lies_in, name_parts, parts_of, tensors_in
from .graph import calls, cut_names, outputs_in
from .repeatable import alike

_END = keras.layers.Identity


def opened(model: keras.Model, images: np.ndarray, described: bool = True) -> keras.Model:
    """Return a network of the same parts that gives the same numbers, in inference and in training.

    Args:
        model: a functional network; its layers and their weights are shared, and parts get new names. It may have moved
            its statistics and random states, but for their return.
        images: what it takes, float32 (N, height, width, 3).
        described: whether every part needs a description, by which it can be saved and built again.

    Returns:
        The model itself if it holds neither models nor composite layers.
    """
    if not any(is_composite(operation) for operation in model.operations):
        return model
    taken = keras.Input(images.shape[1:], name=model.layers[0].name)
    model = keras.models.clone_model(model, input_tensors=taken, clone_function=_as_it_is)
    opening = _Opening(described, careful=False)
    flat = opening.done(model)
    if flat is not model and not _same_answers(model, flat, images):
        # One of them does more than call its parts
        opening = _Opening(described, careful=True)
        flat = opening.done(model)
    blocks = _block_ends(flat, opening.ends)
    return keras.models.clone_model(
        flat,
        clone_function=_as_it_is,
        call_function=lambda layer, *args, **kwargs: (
            args[0] if layer.name in opening.ends - blocks else layer(*args, **kwargs)
        ),
    )


def blocks_by_nature(model: keras.Model) -> dict[str, str]:
    """Return the names of the blocks that composite layers are, by the names of all layers that lie in one."""
    names, cuts = [layer.name for layer in model.layers], cut_names(model, of_weights=True)
    ends = {layer.name for layer in model.layers if isinstance(layer, _END)}
    ends = {end for end in ends if any(lies_in(name, end) for name in names)}
    found = {layer.name: layer.name for layer in model.layers if layer.name in cuts and is_composite(layer)}
    return found | {name: end for name in names for end in ends if name == end or lies_in(name, end)}


class _Opening:
    """Opens a network level by level.

    Attributes:
        ends: names of the layers that were opened; where each ends there is an `Identity` of its name.
    """

    def __init__(self, described: bool, careful: bool) -> None:
        self.ends: set[str] = set()
        self._described, self._careful = described, careful
        self._closed: set[int] = set()
        self._copies: Counter[str] = Counter()

    def done(self, model: keras.Model) -> keras.Model:
        """Return the network once nothing more can be opened."""
        while True:
            self._changed, self._called = False, set[int]()
            flat = keras.models.clone_model(model, clone_function=_as_it_is, call_function=self._call)
            if not self._changed:
                return model
            model = flat

    def _call(self, layer: Any, *args: Any, **kwargs: Any) -> Any:
        if is_composite(layer):
            outputs = self._in_parts(layer, args, kwargs)
            if outputs is not None:
                self._changed = True
                return outputs
        again = id(layer) in self._called
        self._called.add(id(layer))
        if again and isinstance(layer, keras.Layer) and not layer.variables:
            # What has no state can as well be two layers, which have one place each
            self._changed = True
            layer = self._copied(layer)
        return layer(*args, **kwargs)

    def _in_parts(self, layer: keras.Layer, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What a composite layer gives, of its parts and of theirs; None if they say less than the layer."""
        if id(layer) in self._closed:
            return None
        name_parts(layer)
        try:
            with self._parts_opened(layer):
                outputs = layer.call(*args, **kwargs)
            taken = tensors_in((args, kwargs))
            made = [each for each in tensors_in(outputs) if all(each is not one for one in taken)]
            inside = keras.Model(taken, made)
            told = _says_all(layer, inside) and (not self._described or all(map(has_description, inside.layers)))
            told = told and (not self._careful or self._same_alone(layer, args, kwargs))
        # A layer's own code may raise anything on tensors without values
        except Exception:
            told = False
        if not told:
            self._closed.add(id(layer))
            return None
        return self._ended(layer.name, outputs, made)

    def _ended(self, name: str, outputs: Any, made: list[keras.KerasTensor]) -> Any:
        """What an opened layer gives, behind a layer of its name if that is one tensor besides what it took."""
        if len(made) != 1:
            return outputs
        self.ends.add(name)
        end = _END(name=name)(made[0])
        return keras.tree.map_structure(lambda each: end if each is made[0] else each, outputs)

    @contextmanager
    def _parts_opened(self, layer: keras.Layer) -> Iterator[None]:
        """Let composite parts of a layer be told in parts wherever the layer's code calls them."""
        opening = self
        kinds = {type(part) for part in parts_of(layer) if is_composite(part) and not isinstance(part, keras.Model)}
        kinds = {kind for kind in kinds if "__call__" not in vars(kind)}

        def called(part: keras.Layer, *args: Any, **kwargs: Any) -> Any:
            found = opening._in_parts(part, args, kwargs) if tensors_in((args, kwargs)) and is_composite(part) else None
            return keras.Layer.__call__(part, *args, **kwargs) if found is None else found

        for kind in kinds:
            kind.__call__ = called
        try:
            yield
        finally:
            for kind in kinds:
                del kind.__call__

    def _copied(self, layer: keras.Layer) -> keras.Layer:
        """A layer like one without state, for its next call."""
        self._copies[layer.name] = max(self._copies[layer.name], 1) + 1
        # Not every one has a description that it could be built from again
        other = object.__new__(type(layer))
        name = f"{layer.name}_{self._copies[layer.name]}"
        other.__dict__.update(vars(layer) | {"name": name, "_inbound_nodes": [], "_outbound_nodes": []})
        return other

    def _same_alone(self, layer: keras.Layer, args: tuple, kwargs: dict[str, Any]) -> bool:
        """Whether a layer alone answers noise as its parts do."""
        inputs: list[Any] = []
        noise: list[np.ndarray] = []
        random = np.random.default_rng(0)

        def apart(given: Any) -> Any:
            if not isinstance(given, keras.KerasTensor):
                return given
            inputs.append(keras.Input(batch_shape=given.shape, dtype=given.dtype))
            noise.append(random.normal(size=[side or 2 for side in given.shape]).astype(given.dtype))
            return inputs[-1]

        args, kwargs = keras.tree.map_structure(apart, (args, kwargs))
        whole = keras.Model(inputs, tensors_in(keras.Layer.__call__(layer, *args, **kwargs)))
        with self._parts_opened(layer):
            parts = keras.Model(inputs, tensors_in(layer.call(*args, **kwargs)))
        return _same_answers(whole, parts, noise)


def _as_it_is(layer: Any) -> Any:
    return layer


def _says_all(layer: keras.Layer, inside: keras.Model) -> bool:
    """Whether all that a layer holds is in its parts, each of which has one place."""
    held, reached = ({id(variable) for variable in one.variables} for one in (layer, inside))
    called = calls(inside)
    once = all(called[part.name] <= 1 for part in inside.layers if part.variables)
    arguments = [
        argument
        for operation in inside.operations
        for node in operation._inbound_nodes
        for argument in keras.tree.flatten((node.arguments.args, node.arguments.kwargs))
    ]
    made = outputs_in(inside)
    tensors = tensors_in([made.get(id(part)) for part in inside.layers])
    sized = all(None not in tensor.shape[1:] for tensor in tensors)
    plain = not any(isinstance(argument, keras.Variable) for argument in arguments)
    return sized and held == reached and once and plain


def _block_ends(flat: keras.Model, ends: Collection[str]) -> set[str]:
    """Names of the innermost composite layers that the network can be cut behind."""
    cuts = cut_names(flat, of_weights=True)
    found = {layer.name for layer in flat.layers if layer.name in cuts and (layer.name in ends or is_composite(layer))}
    return {name for name in found if not any(lies_in(other, name) for other in found)}


def _same_answers(one: keras.Model, other: keras.Model, inputs: Any) -> bool:
    """Whether two networks of the same variables answer alike, in inference and in training, which leaves no trace."""
    before = [(variable, variable.numpy()) for variable in one.variables]

    def answers(network: Callable[..., Any], training: bool) -> list[np.ndarray]:
        found = network(inputs, training=training)
        for variable, value in before:
            variable.assign(value)
        return [np.asarray(each) for each in keras.tree.flatten(found)]

    try:
        return all(
            alike(first, second)
            for training in (False, True)
            for first, second in zip(answers(one, training), answers(other, training), strict=True)
        )
    # A part's own code may raise anything
    except Exception:
        return False
