"""Targets of the factor study at a distance from the source: the section `factors.targets` of the settings."""

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from .kinds import DatasetName, EachOnce, Number, OptionalText, Section
from .members import source_path, sources

ShiftKind = Literal["rotate", "invert", "blur", "noise"]


class Shift(NamedTuple):
    """A change of the study's images: see `data.graded.shifted`."""

    kind: ShiftKind
    strength: float


class Target(Section):
    """Another target to fine-tune for: a data set with the same classes as the study's."""

    name: DatasetName = Field(description="What tables call it.")
    source: Literal[*(name for name in sources() if name != "digits")] = Field(
        description="As `data.source`, but for the digits."
    )
    path: OptionalText = Field(None, description="The file or the folder that is read; for sources that have one.")

    @property
    def key(self) -> str:
        """Name of this target in paths."""
        return "data-" + re.sub(r"[^A-Za-z0-9_.]+", "_", self.name)

    @model_validator(mode="after")
    def _path_where_needed(self) -> "Target":
        if bool(source_path(self.source)) != bool(self.path):
            needed = "needs path, what to read" if source_path(self.source) else "needs no path"
            raise ValueError(f"source {self.source} {needed}")
        return self


class Targets(Section):
    """Targets at a growing distance from what the backbone was pre-trained on."""

    shifts: Annotated[list[ShiftKind], EachOnce] = Field(
        ["rotate", "invert", "blur", "noise"], description="How the study's images are changed."
    )
    strengths: Annotated[list[Annotated[Number, Field(gt=0, le=1)]], EachOnce] = Field(
        [0.25, 0.5, 1.0], description="How much, as a share of the strongest change of its kind."
    )
    also: list[Target] = Field([], description="Further data sets, with the same classes as the study's.")
    source_pictures: OptionalText = Field(
        None,
        description="Folder of class folders with images of the backbones' pre-training, to measure distances from. "
        "Without it the digits' backbones use their own digits, and other backbones use the unchanged target.",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> "Targets":
        names = [target.key for target in self.also]
        if len(set(names)) < len(names):
            raise ValueError(f"also has two data sets of one name: {', '.join(target.name for target in self.also)}")
        return self

    @property
    def shifted(self) -> dict[str, Shift]:
        """The changes of the study's images, by their names in paths."""
        return {
            f"{kind}-{strength:g}": Shift(kind, strength) for kind in self.shifts for strength in sorted(self.strengths)
        }
