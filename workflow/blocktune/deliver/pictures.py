"""Pictures that a user names: files, folders, patterns; broken ones are named, not fatal."""

import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.decode import BadImageError, decode
from ..data.limits import read_photograph
from ..errors import BlocktuneError

# What a folder is searched for; a file that is named is tried whatever its name
_SUFFIXES = {".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".jp2", ".png", ".ppm", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True)
class Batch:
    """Some pictures: their files and pixels uint8 (N, size, size, 3)."""

    files: list[Path]
    pixels: np.ndarray


def find_pictures(named: Sequence[str]) -> list[Path]:
    """Return the files that names stand for, each once, in order: a folder's pictures with all folders below it.

    Hidden files in a folder are left out, as they are in training.

    Raises:
        BlocktuneError: a name stands for nothing.
    """
    found: dict[Path, None] = {}
    for name in named:
        path = Path(name)
        if path.is_dir():
            files = (file for file in sorted(path.rglob("*")) if not file.name.startswith("."))
            below = [file for file in files if file.suffix.lower() in _SUFFIXES and file.is_file()]
        elif path.is_file():
            below = [path]
        else:
            # Path's own glob refuses patterns that are absolute
            matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207
            below = [Path(file) for file in matches if Path(file).is_file()]
        if not below:
            what = "the folder holds no pictures" if path.is_dir() else "there is no such file, folder or pattern"
            raise BlocktuneError(f"{name}: {what} (looked for {path.absolute()})")
        found.update(dict.fromkeys(below))
    return list(found)


def read_batches(files: Iterable[Path], size: int, broken: list[tuple[Path, str]], batch: int = 64) -> Iterator[Batch]:
    """Yield the pictures in batches, decoded and resized as for training.

    Args:
        files: the pictures.
        size: side in pixels.
        broken: files that can't be read are added here, with the reason.
        batch: pictures at a time.
    """
    kept: list[Path] = []
    pixels: list[np.ndarray] = []
    for file in files:
        try:
            picture = decode(read_photograph(file), size)
        except (BadImageError, BlocktuneError, OSError) as error:
            broken.append((file, getattr(error, "strerror", None) or str(error)))
            continue
        kept.append(file)
        pixels.append(picture)
        if len(kept) == batch:
            yield Batch(kept, np.stack(pixels))
            kept, pixels = [], []
    if kept:
        yield Batch(kept, np.stack(pixels))
