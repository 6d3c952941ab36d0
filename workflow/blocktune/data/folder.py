"""Class folders of a user's own photographs."""

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import BlocktuneError
from .class_folders import arrange, clean_parts
from .limits import read_photograph
from .place import place_of
from .source import Photograph, Source


def open_folder(path: str) -> Source:
    """Open the folder at `path` (`data.path`): one folder per class in it, photographs at any depth inside those.

    Raises:
        BlocktuneError: `path` is missing, no folder, has fewer than two class folders, or a file can't be read.
    """
    folder = place_of(path)
    where = f"data.path {path}"
    if not folder.exists():
        raise BlocktuneError(f"{where} does not exist (looked for {folder.absolute()})")
    if not folder.is_dir():
        raise BlocktuneError(f"{where} is a file; for an archive of class folders set data.source: archive")
    try:
        rows = arrange(_files(folder), where)
    except OSError as error:
        raise BlocktuneError(f"{where}: {error.filename} can't be listed: {error.strerror}") from None
    return Source(len(rows), _photographs(folder, rows))


def _files(folder: Path) -> Iterator[tuple[str, ...]]:
    def stop(error: OSError) -> None:
        raise error

    classes = [entry for entry in folder.iterdir() if entry.is_dir()]
    for class_folder in classes:
        for place, _, names in os.walk(class_folder, onerror=stop):
            for name in names:
                parts = clean_parts((Path(place) / name).relative_to(folder).as_posix())
                if parts:
                    yield parts


def _photographs(folder: Path, rows: dict[tuple[str, ...], int]) -> Iterator[Photograph]:
    for parts, row in rows.items():
        file = folder.joinpath(*parts)
        try:
            content = read_photograph(file)
        except OSError as error:
            raise BlocktuneError(f"data.path: {file} can't be read: {error.strerror}") from None
        yield Photograph(row, "/".join(parts), parts[0], content)
