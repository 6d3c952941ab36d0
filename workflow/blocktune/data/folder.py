"""Class folders of a user's own images."""

import errno
import stat
from collections.abc import Iterator
from pathlib import Path

from ..errors import BlocktuneError
from ..walk import LeftOut, Parts, walk
from .class_folders import Layout, arrange, composed
from .decode import BadImageError
from .limits import MOST_FILE_BYTES
from .place import place_of
from .source import Source, SourceImage

# What is wrong with a file and not with the disk: only this file is no image
_OF_THE_FILE = {errno.ENOENT, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENAMETOOLONG}


def open_folder(path: str) -> Source:
    """Open the folder at `path` (`data.path`): one folder per class in it, images at any depth inside those.

    Raises:
        BlocktuneError: `path` is missing, no folder, or no folder of class folders (`arrange`), or can't be listed.
    """
    folder = place_of(path)
    where = f"data.path {path}"
    if not folder.exists():
        raise BlocktuneError(f"{where} does not exist (looked for {folder.absolute()})")
    if not folder.is_dir():
        raise BlocktuneError(f"{where} is a file; for an archive of class folders set data.source: archive")
    layout, left_out = class_files(folder, where)
    return Source(len(layout.rows), _images(folder, layout.rows), left_out)


def class_files(folder: Path, where: str, least: int = 2) -> tuple[Layout, list[LeftOut]]:
    """Return the images of each class in a folder of class folders, and all that is left out.

    `where` and `least` are those of `arrange`.

    Raises:
        BlocktuneError: it can't be listed, or `arrange` refuses what is in it.
    """
    try:
        found = walk(folder)
    except OSError as error:
        raise BlocktuneError(f"{where}: {error.filename} can't be listed: {error.strerror}") from None
    layout = arrange(found.files, where, found.folders, least)
    return layout, [*found.left_out, *layout.left_out]


def _images(folder: Path, rows: dict[Parts, int]) -> Iterator[SourceImage]:
    for parts, row in rows.items():
        shown = composed(parts)
        yield SourceImage(row, "/".join(shown), shown[0], read_file(folder.joinpath(*parts)))


def read_file(file: Path) -> bytes | BadImageError:
    """Return a file's content, or why this file can't be an image.

    Raises:
        BlocktuneError: the disk can't be read.
    """
    try:
        facts = file.stat()
        # Reading a pipe would never end
        if not stat.S_ISREG(facts.st_mode):
            return BadImageError(f"{file} is no ordinary file but a pipe, a device or a socket")
        if facts.st_size > MOST_FILE_BYTES:
            return BadImageError(f"{file} has {facts.st_size:,} bytes; allowed are {MOST_FILE_BYTES:,}")
        return file.read_bytes()
    except OSError as error:
        if error.errno in _OF_THE_FILE:
            return BadImageError(f"it can't be read: {error.strerror}")
        raise BlocktuneError(f"{file} can't be read: {error.strerror}") from None
