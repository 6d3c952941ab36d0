"""The optimizer, for all layers at one learning rate or for some at a share of it."""

from collections.abc import Sequence
from typing import Any

from ..files.spec import RunSpec
from ..known_keras import keras
from .schedule import LearningRate

_MOMENTUM = 0.9


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


class SharesAdam(_Shares, keras.optimizers.Adam):
    """Adam with shares."""


class SharesAdamW(_Shares, keras.optimizers.AdamW):
    """AdamW with shares."""


class SharesSGD(_Shares, keras.optimizers.SGD):
    """Stochastic gradient descent with shares."""


_MAKERS = {
    "adam": (keras.optimizers.Adam, SharesAdam),
    "adamw": (keras.optimizers.AdamW, SharesAdamW),
    "sgd": (keras.optimizers.SGD, SharesSGD),
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
    ordinary, with_shares = _MAKERS[name]
    more = {"sgd": {"momentum": _MOMENTUM}, "adamw": {"weight_decay": spec.training.get("weight_decay")}}.get(name, {})
    if spec.rates is None:
        return ordinary(rate, **more)
    optimizer = with_shares(rate, **more)
    share_of = {id(weight): rate.share for rate in spec.rates for weight in backbone.layers[rate.layer].weights}
    optimizer.shares = tuple(share_of.get(id(weight), 1.0) for weight in model.trainable_variables)
    return optimizer
