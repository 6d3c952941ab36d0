"""From encoded files to pixels."""

import numpy as np
import pytest
from PIL import Image

from blocktune.data.decode import BadImageError, decode

COLOUR = (200, 100, 50)


@pytest.mark.parametrize("encoding", ["PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "JPEG"])
def test_formats(encode, encoding):
    pixels = decode(encode(Image.new("RGB", (20, 10), COLOUR), encoding), 8)
    assert pixels.shape == (8, 8, 3)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels.astype(int), np.broadcast_to(COLOUR, (8, 8, 3)), atol=6)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16"])
def test_modes_become_rgb(encode, mode):
    image = Image.fromarray(np.full((10, 10), 128 << 8, np.uint16)) if mode == "I;16" else Image.new("RGB", (10, 10))
    image = image if mode == "I;16" else image.convert(mode)
    pixels = decode(encode(image, "TIFF" if mode in ("CMYK", "LA") else "PNG"), 8)
    assert pixels.shape == (8, 8, 3)
    assert set(np.unique(pixels)) == {128 if mode == "I;16" else 0}


def test_transparency_is_white(encode):
    assert decode(encode(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG"), 8).min() == 255


def test_orientation_of_the_camera_is_applied(encode):
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[:8] = 255
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    turned = decode(encode(Image.fromarray(pixels), "PNG", exif=exif), 16)
    assert turned[0].max() == 0
    assert turned[-1].min() == 255


def test_first_frame_of_an_animation(encode):
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("white", "black")]
    assert decode(encode(frames[0], "GIF", save_all=True, append_images=frames[1:]), 8).min() == 255


def test_shrinking_is_antialiased(encode):
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    pixels = decode(encode(Image.fromarray(stripes), "PNG"), 8)
    assert 100 < pixels.min() <= pixels.max() < 155


def test_bad_files(encode, picture, monkeypatch):
    with pytest.raises(BadImageError, match="no image of a known format"):
        decode(b"hello", 8)
    with pytest.raises(BadImageError, match="empty"):
        decode(b"", 8)
    with pytest.raises(BadImageError, match="truncated"):
        decode(picture(1)[:-60], 8)
    with pytest.raises(BadImageError, match="known format"):
        decode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", 8)
    with pytest.raises(BadImageError, match="32-bit"):
        decode(encode(Image.new("F", (9, 9)), "TIFF"), 8)
    content = encode(Image.new("RGB", (100, 100)), "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9000)
    with pytest.raises(BadImageError, match="pixels"):
        decode(content, 8)
