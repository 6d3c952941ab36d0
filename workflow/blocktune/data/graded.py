"""Graded shifts of prepared images: the same pictures, step by step farther from what they were.

The strength goes from 0 (unchanged, byte for byte) to 1. A picture's random choices depend on the seed and its row
alone, so a stronger shift goes on in the same direction: the same side, the same negatives and more, the same noise.

| kind | at strength s |
|---|---|
| rotate | turned by 45 s degrees, to the left or right by chance; corners are filled with the mirrored picture |
| invert | a share s of the images is turned into negatives, which ones by chance |
| blur | Gaussian blur, standard deviation 0.08 s of the side |
| noise | normal noise for every pixel and channel, standard deviation 128 s on the scale of 0 to 255, then clipped |

A picture can't be half inverted: a blend with its negative is plain grey half way, and a way round through colour ends
nearer to where it began than it was half way (so networks see it; measured). A growing share of negatives is farther
with every step for whatever features: their distribution goes straight from one to the other, class means included.

A turn ends at 45 degrees: at 90, upright and level edges are back, and networks see less of a change again (measured).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from ..errors import BlocktuneError
from ..files.dataset import AppliedShift, Dataset
from ..files.image_tables import ManifestRow
from ..settings.targets import ShiftKind
from . import image_array
from .prepared import DATASET, IMAGES, LABELS, MANIFEST, Prepared, content_digest
from .staging import staged

_DEGREES = 45
_BLUR_OF_SIDE = 0.08
_NOISE = 128
_CHUNK = 64  # images in memory at a time


def shifted(images: np.ndarray, kind: ShiftKind, strength: float, seed: int, first: int = 0) -> np.ndarray:
    """Return shifted copies.

    Args:
        images: uint8 (N, H, W, 3), square for `rotate`.
        kind: see above.
        strength: 0 to 1.
        seed: of the side (`rotate`), of which are inverted, and of the noise.
        first: row of the first image in its dataset; a picture has its own stream, whichever others come along.

    Returns:
        uint8 (N, H, W, 3).
    """
    strength = float(strength)  # Pillow takes no number of NumPy's
    out = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), _CHUNK):
        part = np.asarray(images[start : start + _CHUNK])
        out[start : start + _CHUNK] = _SHIFTS[kind](part, strength, seed, first + start) if strength else part
    return out


def write_shifted(prepared: Path, folder: Path, kind: ShiftKind, strength: float, seed: int) -> None:
    """Write a prepared dataset whose images are shifted, as `prepare` writes it, all at once or not at all.

    Labels and manifest are the same, its checksums are still those of the originals: so a split is the same as well.
    dataset.json has the new digest, and `shift` with kind, strength and seed (see `shifted`). Only a few images are in
    memory.

    Raises:
        BlocktuneError: the dataset can't be read, `folder` can't be written, or they are the same.
    """
    prepared, folder = Path(prepared), Path(folder)
    if prepared.resolve() == folder.resolve():
        raise BlocktuneError(f"{folder.absolute()} holds the images that are to be shifted; name another folder")
    dataset, about = Prepared.open(prepared), Dataset.read(prepared / DATASET)
    manifest = _manifest(prepared / MANIFEST, len(dataset.images))
    with staged([folder / name for name in (IMAGES, LABELS, MANIFEST, DATASET)]) as parts:
        images_part, labels_part, manifest_part, dataset_part = parts
        array = image_array.create(images_part, dataset.images.shape)
        for start in range(0, len(array), _CHUNK):
            part = dataset.images[start : start + _CHUNK]
            array[start : start + _CHUNK] = shifted(part, kind, strength, seed, start)
        array.flush()
        with labels_part.open("wb") as file:
            np.save(file, dataset.labels, allow_pickle=False)
        manifest_part.write_text(manifest, encoding="utf-8")
        digest = content_digest(dataset.image_size, dataset.classes, dataset.labels, array)
        about = replace(about, digest=digest, shift=AppliedShift(kind, strength, seed))
        dataset_part.write_text(about.text(), encoding="utf-8")


def _manifest(path: Path, count: int) -> str:
    rows = ManifestRow.read(path)
    if len(rows) != count:
        raise BlocktuneError(
            f"{path.absolute()} has {len(rows)} rows for {count} images; run `blocktune prepare` again"
        )
    return ManifestRow.table(rows)


def _generator(seed: int, row: int) -> np.random.Generator:
    return np.random.default_rng([seed, row])


def _rotate(images: np.ndarray, strength: float, seed: int, first: int) -> np.ndarray:
    """Turn each image about its centre; what the corners need is mirrored in first."""
    height, width = images.shape[1:3]
    # A square that is turned reaches out to half its diagonal
    margin = int(np.ceil((np.sqrt(2) - 1) / 2 * max(height, width))) + 1
    framed = np.pad(images, ((0, 0), (margin, margin), (margin, margin), (0, 0)), "symmetric")
    inside = slice(margin, margin + height), slice(margin, margin + width)
    out = np.empty_like(images)
    for row, image in enumerate(framed):
        side = _generator(seed, first + row).choice((-1, 1))
        turned = Image.fromarray(image).rotate(float(side * _DEGREES * strength), Image.Resampling.BILINEAR)
        out[row] = np.asarray(turned)[inside]
    return out


def _invert(images: np.ndarray, strength: float, seed: int, first: int) -> np.ndarray:
    chosen = [_generator(seed, first + row).random() < strength for row in range(len(images))]
    return np.where(np.array(chosen)[:, None, None, None], 255 - images, images)


def _blur(images: np.ndarray, strength: float, seed: int, first: int) -> np.ndarray:
    blur = ImageFilter.GaussianBlur(strength * _BLUR_OF_SIDE * max(images.shape[1:3]))
    return np.stack([np.asarray(Image.fromarray(image).filter(blur)) for image in images])


def _noise(images: np.ndarray, strength: float, seed: int, first: int) -> np.ndarray:
    out = np.empty_like(images)
    for row, image in enumerate(images):
        values = image + _generator(seed, first + row).normal(0, strength * _NOISE, image.shape)
        out[row] = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return out


_SHIFTS: dict[ShiftKind, Callable[[np.ndarray, float, int, int], np.ndarray]] = {
    "rotate": _rotate,
    "invert": _invert,
    "blur": _blur,
    "noise": _noise,
}
