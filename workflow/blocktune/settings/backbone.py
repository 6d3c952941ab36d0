"""One entry of `backbones` in the settings."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from ..messages import nearest
from .architectures import ARCHITECTURES
from .kinds import Number, OptionalText, Section


class Backbone(Section):
    """A pre-trained network without its top."""

    name: str = Field(
        description="A constructor of keras.applications, or TinyPlain / TinyResidual (the demo's).",
        json_schema_extra={"enum": list(ARCHITECTURES)},
    )
    alpha: Annotated[Number, Field(gt=0, le=4)] | None = Field(
        None, description="Width multiplier, for the MobileNets; Keras' default is 1.0."
    )
    weights: str = Field(
        "imagenet",
        min_length=1,
        description="`imagenet` (downloaded by Keras), the path of a weights file (.h5), `none` (random), or `digits` "
        "(the tiny backbones: pre-trained by the workflow).",
    )
    label: OptionalText = Field(None, description="Name in tables and figures.")

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in ARCHITECTURES:
            hint = nearest(name, ARCHITECTURES)
            raise ValueError(f"unknown backbone {name!r}{hint}; allowed: {', '.join(ARCHITECTURES)}")
        return name

    @model_validator(mode="after")
    def _fits(self) -> "Backbone":
        architecture = ARCHITECTURES[self.name]
        if self.alpha is not None and not architecture.has_alpha:
            raise ValueError(f"alpha is a width of the MobileNets; {self.name} has none (given: {self.alpha:g})")
        widths = architecture.imagenet_alphas
        if self.weights == "imagenet" and self.alpha is not None and self.alpha not in widths:
            allowed = ", ".join(f"{width:g}" for width in widths)
            raise ValueError(f"{self.name} has imagenet weights for alpha {allowed} only (given: {self.alpha:g})")
        if architecture.tiny and self.weights == "imagenet":
            raise ValueError(f"{self.name} has no imagenet weights; allowed: digits, none, or a weights file")
        if not architecture.tiny and self.weights == "digits":
            raise ValueError(f"weights: digits is only for TinyPlain and TinyResidual, not for {self.name}")
        return self

    @property
    def weights_kind(self) -> str:
        """`imagenet`, `none`, `digits` or `file`."""
        return self.weights if self.weights in ("imagenet", "none", "digits") else "file"

    @property
    def key(self) -> str:
        """Name of this backbone in paths: says what it is, not how it is labelled."""
        weights = Path(self.weights).stem if self.weights_kind == "file" else self.weights
        parts = [self.name, f"a{self.alpha:g}" if self.alpha is not None else "", weights]
        return "-".join(re.sub(r"[^A-Za-z0-9_.]+", "_", part) for part in parts if part)

    @property
    def title(self) -> str:
        """Name in tables and figures; random weights always say so."""
        title = self.label or (self.name if self.alpha is None else f"{self.name} {self.alpha:g}")
        return f"{title} (random weights)" if self.weights == "none" else title
