"""scikit-learn's handwritten digits, as they are or shifted: a dataset with nothing to download."""

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from ..settings.data import Shift
from .source import Source, SourceImage


def open_digits(digits: Sequence[int], image_size: int, shift: Shift | None, seed: int) -> Source:
    """Open the chosen digits as a source; a digit is a class."""
    # Imported here: scikit-learn takes a second, and only this source needs it.
    from sklearn.datasets import load_digits

    bunch = load_digits()
    numbers = np.flatnonzero(np.isin(bunch.target, digits))
    drawings = (bunch.images[numbers] / 16.0).astype(np.float32)  # their scale is 0 to 16
    return Source(len(numbers), _images(numbers, drawings, bunch.target[numbers], image_size, shift, seed))


def load_digits_images(
    digits: Sequence[int], image_size: int, shift: Shift | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Load the chosen digits into memory.

    Args:
        digits: which of 0 to 9; the smallest has label 0.
        image_size: side of the square images in pixels.
        shift: how they differ from the originals, None for not at all.
        seed: of the rotations and the noise; each digit has its own stream, whichever others are chosen.

    Returns:
        images: uint8 (N, image_size, image_size, 3).
        labels: int64 (N,), 0 to len(digits) - 1.
    """
    source = open_digits(digits, image_size, shift, seed)
    names = [str(digit) for digit in sorted(digits)]
    images = np.empty((source.count, image_size, image_size, 3), np.uint8)
    labels = np.empty(source.count, np.int64)
    for image in source.images:
        images[image.row] = image.content
        labels[image.row] = names.index(image.class_name)
    return images, labels


def _images(
    numbers: np.ndarray, drawings: np.ndarray, targets: np.ndarray, size: int, shift: Shift | None, seed: int
) -> Iterator[SourceImage]:
    for row, (number, drawing, target) in enumerate(zip(numbers, drawings, targets, strict=True)):
        generator = np.random.default_rng([seed, int(number)])
        yield SourceImage(row, f"digits/{number:04d}", str(target), _draw(drawing, size, shift, generator))


def _draw(drawing: np.ndarray, size: int, shift: Shift | None, generator: np.random.Generator) -> np.ndarray:
    """Enlarge a drawing, float32 (8, 8) of 0..1 with 0 as background, and shift it: uint8 (size, size, 3)."""
    image = Image.fromarray(drawing).resize((size, size), Image.Resampling.BILINEAR)
    if shift is not None:
        angle = generator.uniform(-shift.rotate, shift.rotate)
        image = image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=0)
    values = np.asarray(image)
    if shift is not None:
        values = 1 - values if shift.invert else values
        values = values + generator.normal(0, shift.noise, values.shape)
    grey = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
