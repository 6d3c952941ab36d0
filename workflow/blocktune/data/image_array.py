"""The big array of images, written through a memory map so that memory stays small."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

_HEADER_VERSION = (1, 0)


def create(path: Path, shape: tuple[int, ...]) -> np.memmap:
    """Create a .npy file of uint8 and map it for writing.

    Raises:
        OSError: there is not enough space. It is reserved at once: a disk that fills up under a memory map would kill
            the process with a signal instead.
    """
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape, version=_HEADER_VERSION)
    if hasattr(os, "posix_fallocate"):  # not on macOS
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, array.offset + array.nbytes)
    return array


def keep_rows(path: Path, array: np.memmap, rows: Sequence[int]) -> None:
    """Shorten the array in `path` to `rows` (ascending), in place."""
    for new, old in enumerate(rows):
        array[new] = array[old]
    array.flush()
    shape, offset = (len(rows), *array.shape[1:]), array.offset
    # NumPy pads the header so that the first axis can change without moving the data.
    with path.open("r+b") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        if file.tell() != offset:
            raise AssertionError("the header of the .npy file changed its length")
        file.truncate(offset + int(np.prod(shape)))
