"""What is known of prepared images, and of their parts."""

from typing import ClassVar, Literal

from ..walk import LeftOut
from .kind import JsonFile, left_out, part


@part
class Skipped:
    """A file that is no readable image.

    Attributes:
        file: its name.
        reason: why it can't be read.
    """

    file: str
    reason: str


@part
class SixteenBit:
    """Images of 16 bits.

    Attributes:
        images: how many there are.
        white: the value that is white in them.
        warning: what to look at, if something is odd.
    """

    images: int
    white: int
    warning: str | None


@part
class AppliedShift:
    """How the images of a target of the factor study were changed.

    Attributes:
        kind: what was done to them.
        strength: how much, from 0 to 1.
        seed: of what is random in it.
    """

    kind: str
    strength: float
    seed: int


@part
class Dataset(JsonFile):
    """A prepared data set.

    Attributes:
        source: where the images come from: a source of the settings.
        name: of the data set.
        image_size: side of an image in pixels.
        classes: names, in alphabetical order.
        counts: images of each class.
        images: how many images there are.
        skipped: files that are no readable images.
        duplicates: images that are byte-equal to an earlier one.
        pixel_duplicates: those that are not, but have equal pixels.
        left_out: what was not read.
        sixteen_bit: on images of 16 bits.
        digest: sha256 of what a network is fed.
        shift: only of a target of the factor study that is made of these images: how they were changed.
    """

    called: ClassVar[str] = "description of prepared images"
    place: ClassVar[str] = "data/prepared/{dataset}/dataset.json"
    writer: ClassVar[str] = "prepare, factor-target"
    remedy: ClassVar[str] = "; make it anew: `blocktune prepare`"
    in_order: ClassVar[bool] = True
    indent: ClassVar[int] = 2

    source: str
    name: str
    image_size: int
    classes: tuple[str, ...]
    counts: dict[str, int]
    images: int
    skipped: tuple[Skipped, ...]
    duplicates: int
    pixel_duplicates: int
    left_out: tuple[LeftOut, ...]
    sixteen_bit: SixteenBit
    digest: str
    shift: AppliedShift | None = left_out()


@part
class PartSummary:
    """A part of the images.

    Attributes:
        images: how many images it has.
        classes: how many of each class.
        digest: sha256 over which images they are.
    """

    images: int
    classes: dict[str, int]
    digest: str

    @property
    def largest_class(self) -> int:
        """How many images the most frequent class has: what a constant guess gets right."""
        return max(self.classes.values())


@part
class SplitSummary(JsonFile):
    """The parts of the images, in numbers.

    Attributes:
        method: how images were split.
        seed: of the split.
        dataset: digest of the prepared images.
        parts: `search`, `final`, `validation`, and `test` if there is one.
        duplicate_groups: groups of images with equal pixels; one is never in two parts.
        duplicate_images: how many images are in these groups.
        dropped: copies that no training set has.
        digest: sha256 over all parts.
    """

    called: ClassVar[str] = "summary of a split"
    place: ClassVar[str] = "results/plan/splits.json"
    writer: ClassVar[str] = "split, factor-target"
    remedy: ClassVar[str] = "; make it anew: `blocktune split`"
    in_order: ClassVar[bool] = True
    indent: ClassVar[int] = 2

    method: Literal["tfds-order", "stratified"]
    seed: int
    dataset: str
    parts: dict[str, PartSummary]
    duplicate_groups: int
    duplicate_images: int
    dropped: int
    digest: str

    @property
    def images(self) -> dict[str, int]:
        """How many images each part has."""
        return {name: part.images for name, part in self.parts.items()}
