"""Copies of images: of the same bytes, and of the same pixels in files that differ."""

import csv
import io
import struct

import numpy as np
import pytest
from PIL import Image

from blocktune.data.decode import read_picture
from blocktune.data.prepare import prepare
from blocktune.data.prepared import read_split
from blocktune.data.split import split
from blocktune.data.survey import Copies, survey
from blocktune.settings.data import Data, Split


@pytest.fixture
def same_pixels(make_folder, picture):
    """Every picture twice: as it was, and with a comment in its header."""
    note = b"\xff\xfe" + struct.pack(">H", 2 + 5) + b"rated"
    content = {}
    for place, name in enumerate(("owl", "wren")):
        for number in range(20):
            raw = picture(100 * place + number)
            content |= {f"{name}/{number}.jpg": raw, f"{name}/export_{number}.jpg": raw[:2] + note + raw[2:]}
    return make_folder(content)


@pytest.mark.parametrize("seed", range(4))
def test_pixel_equal_images_are_counted_and_stay_in_one_part(same_pixels, tmp_path, seed):
    assert survey(same_pixels).copies == Copies(bytes=0, pixels=40, across=0)
    out = tmp_path / "out"
    about = prepare(Data(source="folder", path=str(same_pixels), image_size=8), 1, out)
    assert (about.duplicates, about.pixel_duplicates) == (0, 40)
    found = split(Split(), seed, out / "manifest.csv", out / "dataset.json", out / "s.csv", out / "s.json", 0.15)
    assert (found.duplicate_groups, found.duplicate_images) == (40, 80)
    rows = list(csv.DictReader(io.StringIO((out / "manifest.csv").read_text())))
    parts = read_split(out / "s.csv")
    pixels = {part: {rows[row]["pixels"] for row in parts[part]} for part in ("final", "validation", "test")}
    assert not pixels["final"] & pixels["validation"]
    assert not pixels["final"] & pixels["test"]
    assert not pixels["validation"] & pixels["test"]


def test_equal_pixels_are_equal_in_every_format_and_header(encode):
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8))
    lying, exif = image.transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112] = 6  # to be turned back
    same = [
        *(encode(image, form) for form in ("PNG", "BMP", "TIFF", "PPM")),
        encode(image, "WEBP", lossless=True),
        encode(image, "TIFF", compression="tiff_lzw"),
        encode(image.convert("RGBA"), "PNG"),
        encode(lying, "PNG", exif=exif),
    ]
    assert len({read_picture(content).digest for content in same}) == 1
    other = np.asarray(image).copy()
    other[0, 0, 0] ^= 1
    assert read_picture(encode(Image.fromarray(other), "PNG")).digest != read_picture(same[0]).digest
    flat = Image.new("RGB", (4, 6)), Image.new("RGB", (6, 4))
    assert len({read_picture(encode(one, "PNG")).digest for one in flat}) == 2


def test_images_of_few_values_of_16_bits_are_not_taken_for_copies(encode):
    """Their upper 8 bits are all the same."""
    images = [Image.fromarray(np.full((8, 8), value, np.uint16)) for value in (3, 4)]
    assert len({read_picture(encode(image, "PNG")).digest for image in images}) == 2
    full = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000
    eight = Image.fromarray((full >> 8).astype(np.uint8))
    assert read_picture(encode(Image.fromarray(full), "PNG")).digest == read_picture(encode(eight, "PNG")).digest


def test_both_kinds_are_told_apart(make_folder, encode, picture):
    image = Image.open(io.BytesIO(picture(1)))
    found = survey(
        make_folder(
            {
                "owl/1.jpg": picture(1),
                "owl/2.jpg": picture(1),
                "owl/3.png": encode(image, "PNG"),
                "wren/4.png": encode(image, "PNG"),
                "wren/5.jpg": picture(2),
            }
        )
    )
    assert found.copies == Copies(bytes=2, pixels=1, across=1)
