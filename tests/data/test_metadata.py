"""Whatever metadata a file has, its pixels are read, and it is turned where that can be told."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from blocktune.data.decode import BadImageError, decode

# White above and black below; turned by 90 degrees (orientation 6) the right half is white
PIXELS = np.zeros((16, 16, 3), np.uint8)
PIXELS[:8] = 255
TURNED = (0x0112, 3, 1, struct.pack("<H", 6))
ODD = {
    "offset past the end": (0x8769, 4, 1, struct.pack("<I", 10**8)),
    "unknown type": (0x010F, 99, 1, b"abcd"),
    "text where numbers belong": (0x011A, 2, 4, b"72\0\0"),
    "negative where none can be": (0x0100, 9, 1, struct.pack("<i", -1)),
    "many of a short value": (0x011A, 1, 10**9, b"\x08\0\0\0"),
    "itself as a directory": (0x8825, 4, 1, struct.pack("<I", 8)),
    "no text in no encoding": (0x010E, 2, 3, b"\xff\xfe\0"),
    "two orientations": (0x0112, 2, 2, b"6\0"),
}


def exif(*entries, said=None):
    """A block of EXIF; `said` is how many entries it claims to have."""
    body = b"II*\0" + struct.pack("<IH", 8, said or len(entries))
    for tag, kind, count, value in sorted(entries, key=lambda entry: entry[0]):
        body += struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")
    return body + bytes(4)


def segment(marker, body):
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def chunk(kind, body, crc=None):
    return (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) if crc is None else crc)
    )


def with_segments(encode, *segments):
    raw = encode(Image.fromarray(PIXELS), "JPEG", quality=95)
    return raw[:2] + b"".join(segments) + raw[2:]


def with_chunks(encode, *chunks, last=False):
    raw = encode(Image.fromarray(PIXELS), "PNG")
    place = len(raw) - 12 if last else 33
    return raw[:place] + b"".join(chunks) + raw[place:]


def is_turned(pixels):
    return bool(pixels[:, 10:].min() > 200 and pixels[:, :6].max() < 50)


def is_upright(pixels):
    return bool(pixels[:6].min() > 200 and pixels[10:].max() < 50)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("said", [None, 1000], ids=["", "cut short"])
def test_an_odd_entry_neither_hides_the_pixels_nor_the_orientation(encode, odd, said):
    entries = (TURNED, ODD[odd]) if odd != "two orientations" else (TURNED, (0x010F, 2, 2, b"6\0"))
    block = exif(*entries, said=said)
    assert is_turned(decode(with_segments(encode, segment(0xE1, b"Exif\0\0" + block)), 16))
    assert is_turned(decode(with_chunks(encode, chunk(b"eXIf", block)), 16))
    assert is_turned(decode(encode(Image.fromarray(PIXELS), "WEBP", lossless=True, exif=block), 16))


@pytest.mark.parametrize("value", [0, 9, 255, 65535])
def test_an_orientation_that_there_is_not_is_none(encode, value):
    block = exif((0x0112, 3, 1, struct.pack("<H", value)))
    assert is_upright(decode(with_segments(encode, segment(0xE1, b"Exif\0\0" + block)), 16))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_undone(encode, orientation):
    pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    back = {1: 0, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[orientation]
    methods = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # Pillow's transpositions by orientation
    stored = Image.fromarray(pixels)
    stored = stored.transpose(Image.Transpose(methods[back])) if back else stored
    tag = Image.Exif()
    tag[0x0112] = orientation
    assert np.array_equal(
        decode(encode(stored, "PNG", exif=tag), 16), decode(encode(Image.fromarray(pixels), "PNG"), 16)
    )


@pytest.mark.parametrize(
    ("marker", "body"),
    [
        (0xE0, b"JFIF\0\x01"),
        (0xE1, b"Exif\0\0no directory at all"),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x"),
        (0xE2, b"MPF\0II*\0\xff\xff\xff\xff"),
        (0xE2, b"ICC_PROFILE\0\x05\x01no profile"),
        (0xE2, b"ICC_PROFILE\0"),
        (0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0"),
        (0xFE, b"\xff\xfe\0"),
    ],
    ids=lambda value: value[:8].decode("latin-1") if isinstance(value, bytes) else "",
)
def test_a_damaged_segment_is_passed_over(encode, marker, body):
    turned = segment(0xE1, b"Exif\0\0" + exif(TURNED))
    assert is_turned(decode(with_segments(encode, turned, segment(marker, body)), 16))


@pytest.mark.parametrize("last", [False, True], ids=["before the pixels", "after them"])
@pytest.mark.parametrize(
    "odd",
    [
        chunk(b"tEXt", b"Comment\0checked", crc=5),
        chunk(b"zTXt", b"Comment\0\x07no method of this number"),
        chunk(b"iCCP", b"profile\0\x00" + b"not compressed"),
        chunk(b"iCCP", b""),
        chunk(b"cHRM", b"\0" * 7),
        chunk(b"pHYs", b"\0"),
        chunk(b"acTL", b"\0"),
        chunk(b"fcTL", b"\0" * 26),
    ],
    ids=lambda odd: odd[4:8].decode(),
)
def test_a_damaged_chunk_is_passed_over(encode, odd, last):
    turned = with_chunks(encode, chunk(b"eXIf", exif(TURNED)))
    place = len(turned) - 12 if last else 33
    assert is_turned(decode(turned[:place] + odd + turned[place:], 16))


@pytest.mark.parametrize("many", [1, 80])
def test_texts_in_a_png_may_be_of_any_size(encode, many):
    size = 2 * PngImagePlugin.MAX_TEXT_CHUNK if many == 1 else PngImagePlugin.MAX_TEXT_MEMORY // 64
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * size))
    assert is_turned(decode(with_chunks(encode, chunk(b"eXIf", exif(TURNED)), *[text] * many), 16))


@pytest.mark.parametrize("tag", [270, 282, 296, 305, 700, 34675, 34665, 34853, 50000])
@pytest.mark.parametrize("kind", [1, 2, 5, 12, 99])
def test_an_odd_tag_of_a_tiff_is_passed_over(tag, kind):
    raw = PIXELS.tobytes()
    tags = [(256, 4, 1, 16), (257, 4, 1, 16), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 0)]
    tags += [(274, 3, 1, 6), (277, 3, 1, 3), (278, 4, 1, 16), (279, 4, 1, len(raw)), (tag, kind, 2, 10**8)]
    start = 8 + 2 + 12 * len(tags) + 4
    tags = sorted((*entry[:3], start if entry[0] == 273 else entry[3]) for entry in tags)
    body = b"".join(struct.pack("<HHII", *entry) for entry in tags)
    assert is_turned(decode(b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + bytes(4) + raw, 16))


def test_damaged_pixels_are_still_refused_for_what_they_are(encode):
    with pytest.raises(BadImageError, match=r"(?i)truncated"):
        decode(with_segments(encode, segment(0xE0, b"JFIF\0\x01"))[:-20], 16)
    with pytest.raises(BadImageError):
        decode(with_chunks(encode, chunk(b"tEXt", b"x\0y", crc=5))[:70], 16)


def test_heic_is_called_what_it_is_and_what_to_do():
    for brand in (b"heic", b"mif1", b"hevx"):
        with pytest.raises(BadImageError, match=r"HEIC.*convert it to JPEG"):
            decode(b"\0\0\0\x24ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(200), 8)
