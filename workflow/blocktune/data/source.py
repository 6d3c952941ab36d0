"""What every source of photographs hands to the preparation."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Photograph:
    """One photograph as a source yields it.

    Attributes:
        row: position in the source's own order; a source may yield photographs in any order.
        file: name within the source, unique there.
        class_name: the class it belongs to.
        content: the encoded file, or the finished picture as uint8 (size, size, 3).
    """

    row: int
    file: str
    class_name: str
    content: bytes | np.ndarray


@dataclass(frozen=True)
class Source:
    """The photographs of a dataset.

    Attributes:
        count: how many photographs there will be; their rows are 0 to count - 1.
        photographs: yields each of them once, one at a time in memory.
    """

    count: int
    photographs: Iterable[Photograph]
