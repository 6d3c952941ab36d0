"""Which images there are, how they are prepared, and which belongs to which part."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from .kinds import DatasetName, Digits, Number, OptionalText, OrNull, Section, Seed, Share, Whole
from .members import SOURCES, listed, source_path, sources


class Shift(Section):
    """How the target digits of the demo differ from the source digits (the distribution shift)."""

    invert: bool = Field(True, description="Exchange black and white.")
    rotate: Number = Field(30.0, ge=0, le=180, description="Largest rotation to either side, in degrees.")
    noise: Number = Field(0.15, ge=0, le=1, description="Standard deviation of added noise, on a scale of 0 to 1.")


class Data(Section):
    """Which images, and how they are prepared."""

    source: Literal[*sources()] = Field(
        "tfds",
        description=f"Where images come from: {listed(SOURCES)}.",
    )
    name: DatasetName = Field(
        "tf_flowers",
        description="Name of the dataset: for `tfds` its name there, else any name.",
    )
    path: OptionalText = Field(None, description="The file or the folder that is read; for sources that have one.")
    image_size: Annotated[Whole, Field(ge=8, le=2048)] = Field(
        224, description="Images are resized to this many pixels on both sides."
    )
    on_bad_image: Literal["fail", "skip"] = Field(
        "fail", description="What to do with a file that is no readable image: stop, or leave it out and list it."
    )
    max_16bit: Literal["full", "seen"] | Annotated[Whole, Field(ge=1, le=65_535)] = Field(
        "full",
        description="Which value is white in images of 16 bits: `full` (65535), `seen` (the largest in any of them), "
        "or a number, e.g. 4095 for 12 bits.",
    )
    digits: Digits = Field([5, 6, 7, 8, 9], description="For `digits`: which digits are the target's classes.")
    shift: Annotated[Shift | None, OrNull] = Field(
        Shift(), description="For `digits`: the shift between source and target; `null` leaves them as they are."
    )

    @model_validator(mode="after")
    def _path_where_needed(self) -> "Data":
        if source_path(self.source) and not self.path:
            raise ValueError(f"source {self.source} needs data.path, the {source_path(self.source)} to read")
        if not source_path(self.source) and self.path:
            with_path = " and ".join(filter(source_path, sources()))
            raise ValueError(f"path is only for the sources {with_path}, but source is {self.source}")
        return self


class Split(Section):
    """Which image belongs to which part (paper, section Data)."""

    method: Literal["stratified", "tfds-order"] = Field(
        "stratified",
        description="`stratified`: each class in the same shares, split with the seed below; `tfds-order`: the slices "
        "train[:10%], train[:70%], train[70%:] of the dataset's own order.",
    )
    seed: Seed = Field(
        1, description="Seed of the split; apart from the study's seed, so that repeats share the parts."
    )
    each_repeat: Literal["same", "new"] = Field(
        "same",
        description="Which parts a repeat of the study has: `same`, those of the first (what differs is noise "
        "of training), or `new`, split with the next seed (noise of the images, too).",
    )
    search: Share = Field(
        0.10,
        description="Share of all images that a search run trains on; lies inside `final`. With the share of "
        "`final` search runs are final runs, too, and are not trained again.",
    )
    final: Share = Field(0.70, description="Share that a final run trains on.")
    validation: Share = Field(0.30, description="Share that every run is scored on; shares no image with the others.")

    @model_validator(mode="after")
    def _shares_fit(self) -> "Split":
        if self.final + self.validation > 1 + 1e-9:
            raise ValueError(f"final {self.final} and validation {self.validation} add up to more than 1")
        if self.each_repeat == "new" and self.method == "tfds-order":
            raise ValueError("each_repeat new gives each repeat a split of its own, but method tfds-order has only one")
        if self.search > self.final:
            raise ValueError(f"search {self.search} lies inside final, so it can't be larger than {self.final}")
        return self
