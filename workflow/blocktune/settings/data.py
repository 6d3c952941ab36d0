"""Which images there are, how they are prepared, and which belongs to which set."""

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
        description="Name of the data set: for `tfds` its name there, otherwise any name.",
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
        Shift(), description="For `digits`: how they differ from the digits of the pre-training; `null`: not at all."
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
    """The training, validation and test sets, as shares of all images (paper, section Data)."""

    method: Literal["stratified", "tfds-order"] = Field(
        "stratified",
        description="`stratified`: random, with the split's seed, every class in the same shares. `tfds-order`: the "
        "slices train[:10%], train[:70%], train[70%:] in the data set's own order (source tfds only).",
    )
    seed: Seed = Field(
        1, description="Seed of the split. It is not the study's seed, so repeats with other seeds share the split."
    )
    each_repeat: Literal["same", "new"] = Field(
        "same",
        description="The split of each repeat: `same` (repeats differ by noise of training alone), or `new`, made with "
        "the next seed (they also differ by noise of the images).",
    )
    search: Share = Field(
        0.10,
        description="Training set of the search's runs; it lies inside `final`. If it equals `final`, search runs are "
        "also the final runs, and nothing is trained twice.",
    )
    final: Share = Field(0.70, description="Training set of the final runs.")
    validation: Share = Field(0.30, description="The images that score every run; it shares none with the other sets.")

    @model_validator(mode="after")
    def _shares_fit(self) -> "Split":
        if self.final + self.validation > 1 + 1e-9:
            raise ValueError(f"final {self.final} and validation {self.validation} add up to more than 1")
        if self.each_repeat == "new" and self.method == "tfds-order":
            raise ValueError("each_repeat new gives each repeat a split of its own, but method tfds-order has only one")
        if self.search > self.final:
            raise ValueError(f"search {self.search} lies inside final, so it can't be larger than {self.final}")
        return self
