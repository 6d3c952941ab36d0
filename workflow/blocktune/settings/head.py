"""What the networks are fed, and the new classifier on them."""

from typing import Literal

from pydantic import Field, model_validator

from .kinds import HiddenUnits, Number, Section


class Pixels(Section):
    """What the networks are fed."""

    range: Literal["unit", "native"] = Field(
        "unit",
        description="`unit`: 0 to 1 for every network, as in the paper. `native`: the preprocessing of each network's "
        "weights.",
    )


class Head(Section):
    """The new classifier on the backbone."""

    pooling: Literal["flatten", "average", "max", "token"] = Field(
        "flatten",
        description="How the feature map, or the tokens of a transformer, become a vector: `flatten` (the paper), "
        "`average` or `max` over the positions, or `token`, the class token.",
    )
    units: HiddenUnits = Field(
        (128, 64),
        description="Units of the two hidden layers, both ReLU. `[]`: no hidden layer, the classes follow the pooling "
        "directly.",
    )
    dropout: Number = Field(
        0.5,
        ge=0,
        lt=1,
        description="Share of the first hidden layer's units that are dropped in training. Without hidden layers "
        "nothing is dropped.",
    )
    start: Literal["random", "probe"] = Field(
        "random",
        description="The classifier's initial weights: `random`, or `probe`, a logistic regression that is fitted to "
        "the frozen features of the run's own training set. The probe needs `units: []`.",
    )

    @model_validator(mode="after")
    def _probe_is_one_layer(self) -> "Head":
        if self.start == "probe" and self.units:
            raise ValueError(
                f"start is probe, which is one layer, but units {list(self.units)} asks for hidden ones: set units to "
                "[], or start to random"
            )
        return self
