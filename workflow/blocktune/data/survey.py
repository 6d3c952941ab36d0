"""A look at a folder of pictures before a study is made of it: classes, sizes, copies, broken files."""

import hashlib
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from PIL import Image

from .decode import BadImageError, decode
from .folder import open_folder

# Decoded only to see whether it can be
_SMALL = 8


@dataclass(frozen=True)
class Survey:
    """What a folder of class folders holds.

    Attributes:
        counts: readable pictures by class.
        broken: files that are no readable pictures, each with the reason.
        copies: pictures that are byte-equal to another one before them.
        across: how many of these copies are in another class than the first.
        sides: shortest side, in pixels, of the smallest, the median and the largest picture.
    """

    counts: dict[str, int]
    broken: list[tuple[str, str]]
    copies: int
    across: int
    sides: tuple[int, int, int]

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


def survey(folder: Path) -> Survey:
    """Look at every file in the class folders of a folder.

    Raises:
        BlocktuneError: there are fewer than two class folders, or something can't be read at all.
    """
    counts: Counter[str] = Counter()
    broken, sides = [], []
    first: dict[bytes, str] = {}
    copies = across = 0
    for picture in open_folder(str(folder)).photographs:
        try:
            decode(picture.content, _SMALL)
        except BadImageError as error:
            broken.append((picture.file, str(error)))
            counts[picture.class_name] += 0
            continue
        counts[picture.class_name] += 1
        sides.append(_side(picture.content))
        digest = hashlib.sha256(picture.content).digest()
        if digest in first:
            copies += 1
            across += first[digest] != picture.class_name
        first.setdefault(digest, picture.class_name)
    spread = (min(sides), int(median(sides)), max(sides)) if sides else (0, 0, 0)
    return Survey(dict(counts), broken, copies, across, spread)


def _side(content: bytes) -> int:
    with Image.open(io.BytesIO(content)) as image:
        return min(image.size)
