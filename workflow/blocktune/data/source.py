"""What every source of images hands to the preparation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..walk import LeftOut
from .decode import BadImageError


@dataclass(frozen=True)
class SourceImage:
    """One image as a source yields it.

    Attributes:
        row: position in the source's own order; a source may yield images in any order.
        file: name within the source, unique there.
        class_name: the class it belongs to.
        content: the encoded file, the finished picture as uint8 (size, size, 3), or why the file can't be read.
    """

    row: int
    file: str
    class_name: str
    content: bytes | np.ndarray | BadImageError


@dataclass(frozen=True)
class Source:
    """The images of a dataset.

    Attributes:
        count: how many images there will be; their rows are 0 to count - 1.
        images: yields each of them once, one at a time in memory.
        left_out: files and folders that lie there and are not read.
    """

    count: int
    images: Iterable[SourceImage]
    left_out: Sequence[LeftOut] = ()
