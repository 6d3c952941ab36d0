"""Images changed at random in training: what changes follows from seed, epoch and image alone."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance

from ..files.spec import Augmented, RunSpec

Augment = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
"""From images uint8 (N, H, W, 3), their rows (N,) and the epoch (from 0) to images of the same shape."""

_STREAM = 2
"""Of the random numbers: the order of images has 1."""


def augmentation_of(spec: RunSpec) -> Augmented | None:
    """Return how a run changes its images, None if it does not."""
    return spec.training.get("augmentation")


def augmenter(spec: RunSpec) -> Augment | None:
    """Return what changes a run's images, None if nothing does.

    Every image has the random state (seed, epoch, row): all candidates of a study see the same changes, and a
    resumed run has those that it would have had.
    """
    settings = augmentation_of(spec)
    if settings is None:
        return None

    def augment(images: np.ndarray, rows: np.ndarray, epoch: int) -> np.ndarray:
        draws = (np.random.default_rng([spec.seed, _STREAM, epoch, int(row)]) for row in rows)
        return np.stack([changed(image, settings, draw) for image, draw in zip(images, draws, strict=True)])

    return augment


def changed(image: np.ndarray, settings: Augmented, draw: np.random.Generator) -> np.ndarray:
    """Return an image uint8 (H, W, 3), cropped, mirrored and recoloured at random.

    Args:
        image: the image.
        settings: `flip`, `crop` and `colour` (`settings.model.Augmentation`).
        draw: random numbers; it uses as many whatever the settings.
    """
    mirrored, share, *place = draw.random(4)
    brightness, contrast, saturation = 1 + settings["colour"] * draw.uniform(-1, 1, 3)
    picture = Image.fromarray(image)
    if settings["crop"]:
        side = (1 - settings["crop"] * share) ** 0.5
        width, height = side * picture.width, side * picture.height
        left, top = place[0] * (picture.width - width), place[1] * (picture.height - height)
        picture = picture.resize(picture.size, Image.Resampling.BILINEAR, (left, top, left + width, top + height))
    if settings["flip"] and mirrored < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if settings["colour"]:
        picture = ImageEnhance.Brightness(picture).enhance(brightness)
        picture = ImageEnhance.Contrast(picture).enhance(contrast)
        picture = ImageEnhance.Color(picture).enhance(saturation)
    return np.asarray(picture)
