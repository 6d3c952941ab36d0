"""How one candidate is trained: the section `training` of the settings."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .kinds import Count, Epochs, FromZero, Number, OrNull, Section

_WEIGHT_DECAY = 0.004
"""Keras' own for AdamW."""


class Plateau(Section):
    """Keras' ReduceLROnPlateau on the validation accuracy, as in the paper; the other defaults are Keras' own."""

    monitor: Literal["val_accuracy", "val_loss"] = Field("val_accuracy", description="What must improve.")
    factor: Number = Field(0.1, gt=0, lt=1, description="The learning rate is multiplied by this.")
    patience: Count = Field(10, description="Epochs without improvement before the learning rate falls.")
    min_delta: Number = Field(1e-4, ge=0, description="The least change that counts as an improvement.")
    cooldown: FromZero = Field(0, description="Epochs to wait after a reduction.")
    min_learning_rate: Number = Field(0.0, ge=0, description="The learning rate never falls below this.")


class Augmentation(Section):
    """Random changes of the training images, new in every epoch; the paper makes none."""

    flip: bool = Field(False, description="Mirror left to right, every other image.")
    crop: Annotated[Number, Field(ge=0, le=0.9)] = Field(
        0.0, description="Cut out up to this share of the area and enlarge the rest."
    )
    color: Annotated[Number, Field(ge=0, le=0.9)] = Field(
        0.0,
        description="Change brightness, contrast and saturation by up to this share either way.",
    )

    @property
    def any(self) -> bool:
        """Whether anything is changed."""
        return bool(self.flip or self.crop or self.color)


class Training(Section):
    """How one candidate is trained."""

    optimizer: Literal["adam", "adamw", "sgd"] = Field(
        "adam",
        description="`adam` (the paper's), `adamw` (Adam with weight decay, see `weight_decay`), or `sgd` with a "
        "momentum of 0.9, which needs rates about a hundred times as high.",
    )
    weight_decay: Annotated[Number, Field(ge=0, le=1)] = Field(
        _WEIGHT_DECAY,
        description="Only for `adamw`: each step shrinks every weight that trains by this times the learning rate; the "
        "default is Keras'.",
    )
    learning_rate: Number = Field(1e-4, gt=0, le=10, description="The optimizer's initial learning rate.")
    schedule: Literal["plateau", "cosine", "constant"] = Field(
        "plateau",
        description="How the learning rate changes: `plateau` (the paper's: it falls after epochs without improvement),"
        " `cosine` (step by step along half a cosine wave, to 0 at the run's end), or `constant`.",
    )
    warmup: Annotated[Number, Field(ge=0)] = Field(
        0.0,
        description="Only for `cosine` and `constant`: epochs, whole or not, in which the rate rises evenly from 0. "
        "Less than `epochs`.",
    )
    batch_size: Count = Field(4, description="Images per step.")
    epochs: Epochs = Field(50, description="Passes over the training set.")
    validate_every: Count = Field(
        1,
        description="The validation set is scored after every so many epochs, counted back from the last. Above 1 only "
        "if nothing reads the epochs between: not with `schedule: plateau`, `counts: best` or "
        "`search.method: halving`.",
    )
    plateau: Plateau = Field(Plateau(), description="When the learning rate falls, for `schedule: plateau`.")
    clip_norm: Annotated[Annotated[Number, Field(gt=0)] | None, OrNull] = Field(
        None,
        description="A step's gradient that is longer than this, over all weights that train, is scaled down to it, so "
        "that a single outlier changes less. `null`: never.",
    )
    label_smoothing: Annotated[Number, Field(ge=0, lt=1)] = Field(
        0.0,
        description="Share of each training label that is spread evenly over all classes. `loss` is then that of the "
        "smoothed labels, `val_loss` is not.",
    )
    batch_norm: Literal["layer", "frozen", "adapt"] = Field(
        "layer",
        description="What unfrozen BatchNormalization layers do. `layer` (Keras' own): they normalise with the batch's "
        "statistics; gamma and beta train. `frozen`: they normalise with the stored statistics, which stay; gamma and "
        "beta train. `adapt`: they normalise with the batch's statistics, which move the stored ones; gamma and beta "
        "stay. Frozen layers always keep all four.",
    )
    augmentation: Augmentation = Field(
        Augmentation(),
        description="Random changes of the training images. With any of them the frozen layers are not computed once, "
        "so every candidate costs as much as the whole network.",
    )
    counts: Literal["last", "best"] = Field(
        "last",
        description="Epoch selection: whether a run's score is that of its `last` epoch, or of the epoch with the "
        "`best` validation accuracy. Every epoch is stored, so changing this trains nothing again.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "Training":
        if self.weight_decay != _WEIGHT_DECAY and self.optimizer != "adamw":
            raise ValueError(
                f"weight_decay {self.weight_decay:g} is only for optimizer adamw, but optimizer is {self.optimizer}"
            )
        if self.schedule == "plateau" and self.warmup:
            raise ValueError(
                f"warmup {self.warmup:g} is only for the schedules cosine and constant, but schedule is plateau"
            )
        if self.warmup >= self.epochs:
            raise ValueError(f"warmup {self.warmup:g} must be less than epochs {self.epochs}: it is a part of them")
        if self.validate_every > self.epochs:
            raise ValueError(
                f"validate_every {self.validate_every} must be at most epochs {self.epochs}: with that only the last "
                "epoch is scored"
            )
        readers = (("schedule", "plateau", "cosine or constant"), ("counts", "best", "last"))
        for name, reads, others in readers if self.validate_every > 1 else ():
            if getattr(self, name) == reads:
                raise ValueError(
                    f"validate_every {self.validate_every} leaves epochs without validation values, but {name} {reads} "
                    f"needs those of every epoch: set validate_every to 1, or {name} to {others}"
                )
        # params.yaml states the plateau whatever the schedule, so what counts is whether it was changed
        defaults = Plateau()
        changed = [name for name in Plateau.model_fields if getattr(self.plateau, name) != getattr(defaults, name)]
        if self.schedule != "plateau" and changed:
            given = ", ".join(f"{name} {getattr(self.plateau, name)}" for name in changed)
            raise ValueError(
                f"plateau ({given}) is only for schedule plateau, but schedule is {self.schedule}: leave plateau as in "
                "params.yaml, or set schedule to plateau"
            )
        return self
