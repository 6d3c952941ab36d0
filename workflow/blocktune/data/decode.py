"""From an encoded image file to the pixels that a network is fed."""

import io
import warnings

import numpy as np
from PIL import Image, ImageOps

# Named, so that a file that claims to be a photograph can't start a program (EPS starts Ghostscript).
_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP")


class BadImageError(ValueError):
    """A file that is no readable image; the message says why."""


def decode(content: bytes, size: int) -> np.ndarray:
    """Decode an image file and resize it to a square, by bilinear interpolation with antialiasing.

    The orientation that a camera noted (EXIF) is applied, transparency is laid on white, of an animation the first
    frame counts, and 16-bit grey keeps its upper 8 bits.

    Args:
        content: the encoded file.
        size: side of the square in pixels; the aspect ratio is not kept.

    Returns:
        uint8 (size, size, 3), RGB.

    Raises:
        BadImageError: `content` is no image of a known format, truncated, damaged, or too large to decode safely.
    """
    if not content:
        raise BadImageError("the file is empty")
    try:
        with warnings.catch_warnings():
            # Pillow warns about other oddities that it can cope with; an unreasonably large picture is refused.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_formats()) as image:
                picture = _rgb(ImageOps.exif_transpose(image))
                return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR))
    except (BadImageError, MemoryError):
        raise
    # Decoders raise whatever they stumble over in a damaged file: OSError, SyntaxError, struct.error, KeyError, ...
    except Exception as error:
        if isinstance(error, Image.UnidentifiedImageError):
            raise BadImageError("it is no image of a known format") from None
        raise BadImageError(str(error) or type(error).__name__) from None


def _formats() -> list[str]:
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise BadImageError("its pixels are 32-bit numbers, whose range is unknown; save it with 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")
