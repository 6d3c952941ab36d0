"""Pictures of a source task, to pre-train on: the embedded digits, or a dataset of tensorflow-datasets."""

from collections.abc import Sequence

import numpy as np

from ..errors import BlocktuneError
from . import tfds
from .decode import BadImageError, decode
from .digits import load_digits_images

DIGITS = "digits"

# A stream of its own: which classes come first must not follow from which pictures do
_CLASSES = 4


def source_classes(name: str, classes: Sequence[int] | int, seed: int, key: str = "source") -> list[int]:
    """Return which classes of a source are meant, without a network and before anything is downloaded.

    Args:
        name: `digits`, or a name of tensorflow-datasets.
        classes: numbers of the classes, or how many: these are the first of an order that is random with the seed, so
            fewer lie within more. Classes are numbered from 0 by their names in alphabetical order, as in a prepared
            dataset. The settings ask for no more than there are.
        seed: of the order.
        key: of the settings, where the name stands; errors begin with it.

    Raises:
        BlocktuneError: the source is unknown.
    """
    if not isinstance(classes, int):
        return list(classes)
    count = 10 if name == DIGITS else tfds.class_count(name, key)
    return np.random.default_rng([seed, _CLASSES]).permutation(count)[:classes].tolist()


def source_pictures(
    name: str, classes: Sequence[int] | int, image_size: int, seed: int, key: str = "source"
) -> tuple[np.ndarray, np.ndarray]:
    """Load the pictures of some classes of a source into memory.

    Name, classes and key are those of `source_classes`. Of a dataset the split `train` is downloaded if it is not there
    yet.

    Returns:
        images: uint8 (N, image_size, image_size, 3), in the source's order.
        labels: int64 (N,), the place of the class in `source_classes`: a class keeps its label when there are more.

    Raises:
        BlocktuneError: as `source_classes` does; a class has no pictures; the source can't be downloaded or read.
    """
    chosen, where = source_classes(name, classes, seed, key), f"{key} {name}"
    if name == DIGITS:
        images, numbers = load_digits_images(range(10), image_size, None, seed)
        rows = _rows(numbers, chosen, where)
        images = images[rows]
    else:
        numbers = _numbers(name, key)
        rows = _rows(numbers, chosen, where)
        images = _decoded(name, key, rows, image_size)
    places = np.zeros(numbers.max() + 1, np.int64)
    places[chosen] = np.arange(len(chosen))
    return images, places[numbers[rows]]


def _rows(numbers: np.ndarray, chosen: Sequence[int], where: str) -> np.ndarray:
    """Return the rows of the pictures asked for, ascending."""
    rows = np.flatnonzero(np.isin(numbers, chosen))
    missing = np.setdiff1d(chosen, numbers[rows])
    if len(missing):
        raise BlocktuneError(f"{where}: class {missing[0]} is asked for and has no pictures to train on")
    return rows


def _numbers(name: str, key: str) -> np.ndarray:
    """Return the class number of every picture, int64 (N,), without decoding one."""
    source = tfds.open_tfds(name, key)
    names = np.empty(source.count, object)
    for image in source.images:
        names[image.row] = image.class_name
    return np.unique(names.astype(str), return_inverse=True)[1].astype(np.int64)


def _decoded(name: str, key: str, rows: np.ndarray, image_size: int) -> np.ndarray:
    """Decode the pictures of the given rows. Reading the source again is cheaper than holding all of it."""
    images, places = np.empty((len(rows), image_size, image_size, 3), np.uint8), {int(r): p for p, r in enumerate(rows)}
    for image in tfds.open_tfds(name, key).images:
        if image.row in places:
            try:
                images[places[image.row]] = decode(image.content, image_size)
            except BadImageError as error:
                raise BlocktuneError(f"{key} {name}: {image.file} is no readable image: {error}") from None
    return images
