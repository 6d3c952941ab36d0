"""From an encoded image file to the pixels that a network is fed."""

import hashlib
import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .metadata import orientation, stripped
from .sixteen_bit import FULL, LOW, Deep, read_deep

# Named, so that a file that claims to be an image can't start a program (EPS starts Ghostscript).
_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP")
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What such a file has at its fifth byte, before the codec's name
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}


class BadImageError(ValueError):
    """A file that is no readable image; the message says why."""


@dataclass(frozen=True)
class Picture:
    """A decoded image in its own size.

    Attributes:
        rgb: 8 bits a channel, turned upright, on white.
        values: least and largest value of an image of 16 bits, None of any other.
        digest: sha256 of size and pixels: equal for equal images, whatever the files' formats and headers.
    """

    rgb: Image.Image
    values: tuple[int, int] | None
    digest: str

    def resized(self, size: int) -> np.ndarray:
        """Return uint8 (size, size, 3), by bilinear interpolation with antialiasing; the aspect ratio is not kept."""
        return np.asarray(self.rgb.resize((size, size), Image.Resampling.BILINEAR))


def decode(content: bytes, size: int, white: int = FULL) -> np.ndarray:
    """Decode an image file and resize it to a square, as `read_picture` and `Picture.resized` do.

    Returns:
        uint8 (size, size, 3), RGB.

    Raises:
        BadImageError: as for `read_picture`.
    """
    return read_picture(content, white).resized(size)


def read_picture(content: bytes | BadImageError, white: int = FULL) -> Picture:
    """Decode an image file.

    The orientation that a camera noted (EXIF) is applied, transparency is laid on white, and of an animation the first
    frame counts. Other metadata never matters: an image whose metadata is damaged is read without it.

    Args:
        content: the encoded file, or why there is none.
        white: the value that is white in images of 16 bits; the default keeps their upper 8 bits.

    Raises:
        BadImageError: `content` is no image of a known format, truncated, damaged, or too large to decode safely.
    """
    if isinstance(content, BadImageError):
        raise content
    if not content:
        raise BadImageError("the file is empty")
    try:
        return _read(content, white)
    except BadImageError as error:
        problem = error
    for less in stripped(content):
        try:
            return _read(less, white)
        except BadImageError as error:
            problem = error
    raise problem


def _read(content: bytes, white: int) -> Picture:
    try:
        with warnings.catch_warnings():
            # Pillow warns about other oddities that it can cope with; an unreasonably large picture is refused.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_formats()) as image:
                deep = read_deep(image, content)
                image.load()
                flat = _rgb(image) if deep is None else _flat(deep, white)
                turn = _TURNED.get(orientation(image))
                rgb = flat if turn is None else flat.transpose(turn)
                return _picture(rgb, deep)
    except (BadImageError, MemoryError):
        raise
    # Decoders raise whatever they stumble over in a damaged file: OSError, SyntaxError, struct.error, KeyError, ...
    except Exception as error:
        if isinstance(error, Image.UnidentifiedImageError):
            raise BadImageError(_unknown(content)) from None
        raise BadImageError(str(error) or type(error).__name__) from None


def _formats() -> list[str]:
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


def _unknown(content: bytes) -> str:
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return (
            "it is a HEIC image (iPhones save them), which can't be read here; convert it to JPEG or PNG, "
            "e.g. with `magick IN.heic OUT.jpg`"
        )
    return "it is no image of a known format"


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F"):
        raise BadImageError("its pixels are 32-bit numbers, whose range is unknown; save it with 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _flat(deep: Deep, white: int) -> Image.Image:
    """Return an image of 16 bits with 8, as RGB on white."""
    levels = deep.values.astype(np.uint32) * 256 // ((FULL if deep.own_range else white) + 1)
    eight = np.minimum(levels, 255).astype(np.uint8)
    image = Image.fromarray(eight).convert("RGB")
    if deep.alpha is None:
        return image
    image.putalpha(Image.fromarray(deep.alpha))
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _picture(rgb: Image.Image, deep: Deep | None) -> Picture:
    digest = hashlib.sha256(repr(rgb.size).encode())
    digest.update(rgb.tobytes())
    if deep is None or deep.own_range:
        return Picture(rgb, None, digest.hexdigest())
    if deep.values.max() < LOW:
        # With few bits left, images that differ may be equal
        digest.update(deep.values.astype("<u2").tobytes())
    return Picture(rgb, (int(deep.values.min()), int(deep.values.max())), digest.hexdigest())


def pixels_digest(pixels: np.ndarray) -> str:
    """Return the digest (see `Picture`) of finished pixels, uint8 (height, width, 3)."""
    return _picture(Image.fromarray(pixels), None).digest
