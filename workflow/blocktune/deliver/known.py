"""What a delivered model's folder says of the study's images: which they were, and how 16 bits were read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.sixteen_bit import FULL
from ..files.image_tables import ManifestRow
from ..files.model import StudyImages

IMAGES = "images.json"
TRAINING, VALIDATION, TEST, NEW = "training", "validation", "test", "new"
_PARTS = {TRAINING: "final", VALIDATION: "validation", TEST: "test"}
_DIGITS = 16  # of a sha256, in hexadecimal: two of a million images agree with a chance of 3 in 10^8


@dataclass(frozen=True)
class KnownImages:
    """The study's images.

    Attributes:
        white: the value that is white in images of 16 bits.
        parts: digest of an image's pixels (`data.decode.Picture`) -> `training`, `validation` or `test`; None where the
            model's folder does not say.
    """

    white: int = FULL
    parts: Mapping[str, str] | None = None

    def part_of(self, digest: str) -> str:
        """Return the part that an image was in, `new` if the study did not have it."""
        return (self.parts or {}).get(digest[:_DIGITS], NEW)


def write_known(path: Path, manifest: Sequence[ManifestRow], parts: Mapping[str, np.ndarray], white: int) -> None:
    """Write a study's images, of the rows of each part, and which value is white in those of 16 bits."""
    digests = {
        name: tuple(sorted({manifest[row].pixels[:_DIGITS] for row in parts[part]}))
        for name, part in _PARTS.items()
        if part in parts
    }
    StudyImages(white, digests).write(path)


def read_known(model: Path) -> KnownImages:
    """Read what lies beside a model, of which this is the file model.keras or its folder.

    Raises:
        BlocktuneError: the file is not what `write_known` wrote.
    """
    path = (model if model.is_dir() else model.parent) / IMAGES
    if not path.exists():
        return KnownImages()
    found = StudyImages.read(path)
    # What was trained on counts first, also where a copy of it is in another part
    parts = {digest: part for part in (TEST, VALIDATION, TRAINING) for digest in found.images.get(part, ())}
    return KnownImages(found.max_16bit, parts)


def counted(parts: Sequence[str]) -> dict[str, int]:
    """Return how many images each part has, in the order training, validation, test, new."""
    counts = Counter(parts)
    return {part: counts[part] for part in (TRAINING, VALIDATION, TEST, NEW)}
