"""Pictures that a user names: files, folders, patterns; broken ones are named, not fatal."""

import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..data.decode import BadImageError, read_picture
from ..data.folder import read_file
from ..data.sixteen_bit import FULL, Values
from ..errors import BlocktuneError
from ..walk import LeftOut, walk, why_not

_BATCH = 64


@dataclass(frozen=True)
class Batch:
    """Some pictures: their files, pixels uint8 (N, size, size, 3), and digests of the pixels as they came."""

    files: list[Path]
    pixels: np.ndarray
    digests: list[str]


@dataclass
class Trouble:
    """What went wrong in reading pictures: files that can't be read, with the reason, and the values of 16 bits."""

    broken: list[tuple[Path, str]] = field(default_factory=list)
    values: Values = field(default_factory=Values)


def find_pictures(named: Sequence[str]) -> tuple[list[Path], list[LeftOut]]:
    """Return the files that names stand for, each once, in order, and what is left out of folders.

    A folder stands for all files below it that training would look at.

    Raises:
        BlocktuneError: a name stands for nothing, or a folder can't be listed.
    """
    found: dict[Path, None] = {}
    left_out: list[LeftOut] = []
    for name in named:
        path = Path(name)
        places = [path] if path.exists() else _matches(name, left_out)
        below = [file for place in places for file in (_below(place, left_out) if place.is_dir() else [place])]
        if not below:
            what = "the folder holds no images" if path.is_dir() else "there is no such file, folder or pattern"
            raise BlocktuneError(f"{name}: {what} (looked for {path.absolute()})")
        found.update(dict.fromkeys(below))
    return list(found), list(dict.fromkeys(left_out))


def _matches(pattern: str, left_out: list[LeftOut]) -> list[Path]:
    # Path's own glob refuses patterns that are absolute
    found = map(Path, sorted(glob.glob(pattern, recursive=True)))  # noqa: PTH207
    kept = []
    for place in found:
        if reason := why_not(place.name):
            left_out.append(LeftOut(str(place), reason))
        else:
            kept.append(place)
    return kept


def _below(folder: Path, left_out: list[LeftOut]) -> list[Path]:
    try:
        inside = walk(folder)
    except OSError as error:
        raise BlocktuneError(f"{error.filename} can't be listed: {error.strerror}") from None
    left_out += [replace(entry, name=f"{folder}/{entry.name}") for entry in inside.left_out]
    return [folder.joinpath(*parts) for parts in inside.files]


def read_batches(files: Iterable[Path], size: int, trouble: Trouble, white: int = FULL) -> Iterator[Batch]:
    """Yield the pictures in batches, decoded and resized as for training.

    Args:
        files: the pictures.
        size: side in pixels.
        trouble: what goes wrong is added here.
        white: the value that is white in images of 16 bits.
    """
    kept: list[tuple[Path, np.ndarray, str]] = []
    for file in files:
        try:
            picture = read_picture(read_file(file), white)
        except (BadImageError, BlocktuneError) as error:
            trouble.broken.append((file, str(error)))
            continue
        trouble.values.add(picture.values)
        kept.append((file, picture.resized(size), picture.digest))
        if len(kept) == _BATCH:
            yield _batch(kept)
            kept = []
    if kept:
        yield _batch(kept)


def _batch(kept: Sequence[tuple[Path, np.ndarray, str]]) -> Batch:
    files, pixels, digests = zip(*kept, strict=True)
    return Batch(list(files), np.stack(pixels), list(digests))
