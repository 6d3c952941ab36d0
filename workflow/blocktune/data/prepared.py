"""Reading what `prepare` and `split` wrote."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ..atomic import set_aside
from ..errors import BlocktuneError
from ..files.dataset import Dataset
from ..files.image_tables import SplitRow

IMAGES, LABELS, MANIFEST, DATASET = "images.npy", "labels.npy", "manifest.csv", "dataset.json"
PARTS = ("search", "final", "validation")
_CHUNK = 256  # images hashed at a time


@dataclass(frozen=True)
class Prepared:
    """A prepared dataset.

    Attributes:
        images: uint8 (N, image_size, image_size, 3), RGB, a read-only memory map.
        labels: int64 (N,), an index into `classes`.
        classes: names, in alphabetical order.
        digest: sha256 that stands for all of the above.
        image_size: side of an image in pixels.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    digest: str
    image_size: int

    @classmethod
    def open(cls, folder: Path) -> "Prepared":
        """Open the dataset in `folder` without reading the images.

        Raises:
            BlocktuneError: a file is missing, truncated, or does not fit the others.
        """
        folder = Path(folder)
        about = Dataset.read(folder / DATASET)
        images, labels = _array(folder / IMAGES, mmap_mode="r"), _array(folder / LABELS)
        size, count = about.image_size, about.images
        fits = images.shape == (count, size, size, 3) and images.dtype == np.uint8
        if not fits or labels.shape != (count,) or labels.dtype != np.int64:
            raise BlocktuneError(
                f"the files in {folder.absolute()} do not belong together: {DATASET} says {count} images of {size} "
                f"pixels, {IMAGES} has {images.shape}, {LABELS} {labels.shape}; run `blocktune prepare` again"
            )
        return cls(images, labels, about.classes, about.digest, size)

    @classmethod
    def open_intact(cls, folder: Path) -> "Prepared":
        """Open the dataset and read it all, to be sure that it still is what was prepared.

        Raises:
            BlocktuneError: as `open`; or labels or pixels have changed, and were set aside to be prepared again.
        """
        folder = Path(folder)
        prepared = cls.open(folder)
        if content_digest(prepared.image_size, prepared.classes, prepared.labels, prepared.images) != prepared.digest:
            asides = [set_aside(folder / name).name for name in (IMAGES, LABELS, DATASET)]
            raise BlocktuneError(
                f"the prepared images in {folder.absolute()} are damaged: they are not those that {DATASET} "
                f"describes. Set aside as {', '.join(asides)}; the next call prepares them again"
            )
        return prepared


def content_digest(image_size: int, classes: Sequence[str], labels: np.ndarray, images: np.ndarray) -> str:
    """Return the sha256 over size, class names, labels and pixels: equal if and only if a network is fed the same."""
    digest = hashlib.sha256(json.dumps([image_size, list(classes)]).encode())
    digest.update(labels.tobytes())
    for start in range(0, len(images), _CHUNK):
        digest.update(images[start : start + _CHUNK].tobytes())
    return digest.hexdigest()


def read_split(path: Path) -> dict[str, np.ndarray]:
    """Read splits.csv.

    Returns:
        part (`search`, `final`, `validation`, and `test` if there is one) -> rows of its images, int64, ascending.

    Raises:
        BlocktuneError: it is missing or damaged.
    """
    lines = SplitRow.read(path)
    inside = {part: [getattr(line, f"part_{part}") for line in lines] for part in (*PARTS, "test")}
    return {part: np.flatnonzero(marks) for part, marks in inside.items() if None not in marks}


def only_scored(parts: dict[str, np.ndarray], stage: str) -> np.ndarray | None:
    """Return the rows that a stage's runs are scored on and that nothing else reads, None if there are none.

    The search has none, unless it trains on all that final runs train on: then its runs are final runs, too, and have
    their test part, which nothing chooses by. Its winners, trained once more (stage `unseen`), have what the search has
    not seen: the test part, or without one what only final runs train on. For stages see `runs.plan.make_plan`.
    """
    if stage == "unseen" and "test" not in parts:
        return np.setdiff1d(parts["final"], parts["search"])
    whole = np.array_equal(parts["search"], parts["final"])
    return parts.get("test") if whole or stage in ("final", "unseen") else None


def _array(path: Path, mmap_mode: Literal["r"] | None = None) -> np.ndarray:
    """Read an array; whatever goes wrong becomes an error that names its file and says how to make it anew."""
    try:
        return np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
    except FileNotFoundError:
        raise BlocktuneError(f"{path.absolute()} does not exist; run `blocktune prepare`") from None
    except (OSError, ValueError, EOFError, TypeError) as error:
        raise BlocktuneError(f"{path.absolute()} can't be read ({error}); make it anew: `blocktune prepare`") from None
