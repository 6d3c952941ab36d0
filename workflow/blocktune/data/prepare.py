"""From images to one array of images, their labels and a record of where they came from."""

import hashlib
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np

from ..errors import BlocktuneError
from ..files.dataset import Dataset, SixteenBit, Skipped
from ..files.image_tables import ManifestRow
from ..settings.data import Data
from . import image_array
from .decode import BadImageError, pixels_digest, read_picture
from .prepared import DATASET, IMAGES, LABELS, MANIFEST, content_digest
from .sixteen_bit import FULL, Values
from .source import Source, SourceImage
from .sources import open_source
from .staging import staged


def prepare(data: Data, seed: int, folder: Path) -> Dataset:
    """Decode, resize and store all images of `data` in `folder`.

    Writes, all at once on success and nothing otherwise:
        images.npy: uint8 (N, image_size, image_size, 3), RGB.
        labels.npy: int64 (N,), an index into the classes in alphabetical order, whatever order the source has.
        manifest.csv: where each image comes from, with sha256 of the encoded file (of the pixels, for digits) and of
            what it looks like (equal for equal images in files that differ).
        dataset.json: what this function returns.

    The seed is that of the digits' shift; other sources have nothing random.

    Raises:
        BlocktuneError: the source can't be read, an image is no image (unless `data.on_bad_image` is skip), fewer
            than two classes are left, or `folder` can't be written.
    """
    white = _white(data, seed)
    source = open_source(data, seed)
    with staged([Path(folder) / name for name in (IMAGES, LABELS, MANIFEST, DATASET)]) as parts:
        images, labels_file, manifest, dataset = parts
        values = Values()
        rows, skipped = _write_images(images, source, data, white, values)
        classes = sorted({row.class_name for row in rows})
        if len(classes) < 2:
            raise BlocktuneError(
                f"data: {len(skipped)} files are no readable images, and what is left has {len(classes)} class(es); "
                "at least two are needed"
            )
        number = {name: label for label, name in enumerate(classes)}
        labels = np.array([number[row.class_name] for row in rows], np.int64)
        with labels_file.open("wb") as file:
            np.save(file, labels, allow_pickle=False)
        manifest.write_text(ManifestRow.table(rows), encoding="utf-8")
        pixels = np.load(images, mmap_mode="r", allow_pickle=False)
        counts = Counter(row.class_name for row in rows)
        files, looks = len({row.sha256 for row in rows}), len({row.pixels for row in rows})
        about = Dataset(
            source=data.source,
            name=data.name,
            image_size=data.image_size,
            classes=tuple(classes),
            counts={name: counts[name] for name in classes},
            images=len(rows),
            skipped=tuple(skipped),
            duplicates=len(rows) - files,
            pixel_duplicates=files - looks,
            left_out=tuple(source.left_out),
            sixteen_bit=SixteenBit(values.images, white, values.warning(white)),
            digest=content_digest(data.image_size, classes, labels, pixels),
        )
        dataset.write_text(about.text(), encoding="utf-8")
    return about


def _white(data: Data, seed: int) -> int:
    """Return which value is white in images of 16 bits; for `seen` the source is read once more."""
    if data.max_16bit != "seen":
        return FULL if data.max_16bit == "full" else data.max_16bit
    values = Values()
    for image in open_source(data, seed).images:
        if isinstance(image.content, bytes):
            with suppress(BadImageError):
                values.add(read_picture(image.content).values)
    return max(values.largest, 1) if values.images else FULL


def _write_images(
    path: Path, source: Source, data: Data, white: int, values: Values
) -> tuple[list[ManifestRow], list[Skipped]]:
    """Write the images; return the rows that were written and the files that were skipped, both in row order."""
    array = image_array.create(path, (source.count, data.image_size, data.image_size, 3))
    rows: dict[int, tuple[str, str, str, str]] = {}
    skipped: dict[int, Skipped] = {}
    for image in source.images:
        try:
            array[image.row], digest = _pixels(image, data.image_size, white, values)
        except BadImageError as error:
            if data.on_bad_image == "fail":
                raise BlocktuneError(
                    f"{image.file} is no readable image: {error}; mend or remove it, or set "
                    "data.on_bad_image: skip to leave such files out"
                ) from None
            skipped[image.row] = Skipped(image.file, str(error))
        else:
            rows[image.row] = image.file, image.class_name, _sha256(image.content), digest
    if len(rows) + len(skipped) != source.count:
        raise BlocktuneError(f"the source announced {source.count} images and gave {len(rows) + len(skipped)}")
    array.flush()
    if skipped and rows:
        image_array.keep_rows(path, array, sorted(rows))
    written = [ManifestRow(number, *rows[row]) for number, row in enumerate(sorted(rows))]
    return written, [skipped[row] for row in sorted(skipped)]


def _pixels(image: SourceImage, size: int, white: int, values: Values) -> tuple[np.ndarray, str]:
    """Return the finished pixels, and the digest of the image as it came."""
    if isinstance(image.content, np.ndarray):
        return image.content, pixels_digest(image.content)
    picture = read_picture(image.content, white)
    values.add(picture.values)
    return picture.resized(size), picture.digest


def _sha256(content: bytes | np.ndarray) -> str:
    return hashlib.sha256(content if isinstance(content, bytes) else content.tobytes()).hexdigest()
