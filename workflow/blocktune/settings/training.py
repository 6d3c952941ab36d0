"""How one candidate is trained: the section `training` of the settings."""

from typing import Annotated, Literal

from pydantic import Field

from .kinds import Count, Epochs, FromZero, Number, Section


class Plateau(Section):
    """Keras' ReduceLROnPlateau on the validation accuracy, as in the paper; the other defaults are Keras' own."""

    monitor: Literal["val_accuracy", "val_loss"] = Field("val_accuracy", description="What has to improve.")
    factor: Number = Field(0.1, gt=0, lt=1, description="The learning rate is multiplied by this.")
    patience: Count = Field(10, description="Epochs without improvement before that.")
    min_delta: Number = Field(1e-4, ge=0, description="What counts as an improvement.")
    cooldown: FromZero = Field(0, description="Epochs to wait after a reduction.")
    min_learning_rate: Number = Field(0.0, ge=0, description="The learning rate never falls below this.")


class Augmentation(Section):
    """How photographs are changed at random in training, anew in every epoch; the paper changes none."""

    flip: bool = Field(False, description="Mirror a photograph left to right, every other time.")
    crop: Annotated[Number, Field(ge=0, le=0.9)] = Field(
        0.0, description="Cut out up to this share of the area at a random place and enlarge the rest."
    )
    colour: Annotated[Number, Field(ge=0, le=0.9)] = Field(
        0.0, description="Change brightness, contrast and saturation by up to this share either way."
    )

    @property
    def any(self) -> bool:
        """Whether anything is changed."""
        return bool(self.flip or self.crop or self.colour)


class Training(Section):
    """How one candidate is trained."""

    optimizer: Literal["adam", "sgd"] = Field(
        "adam", description="What changes the weights: `adam` (the paper's), or `sgd` with a momentum of 0.9."
    )
    learning_rate: Number = Field(1e-4, gt=0, le=10, description="The optimizer's initial learning rate.")
    batch_size: Count = Field(4, description="Photographs per step.")
    epochs: Epochs = Field(50, description="Passes over the training part.")
    plateau: Plateau = Field(Plateau(), description="When the learning rate falls.")
    batch_norm: Literal["layer", "frozen", "adapt"] = Field(
        "layer",
        description="What BatchNormalization layers of a candidate do: `layer` (Keras' own: statistics of the batch, "
        "gamma and beta train), `frozen` (stored statistics, which stay; gamma and beta train), `adapt` (statistics of "
        "the batch, which move the stored ones; gamma and beta stay). Frozen layers always keep all four.",
    )
    augmentation: Augmentation = Field(
        Augmentation(),
        description="Random changes of the photographs that are trained on. With any of them no part of the network is "
        "computed only once, so every candidate costs as much as the whole network.",
    )
    counts: Literal["last", "best"] = Field(
        "last",
        description="Which epoch's validation accuracy is a run's score. Every epoch is stored: changing this trains "
        "nothing.",
    )
