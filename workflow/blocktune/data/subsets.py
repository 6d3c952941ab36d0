"""Smaller parts of a dataset: few images a class, unbalanced classes, and a balanced part to score on.

Each image has one place in an order that is random once per seed for the whole dataset, and every subset takes the
first of each class in it. So subsets of the same seed lie inside each other: fewer images inside more, whichever
other classes or rows there are.
"""

from itertools import pairwise, product

import numpy as np

from ..errors import BlocktuneError

# Streams of their own: the order must not follow from the split, which has the same seed
_ORDER, _LARGE = 2, 3


def few(labels: np.ndarray, rows: np.ndarray, per_class: int, seed: int) -> np.ndarray:
    """Draw the same number of images of each class.

    Args:
        labels: int (N,), of the whole dataset.
        rows: int, numbers of the rows to choose from.
        per_class: images of each class, at least 1.
        seed: chooses the rows.

    Returns:
        Drawn rows, int64 (classes among `rows` x per_class,), ascending.

    Raises:
        BlocktuneError: a class among `rows` has fewer images, or there are none at all.
    """
    if per_class < 1:
        raise BlocktuneError(f"{per_class} images per class are asked for; at least 1 is needed")
    ordered = _ordered(labels, rows, seed)
    return _first(ordered, dict.fromkeys(ordered, per_class))


def unbalanced(labels: np.ndarray, rows: np.ndarray, ratio: float, total: int, seed: int) -> np.ndarray:
    """Draw classes of unequal size, from the largest to the smallest in equal ratios.

    Args:
        labels: int (N,), of the whole dataset.
        rows: int, numbers of the rows to choose from.
        ratio: size of the largest class over that of the smallest, at least 1.
        total: images over all classes; the sizes are those of `class_sizes`.
        seed: chooses the rows, and which class is how large; the latter is the same for all ratios.

    Returns:
        Drawn rows, int64 (total,), ascending.

    Raises:
        BlocktuneError: a class among `rows` has too few images or would get none, or the ratio is below 1.
    """
    ordered = _ordered(labels, rows, seed)
    large_first = np.random.default_rng([seed, _LARGE]).permutation(list(ordered))
    sizes = class_sizes(len(ordered), ratio, total)
    return _first(ordered, {int(label): int(size) for label, size in zip(large_first, sizes, strict=True)})


def balanced(labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the most rows that have all classes in equal number: each has as many as the smallest among `rows`.

    Labels and rows as for `few`; the same rows always give the same part.

    Raises:
        BlocktuneError: there are no rows.
    """
    ordered = _ordered(labels, rows, seed=0)
    return _first(ordered, dict.fromkeys(ordered, min(len(found) for found in ordered.values())))


def class_sizes(classes: int, ratio: float, total: int) -> np.ndarray:
    """Return sizes that fall geometrically, in whole numbers.

    The ends are rounded so that their ratio is as near as it can be, what lies between then makes up the sum.

    Args:
        classes: how many, at least 1.
        ratio: first over last, at least 1; it means nothing for a single class.
        total: the sum.

    Returns:
        int64 (classes,), descending, of sum `total`, none below 1.

    Raises:
        BlocktuneError: the ratio is below 1 or no finite number, or a class would be empty.
    """
    if not 1 <= ratio < np.inf:
        raise BlocktuneError(f"a ratio between classes of {ratio:g} is asked for; it must be 1 or more")
    ideal = float(ratio) ** -(np.arange(classes) / max(classes - 1, 1))
    ideal *= total / ideal.sum()
    # Less than half an image is none: rounded up it would be another ratio altogether
    possible = ideal[-1] >= 0.5
    options = [sizes for ends in product(*map(_around, ideal[[0, -1]])) if (sizes := _between(ideal, ends, total))]
    if not (possible and options):
        raise BlocktuneError(
            f"{total} images over {classes} classes at a ratio of {ratio:g} leave a class empty (the smallest "
            f"would have {max(ideal[-1], 0):.2g}); ask for more images or a smaller ratio"
        )
    return np.array(min(options, key=lambda sizes: _misfit(sizes, ideal, ratio)), np.int64)


def _around(value: float) -> list[int]:
    """Whole numbers beside a value, without an empty class."""
    return [number for number in sorted({int(np.floor(value)), int(np.ceil(value))}) if number >= 1]


def _between(ideal: np.ndarray, ends: tuple[int, int], total: int) -> list[int] | None:
    """Return sizes with these ends and this sum, or None if none of them falls from end to end."""
    if len(ideal) == 1:
        return [total] if total >= 1 else None
    first, last = ends
    middle = np.floor(ideal[1:-1]).astype(int)
    left = total - first - last - int(middle.sum())
    # The largest remainders are rounded up; of equal ones the larger class is
    order = np.argsort(-(ideal[1:-1] - middle), kind="stable")
    if not 0 <= left <= len(middle):
        return None
    middle[order[:left]] += 1
    sizes = [first, *middle.tolist(), last]
    return sizes if all(before >= after for before, after in pairwise(sizes)) else None


def _misfit(sizes: list[int], ideal: np.ndarray, ratio: float) -> tuple[float, float]:
    return abs(np.log(sizes[0] / sizes[-1] / ratio)), float(np.square(sizes - ideal).sum())


def _ordered(labels: np.ndarray, rows: np.ndarray, seed: int) -> dict[int, np.ndarray]:
    """Return the rows of each class among `rows`, classes ascending, rows in the order in which they are chosen."""
    labels, rows = np.asarray(labels), np.unique(rows)
    if not len(rows):
        raise BlocktuneError("there are no images to choose from")
    place = np.random.default_rng([seed, _ORDER]).permutation(len(labels))
    rows = rows[np.argsort(place[rows])]
    return {int(label): rows[labels[rows] == label] for label in np.unique(labels[rows])}


def _first(ordered: dict[int, np.ndarray], sizes: dict[int, int]) -> np.ndarray:
    """Return the first rows of each class, ascending."""
    short = [
        f"class {label} has {len(found)} images, {sizes[label]} are asked for"
        for label, found in ordered.items()
        if len(found) < sizes[label]
    ]
    if short:
        raise BlocktuneError("; ".join(short[:5]) + (f"; and {len(short) - 5} more" if len(short) > 5 else ""))
    return np.sort(np.concatenate([found[: sizes[label]] for label, found in ordered.items()])).astype(np.int64)
