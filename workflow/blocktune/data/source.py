"""What every source of photographs hands to the preparation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..walk import LeftOut
from .decode import BadImageError


@dataclass(frozen=True)
class Photograph:
    """One photograph as a source yields it.

    Attributes:
        row: position in the source's own order; a source may yield photographs in any order.
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
    """The photographs of a dataset.

    Attributes:
        count: how many photographs there will be; their rows are 0 to count - 1.
        photographs: yields each of them once, one at a time in memory.
        left_out: files and folders that lie there and are not read.
    """

    count: int
    photographs: Iterable[Photograph]
    left_out: Sequence[LeftOut] = ()
