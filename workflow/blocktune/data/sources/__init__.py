"""Sources of images: a file here is one, named as in `data.source`.

A file holds a class `Images` derived from `DataSource`, and `PATH`: `file` or `folder`, what `data.path` is, or None.
The workflow knows changed content by the checksums of what is at the path; without a path the name must tell it. The
file's first words, up to a colon, describe it in the settings.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module

import numpy as np

from ...errors import BlocktuneError
from ...settings.data import Data
from ...settings.members import member_class
from ..decode import BadImageError
from ..source import Source, SourceImage


class DataSource(ABC):
    """Where images come from."""

    @abstractmethod
    def open(self, data: Data, seed: int) -> Source:
        """Return the images, each with its class.

        Args:
            data: the section of the settings.
            seed: of the digits' shift; other sources get 0, so that images are not prepared anew for another split.

        Raises:
            BlocktuneError: it can't be had; says why and what to do.
        """


def open_source(data: Data, seed: int) -> Source:
    """Open the source that `data` names; `seed` matters for digits only.

    Its images are looked at as they are read: what can't be an image, or a file that can't be read, is a BlocktuneError
    then that names it.

    Raises:
        BlocktuneError: it can't be had; says why and what to do.
    """
    opened = member_class(import_module(f".{data.source}", __name__), "Images")()
    with _told(data.source):
        source = opened.open(data, seed)
    return replace(source, images=_checked(data, source))


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Tell of a file that can't be read: who writes what is read would take it for a disk that can't be written."""
    try:
        yield
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        raise BlocktuneError(f"source {name}: {place}{error.strerror or error}") from None


def _checked(data: Data, source: Source) -> Iterator[SourceImage]:
    with _told(data.source):
        for image in source.images:
            if wrong := _wrong(image, data.image_size, source.count):
                raise BlocktuneError(f"source {data.source}: image {image.file!r}: {wrong}")
            yield image


def _wrong(image: SourceImage, size: int, count: int) -> str | None:
    """Return what an image of a source has that none may have."""
    for part in ("file", "class_name"):
        if not isinstance(value := getattr(image, part), str):
            return f"{part} is {value!r}; a text is needed"
    if not isinstance(image.row, int | np.integer) or not 0 <= image.row < count:
        return f"row is {image.row!r}; a whole number from 0 to {count - 1} is needed"
    content, needed = image.content, f"bytes, uint8 ({size}, {size}, 3) or a BadImageError is needed"
    if not isinstance(content, np.ndarray):
        known = isinstance(content, bytes | BadImageError)
        return None if known else f"content is of type {type(content).__name__}; {needed}"
    if content.dtype != np.uint8 or content.shape != (size, size, 3):
        return f"content is {content.dtype} {content.shape}; {needed}"
    return None
