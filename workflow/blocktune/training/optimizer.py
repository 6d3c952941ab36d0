"""The optimizer, for all layers at one learning rate or for some at a share of it."""

from typing import Any

from ..known_keras import keras
from ..runs.spec import RunSpec

_MOMENTUM = 0.9


class _Shares:
    """An optimizer in which variables may have a share of the learning rate.

    Scaling gradients instead would do nothing with Adam, which divides by their size.

    Attributes:
        shares: of the learning rate, one for each trainable variable, in the order of the model.
    """

    shares: tuple[float, ...] = ()

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one variable at its own rate."""
        share = self.shares[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * share)


class SharesAdam(_Shares, keras.optimizers.Adam):
    """Adam with shares."""


class SharesSGD(_Shares, keras.optimizers.SGD):
    """Stochastic gradient descent with shares."""


def optimizer_of(spec: RunSpec, backbone: keras.Model, model: keras.Model) -> keras.optimizers.Optimizer:
    """Return a run's optimizer.

    Args:
        spec: gives the optimizer, its learning rate, and the layers that have a share of it.
        backbone: whose layers the shares' indices count.
        model: what trains; holds the part of the backbone that does, and the head.
    """
    sgd, rate = spec.training.get("optimizer") == "sgd", spec.training["learning_rate"]
    if spec.rates is None:
        return keras.optimizers.SGD(rate, momentum=_MOMENTUM) if sgd else keras.optimizers.Adam(rate)
    optimizer = SharesSGD(rate, momentum=_MOMENTUM) if sgd else SharesAdam(rate)
    share_of = {id(weight): rate.share for rate in spec.rates for weight in backbone.layers[rate.layer].weights}
    optimizer.shares = tuple(share_of.get(id(weight), 1.0) for weight in model.trainable_variables)
    return optimizer
