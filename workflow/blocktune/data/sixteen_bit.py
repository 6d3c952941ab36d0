"""Images of 16 bits a channel, of which Pillow gives only the upper 8 where they have colours or transparency."""

import io
import re
import sys
from dataclasses import dataclass

import numpy as np
from PIL import Image

FULL = 2**16 - 1
LOW = 2**14
"""Where all values are below this, at most 64 of 256 levels are left of their upper 8 bits."""
_FEW = 64

# How Pillow calls the layout of such pixels: channels, then the order of the bytes
_LAYOUT = re.compile("(RGB|RGBX|RGBA|LA);16([BLN])")


@dataclass(frozen=True)
class Deep:
    """The pixels of an image of 16 bits.

    Attributes:
        values: uint16 (height, width) or (height, width, 3).
        alpha: uint8 (height, width), 255 where it is opaque; None where it is everywhere.
        own_range: the file itself says which value is white, and the values are scaled to it.
    """

    values: np.ndarray
    alpha: np.ndarray | None = None
    own_range: bool = False


def read_deep(image: Image.Image, content: bytes) -> Deep | None:
    """Return the pixels of an image of 16 bits, which was opened and not loaded yet; None for any other image."""
    grey = image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PPM")
    if grey:
        own_range = image.format == "PPM" and _white_of(image) != FULL
        values, alpha = np.asarray(image).astype(np.uint16), None
    elif layout := _layout(image):
        own_range, (values, alpha) = False, _colours(image, content, *layout)
    else:
        return None
    key = image.info.get("transparency")
    if alpha is None and key is not None:
        clear = values == np.asarray(key, np.uint16)
        alpha = np.where(clear if clear.ndim == 2 else clear.all(-1), 0, 255).astype(np.uint8)
    return Deep(values, alpha, own_range)


class Values:
    """The range of values in images of 16 bits.

    Attributes:
        images: how many such images there were.
        least: the least value in any of them.
        largest: the largest.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.images, self.least, self.largest = 0, FULL, 0

    def add(self, values: tuple[int, int] | None) -> None:
        """Count an image by its least and largest value, None if it is none of 16 bits."""
        if values is not None:
            self.images += 1
            self.least, self.largest = min(self.least, values[0]), max(self.largest, values[1])

    def trouble(self, white: int = FULL) -> str | None:
        """Return what is wrong if this value is white: few levels, or values above it; None if nothing is."""
        which = "the only image" if self.images == 1 else f"{self.images} images"
        seen = f"{which} of 16 bits: values from {self.least} to {self.largest}"
        if self.largest > white:
            return f"{seen}; all above {white} are white"
        levels = self.largest * 256 // (white + 1) + 1
        if self.images and self.largest < LOW and levels <= _FEW:
            return f"{seen} of {white}, so that {levels} of 256 levels are left"
        return None

    def warning(self, white: int = FULL) -> str | None:
        """Return `trouble` with what to do about it, None if there is none."""
        trouble = self.trouble(white)
        return trouble and f"{trouble}. Set data.max_16bit to {white_for(self.largest)}, or to seen"


def white_for(largest: int) -> int:
    """Return the largest value of the number of bits that a camera must have had: 4095 (12 bits) for 3000."""
    return max(2 ** int(largest).bit_length() - 1, 255)


def _layout(image: Image.Image) -> tuple[str, str] | None:
    """Return channels and byte order of an image of several channels of 16 bits."""
    if len(image.tile) == 0:
        return None
    args = image.tile[0].args
    raw = args[0] if isinstance(args, tuple) else args
    found = _LAYOUT.fullmatch(raw) if isinstance(raw, str) else None
    return (found[1], found[2]) if found else None


def _colours(image: Image.Image, content: bytes, channels: str, order: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Return values and transparency: the file is decoded once more, for the lower bytes of what Pillow reads."""
    if channels == "LA":
        # Its four bytes are read as if they were four channels
        raw = np.asarray(_reread(image, content, "RGBA"))
        return raw[..., 0].astype(np.uint16) << 8 | raw[..., 1], raw[..., 2]
    order = {"little": "L", "big": "B"}[sys.byteorder] if order == "N" else order
    other_bytes = f"{channels};16{'L' if order == 'B' else 'B'}"
    upper, lower = np.asarray(image), np.asarray(_reread(image, content, other_bytes))
    values = upper[..., :3].astype(np.uint16) << 8 | lower[..., :3]
    return values, upper[..., 3] if upper.shape[-1] == 4 else None


def _reread(image: Image.Image, content: bytes, raw_mode: str) -> Image.Image:
    again = Image.open(io.BytesIO(content), formats=[image.format])
    again.tile = [
        tile._replace(args=(raw_mode, *tile.args[1:]) if isinstance(tile.args, tuple) else raw_mode)
        for tile in again.tile
    ]
    return again


def _white_of(image: Image.Image) -> int:
    """Return the largest value that a PGM's header names; Pillow scales values to it unless that is the largest."""
    args = image.tile[0].args
    return args[-1] if isinstance(args, tuple) and isinstance(args[-1], int) else FULL
