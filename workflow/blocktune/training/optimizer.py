"""The optimizer, for all layers at one learning rate or for some at a share of it."""

import math
from collections.abc import Sequence
from typing import Any

from ..files.spec import RunSpec
from ..known_keras import keras
from .schedule import LearningRate

_MOMENTUM = 0.9

# Of what trains: beyond it the numbers themselves take the time, and copies of them memory
_MOST_AT_ONCE = 2**22


class _Shares:
    """An optimizer in which variables may have a share of the learning rate.

    Scaling gradients instead would do nothing with Adam, which divides by their size. Decay of weights has the same
    shares, as it is relative to the learning rate.

    Attributes:
        shares: of the learning rate, one for each trainable variable, in the order of the model.
    """

    shares: tuple[float, ...] = ()

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable at its own rate."""
        share = self.shares[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * share)

    def _apply_weight_decay(self, variables: Sequence[Any]) -> None:
        if self.weight_decay is None:
            return
        for variable in filter(self._use_weight_decay, variables):
            share = self.shares[self._get_variable_index(variable)]
            variable.assign(variable - variable * (self.weight_decay * self.learning_rate * share))


class _AtOnce:
    """Adam that changes all variables in one go, on TensorFlow.

    Keras takes some twenty small operations for each variable. In a small network they take longer to trace than all
    that the update computes. Here they work on all variables joined in one vector. Each number goes through the same
    operations, so it is the same, bit for bit.
    """

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Make the moments of all variables, one after the other in one vector each."""
        if self.built:
            return
        keras.optimizers.Optimizer.build(self, variables)
        count = sum(math.prod(variable.shape) for variable in variables)
        self._moments = [self.add_variable((count,), "zeros", name=name) for name in ("momentum", "velocity")]

    def _apply_weight_decay(self, variables: Sequence[keras.Variable]) -> None:
        """Leave it to the update."""

    def _backend_update_step(
        self, gradients: Sequence[Any], variables: Sequence[keras.Variable], learning_rate: Any
    ) -> None:
        import tensorflow as tf

        ops, (momentum, velocity) = keras.ops, (moment.value for moment in self._moments)
        # Keras leaves out variables that the loss doesn't depend on
        given = {id(variable): gradient for variable, gradient in zip(variables, gradients, strict=True)}
        every = self._trainable_variables
        gradient = _in_a_row([given[id(one)] if id(one) in given else ops.zeros(one.shape) for one in every])
        weights = _in_a_row(every)
        if self.weight_decay is not None:
            weights -= weights * self.weight_decay * ops.cast(self.learning_rate, "float32")
        step = ops.cast(self.iterations + 1, "float32")
        first, second = (ops.power(ops.cast(beta, "float32"), step) for beta in (self.beta_1, self.beta_2))
        alpha = ops.cast(learning_rate, "float32") * ops.sqrt(1 - second) / (1 - first)
        momentum = momentum.assign_add((gradient - momentum) * (1 - self.beta_1))
        velocity = velocity.assign_add((ops.square(gradient) - velocity) * (1 - self.beta_2))
        weights -= momentum * alpha / (ops.sqrt(velocity) + self.epsilon)
        parts = tf.split(weights, [math.prod(variable.shape) for variable in every])
        for variable, part in zip(every, parts, strict=True):
            if id(variable) in given:
                variable.assign(ops.reshape(part, variable.shape))


def _in_a_row(tensors: Sequence[Any]) -> Any:
    return keras.ops.concatenate([keras.ops.reshape(tensor, [-1]) for tensor in tensors])


class AdamAtOnce(_AtOnce, keras.optimizers.Adam):
    """Adam for few weights."""


class AdamWAtOnce(_AtOnce, keras.optimizers.AdamW):
    """AdamW for few weights."""


class SharesAdam(_Shares, keras.optimizers.Adam):
    """Adam with shares."""


class SharesAdamW(_Shares, keras.optimizers.AdamW):
    """AdamW with shares."""


class SharesSGD(_Shares, keras.optimizers.SGD):
    """Stochastic gradient descent with shares."""


_MAKERS = {
    "adam": (keras.optimizers.Adam, AdamAtOnce, SharesAdam),
    "adamw": (keras.optimizers.AdamW, AdamWAtOnce, SharesAdamW),
    "sgd": (keras.optimizers.SGD, keras.optimizers.SGD, SharesSGD),
}


def optimizer_of(
    spec: RunSpec, backbone: keras.Model, model: keras.Model, rate: LearningRate
) -> keras.optimizers.Optimizer:
    """Return a run's optimizer.

    Args:
        spec: gives the optimizer and the layers that have a share of its learning rate.
        backbone: whose layers the shares' indices count.
        model: what trains; holds the part of the backbone that does, and the head.
        rate: the learning rate (`schedule.rate_of`).
    """
    name = spec.training.get("optimizer", "adam")
    ordinary, at_once, with_shares = _MAKERS[name]
    own = {"sgd": {"momentum": _MOMENTUM}, "adamw": {"weight_decay": spec.training.get("weight_decay")}}.get(name, {})
    more = {**own, "global_clipnorm": spec.training.get("clip_norm")}
    if spec.rates is None:
        return (at_once if _can_be_at_once(model) else ordinary)(rate, **more)
    optimizer = with_shares(rate, **more)
    share_of = {id(weight): rate.share for rate in spec.rates for weight in backbone.layers[rate.layer].weights}
    optimizer.shares = tuple(share_of.get(id(weight), 1.0) for weight in model.trainable_variables)
    return optimizer


def _can_be_at_once(model: keras.Model) -> bool:
    """Whether all that trains of a model can be changed at once: on TensorFlow, in float32, and few weights."""
    weights = model.trainable_variables
    plain = keras.backend.backend() == "tensorflow" and all(weight.dtype == "float32" for weight in weights)
    return plain and sum(math.prod(weight.shape) for weight in weights) <= _MOST_AT_ONCE
