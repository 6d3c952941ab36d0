"""One entry of `backbones` in the settings."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from ..files.layers import InspectedBackbone
from ..messages import nearest
from .architectures import ARCHITECTURES, Architecture, NativeRange, architecture_of
from .kinds import Line, Number, OptionalText, Section
from .other_forms import other_form
from .own import HUB, NAME_PATTERNS, SAVED, hub_folder, is_hub, is_own, is_saved

_KINDS = ("imagenet", "none", "digits", "own")

_LONGEST_KEY = 150
"""Names of files have up to 255 letters; some of ours are a key and more."""


class Backbone(Section):
    """A pre-trained network without its top."""

    name: str = Field(
        description="A constructor of keras.applications; TinyPlain or TinyResidual (the demo's); or your own network "
        "without top. That is the path of a model that Keras saved (.keras), or `module:function`. The function is "
        "called as function(input_shape) and needs the execution setting `allow_code`. Or a backbone of keras-hub: "
        "`hub:PRESET`, which is downloaded, or `hub:path/to/folder`, a preset on this machine.",
        json_schema_extra={"anyOf": [{"enum": list(ARCHITECTURES)}, *NAME_PATTERNS]},
    )
    alpha: Annotated[Number, Field(gt=0, le=4)] | None = Field(
        None, description="Width of a MobileNet; Keras' default is 1.0."
    )
    weights: Line = Field(
        "imagenet",
        description="`imagenet` (downloaded by Keras), the path of a weights file without top (.h5), `none` (random "
        "weights), or `digits` (only the tiny backbones: pre-trained by the workflow). Your own network has `own` "
        "weights, its default; for a function, `none` or a weights file work, too, and `none` for a backbone of "
        "keras-hub.",
    )
    native: NativeRange | None = Field(
        None,
        description="Only for your own network, where it is required: its preprocessing. A preset of keras-hub tells "
        "it, so leave it out there. `unit` "
        "(0 to 1), `tf` (-1 to 1), `caffe` (BGR, ImageNet's mean subtracted), `torch` (0 to 1, then ImageNet's mean "
        "and deviation), `raw` (0 to 255).",
    )
    label: OptionalText = Field(None, description="Name in tables and figures.")

    @model_validator(mode="before")
    @classmethod
    def _weights_of_its_own(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and isinstance(given.get("name"), str) and is_own(given["name"]):
            return {"weights": "own", **given}
        return given

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name in ARCHITECTURES or is_own(name):
            return name
        other = other_form(Path(name))
        if other:
            raise ValueError(other)
        own = f"or a network of your own: the path of a saved model ({SAVED}), or module:function; or hub:PRESET"
        if Path(name).suffix or "/" in name or ":" in name:
            raise ValueError(f"{name!r} is no constructor of keras.applications, {own}")
        hint = nearest(name, ARCHITECTURES)
        raise ValueError(f"unknown backbone {name!r}{hint}; allowed: {', '.join(ARCHITECTURES)}, {own}")

    @model_validator(mode="after")
    def _fits(self) -> "Backbone":
        architecture = self.architecture
        widths = architecture.imagenet_alphas
        if self.alpha is not None and not widths:
            raise ValueError(f"alpha is a width of the MobileNets; {self.name} has none (given: {self.alpha:g})")
        if self.own:
            self._check_own()
            return self
        if self.native is not None:
            raise ValueError(
                f"native is only for networks of your own; {self.name} was trained on {architecture.native}"
            )
        if self.weights == "own":
            raise ValueError(f"weights: own is only for networks of your own, not for {self.name}")
        if self.weights == "imagenet" and self.alpha is not None and self.alpha not in widths:
            allowed = ", ".join(f"{width:g}" for width in widths)
            raise ValueError(f"{self.name} has imagenet weights for alpha {allowed} only (given: {self.alpha:g})")
        if architecture.tiny and self.weights == "imagenet":
            raise ValueError(f"{self.name} has no imagenet weights; allowed: digits, none, or a weights file")
        if not architecture.tiny and self.weights == "digits":
            raise ValueError(f"weights: digits is only for TinyPlain and TinyResidual, not for {self.name}")
        return self

    def _check_own(self) -> None:
        if is_hub(self.name):
            self._check_hub()
            return
        if is_saved(self.name) and self.weights != "own":
            raise ValueError(f"{self.name} has its weights inside: leave weights out (given: {self.weights!r})")
        if self.weights in ("imagenet", "digits"):
            raise ValueError(
                f"{self.name} has no {self.weights} weights; allowed: own (those that the function gives it), none "
                "(it makes random ones), or a weights file"
            )
        if self.native is None:
            raise ValueError(
                f"{self.name} needs native, the pixels that it was trained on: unit (0 to 1), tf (-1 to 1), caffe "
                "(BGR, ImageNet's mean subtracted), torch (0 to 1, then ImageNet's mean and deviation), raw (0 to 255)"
            )

    def _check_hub(self) -> None:
        if hub_folder(self.name) is None and not re.fullmatch(r"[\w.-]+", self.name.removeprefix(HUB)):
            raise ValueError(
                f"{self.name!r} is no backbone of keras-hub; allowed: hub:PRESET, e.g. "
                "hub:vit_base_patch16_224_imagenet, or hub:path/to/folder (with a slash)"
            )
        if self.weights not in ("own", "none"):
            raise ValueError(
                f"{self.name} has no weights {self.weights!r}; allowed: own (the preset's), or none (random ones)"
            )

    @property
    def described(self) -> InspectedBackbone:
        """What its layer table says of it."""
        named = {"key": self.key, "title": self.title, "weights_kind": self.weights_kind}
        return InspectedBackbone(**self.model_dump(), **named)

    @property
    def own(self) -> bool:
        """Whether it is a network of the user's own."""
        return is_own(self.name)

    @property
    def architecture(self) -> Architecture:
        """What is known of it without building it."""
        return architecture_of(self.name, self.native)

    @property
    def weights_kind(self) -> str:
        """`imagenet`, `none`, `digits`, `own` or `file`."""
        return self.weights if self.weights in _KINDS else "file"

    @property
    def files(self) -> dict[str, str]:
        """The files that it is made from besides code, by the key that names them."""
        named = {"name": self.name} if is_saved(self.name) else {}
        return named | ({"weights": self.weights} if self.weights_kind == "file" else {})

    @property
    def key(self) -> str:
        """Name of this backbone in paths: says what it is, not how it is labelled; short enough for a file's name."""
        weights = Path(self.weights).stem if self.weights_kind == "file" else self.weights
        parts = [self._short_name.replace(":", "."), f"a{self.alpha:g}" if self.alpha is not None else "", weights]
        key = "-".join(re.sub(r"[^A-Za-z0-9_.]+", "_", part) for part in parts if part)
        digest = hashlib.sha256((self.name + weights).encode(errors="surrogatepass")).hexdigest()[:8]
        return key if len(key) <= _LONGEST_KEY else f"{key[: _LONGEST_KEY - 9]}-{digest}"

    @property
    def title(self) -> str:
        """Name in tables and figures; random weights always say so."""
        title = self.label or (self._short_name if self.alpha is None else f"{self.name} {self.alpha:g}")
        return f"{title} (random weights)" if self.weights == "none" else title

    @property
    def _short_name(self) -> str:
        if folder := hub_folder(self.name):
            return f"{HUB}{folder.name or folder.absolute().name}"
        return Path(self.name).stem if is_saved(self.name) else self.name
