"""What is known of prepared images, and of their parts."""

from typing import Annotated, ClassVar, Literal

from ..walk import LeftOut
from .kind import JsonFile, left_out, part


@part
class Skipped:
    """A file that is no readable image."""

    file: Annotated[str, "its name"]
    reason: Annotated[str, "why it can't be read"]


@part
class SixteenBit:
    """Images of 16 bits."""

    images: Annotated[int, "how many there are"]
    white: Annotated[int, "the value that is white in them"]
    warning: Annotated[str | None, "what to look at, if something is odd"]


@part
class AppliedShift:
    """How the images of a target of the factor study were changed."""

    kind: Annotated[str, "what was done to them"]
    strength: Annotated[float, "how much, from 0 to 1"]
    seed: Annotated[int, "of what is random in it"]


@part
class Dataset(JsonFile):
    """A prepared data set."""

    called: ClassVar[str] = "description of prepared images"
    place: ClassVar[str] = "data/prepared/{dataset}/dataset.json"
    writer: ClassVar[str] = "prepare, factor-target"
    remedy: ClassVar[str] = "; make it anew: `blocktune prepare`"
    in_order: ClassVar[bool] = True
    indent: ClassVar[int] = 2

    source: Annotated[str, "where the images come from: a source of the settings"]
    name: Annotated[str, "of the data set"]
    image_size: Annotated[int, "side of an image in pixels"]
    classes: Annotated[tuple[str, ...], "names, in alphabetical order"]
    counts: Annotated[dict[str, int], "images of each class"]
    images: Annotated[int, "how many images there are"]
    skipped: Annotated[tuple[Skipped, ...], "files that are no readable images"]
    duplicates: Annotated[int, "images that are byte-equal to an earlier one"]
    pixel_duplicates: Annotated[int, "those that are not, but have equal pixels"]
    left_out: Annotated[tuple[LeftOut, ...], "what was not read"]
    sixteen_bit: Annotated[SixteenBit, "on images of 16 bits"]
    digest: Annotated[str, "sha256 of what a network is fed"]
    shift: Annotated[
        AppliedShift | None, "only of a target of the factor study that is made of these images: how they were changed"
    ] = left_out()


@part
class PartSummary:
    """A part of the images."""

    images: Annotated[int, "how many images it has"]
    classes: Annotated[dict[str, int], "how many of each class"]
    digest: Annotated[str, "sha256 over which images they are"]

    @property
    def largest_class(self) -> int:
        """How many images the most frequent class has: what a constant guess gets right."""
        return max(self.classes.values())


@part
class SplitSummary(JsonFile):
    """The parts of the images, in numbers."""

    called: ClassVar[str] = "summary of a split"
    place: ClassVar[str] = "results/plan/splits.json"
    writer: ClassVar[str] = "split, factor-target"
    remedy: ClassVar[str] = "; make it anew: `blocktune split`"
    in_order: ClassVar[bool] = True
    indent: ClassVar[int] = 2

    method: Annotated[Literal["tfds-order", "stratified"], "how images were split"]
    seed: Annotated[int, "of the split"]
    dataset: Annotated[str, "digest of the prepared images"]
    parts: Annotated[dict[str, PartSummary], "`search`, `final`, `validation`, and `test` if there is one"]
    duplicate_groups: Annotated[int, "groups of images with equal pixels; one is never in two parts"]
    duplicate_images: Annotated[int, "how many images are in these groups"]
    dropped: Annotated[int, "copies that no training set has"]
    digest: Annotated[str, "sha256 over all parts"]

    @property
    def images(self) -> dict[str, int]:
        """How many images each part has."""
        return {name: part.images for name, part in self.parts.items()}
