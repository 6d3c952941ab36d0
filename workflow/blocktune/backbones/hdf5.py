"""What an HDF5 file of weights may hold: arrays that lie in the file itself, of a size that they really have."""

import math
from pathlib import Path

import h5py

from ..errors import BlocktuneError

# More than the largest network of keras.applications has layers, by far
_MOST_OBJECTS = 100_000
# An array may be compressed so well; below the floor nobody is hurt
_MOST_TIMES = 100
_FLOOR_BYTES = 2**28


def check_hdf5(path: Path, where: object) -> None:
    """Refuse a file of weights that can't be read, or that is not to be read (`problem`).

    Raises:
        BlocktuneError: calls it `where`, and says why.
    """
    try:
        with h5py.File(path, "r") as file:
            refused = problem(file)
    # h5py says many things of a damaged file
    except Exception as error:
        raise BlocktuneError(f"{where} is truncated or damaged: {error}; copy or download it again") from None
    if refused:
        raise BlocktuneError(f"{where} is refused: {refused}")


def problem(file: h5py.File) -> str | None:
    """Return why a file is not to be read, None if nothing is wrong.

    HDF5 can say that an array lies in any other file of this machine, or that it is a thousand times larger than what
    is stored. Keras 3.15 refuses such arrays as well, from 4 GiB on, but calls the weights unfit for the network.
    """
    waiting: list[tuple[str, h5py.Group]] = [("", file)]
    seen = set()
    while waiting:
        path, group = waiting.pop()
        for name in group:
            here = f"{path}/{name}"
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                return f"{here} is a link ({type(link).__name__})"
            entry = group[name]
            address = h5py.h5o.get_info(entry.id).addr
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > _MOST_OBJECTS:
                return f"it holds more than {_MOST_OBJECTS:,} objects"
            if isinstance(entry, h5py.Group):
                waiting.append((here, entry))
            elif isinstance(entry, h5py.Dataset) and (why := _problem_of(entry)):
                return f"{here} {why}"
    return None


def _problem_of(array: h5py.Dataset) -> str | None:
    if array.external or array.is_virtual:
        return "lies in another file"
    size, stored = math.prod(array.shape or ()) * array.dtype.itemsize, array.id.get_storage_size()
    if size > _FLOOR_BYTES and size > _MOST_TIMES * stored:
        return f"claims {size:,} bytes, of which {stored:,} are stored"
    return None
