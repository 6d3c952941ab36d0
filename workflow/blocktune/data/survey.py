"""A look at a folder or an archive of pictures before a study is made of it: classes, sizes, copies, broken files."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from ..walk import LeftOut
from .archive import open_archive
from .decode import BadImageError, Picture, read_picture
from .folder import open_folder
from .place import place_of
from .sixteen_bit import Values


@dataclass
class Copies:
    """Counts pictures that are the same as another one before them.

    Attributes:
        bytes: those of the same bytes.
        pixels: those of the same pixels in another file: another format, or another header.
        across: how many of both are in another class than the first.
    """

    bytes: int = 0
    pixels: int = 0
    across: int = 0
    _files: set[str] = field(default_factory=set, compare=False)
    _first_class: dict[str, str] = field(default_factory=dict, compare=False)

    def add(self, content: bytes, picture: Picture, class_name: str) -> None:
        """Compare a picture with those before."""
        digest = hashlib.sha256(content).hexdigest()
        if picture.digest in self._first_class:
            self.across += self._first_class[picture.digest] != class_name
            if digest in self._files:
                self.bytes += 1
            else:
                self.pixels += 1
        self._first_class.setdefault(picture.digest, class_name)
        self._files.add(digest)


@dataclass(frozen=True)
class Survey:
    """What a folder or an archive of class folders holds.

    Attributes:
        counts: readable pictures by class.
        broken: files that are no readable pictures, each with the reason.
        left_out: what is not even looked at.
        copies: pictures that are there more than once.
        sides: shortest side, in pixels, of the smallest, the median and the largest picture.
        values: of the pictures of 16 bits.
    """

    counts: dict[str, int]
    broken: list[tuple[str, str]]
    left_out: Sequence[LeftOut]
    copies: Copies
    sides: tuple[int, int, int]
    values: Values

    @property
    def pictures(self) -> int:
        """How many readable pictures there are."""
        return sum(self.counts.values())

    @property
    def smallest(self) -> tuple[str, int]:
        """The class with the fewest pictures, and how many."""
        return min(self.counts.items(), key=lambda entry: entry[1])

    @property
    def imbalance(self) -> float:
        """Pictures of the largest class over those of the smallest."""
        return max(self.counts.values()) / self.smallest[1]


def survey(place: Path) -> Survey:
    """Look at every file in the class folders of a folder or of an archive.

    Raises:
        BlocktuneError: there are fewer than two class folders, or something can't be read at all.
    """
    counts: Counter[str] = Counter()
    broken, sides = [], []
    values, copies = Values(), Copies()
    source = (open_archive if place_of(str(place)).is_file() else open_folder)(str(place))
    for image in source.images:
        try:
            picture = read_picture(image.content)
        except BadImageError as error:
            broken.append((image.file, str(error)))
            counts[image.class_name] += 0
            continue
        counts[image.class_name] += 1
        sides.append(min(picture.rgb.size))
        values.add(picture.values)
        copies.add(image.content, picture, image.class_name)
    spread = (min(sides), int(median(sides)), max(sides)) if sides else (0, 0, 0)
    return Survey(dict(counts), broken, source.left_out, copies, spread, values)
