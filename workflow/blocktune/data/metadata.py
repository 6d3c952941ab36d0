"""What cameras and programs write into image files besides pixels: it may say how to turn them, and nothing else."""

import struct
from collections.abc import Iterator

from PIL import Image

_ORIENTATION = 0x0112
_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_EXIF = b"Exif\0\0"
# Segments of a JPEG that change no pixel: APP0 to APP15 but Adobe's (it says how colours are coded), and comments
_NOTES = {*range(0xE0, 0xEE), 0xEF, 0xFE}
_SCAN = 0xDA
_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
# Tags of a TIFF without which its pixels can't be decoded
_TIFF_PIXELS = {
    *(256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 280, 281, 284, 292, 293, 317, 320),
    *(322, 323, 324, 325, 330, 332, 338, 339, 347, 512, 513, 514, 529, 530, 531, 532),
}


def orientation(image: Image.Image) -> int:
    """Return how a camera was held (EXIF, 1 to 8), 1 where that can't be read."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
        return found if isinstance(found, int) else 1
    # Pillow raises whatever it stumbles over
    except Exception:
        return 1


def stripped(content: bytes) -> Iterator[bytes]:
    """Yield an image file without its metadata, first with the orientation, then without; nothing for most formats."""
    for keep_exif in (True, False):
        try:
            if content.startswith(_JPEG):
                yield b"".join(_jpeg(content, keep_exif))
            elif content.startswith(_PNG):
                yield b"".join(_png(content, keep_exif))
            elif content[:4] in (b"II*\0", b"MM\0*"):
                yield _tiff(content, keep_exif)
        except (struct.error, ValueError):
            return


def _jpeg(content: bytes, keep_exif: bool) -> Iterator[bytes]:
    yield _JPEG
    at = 2
    while True:
        start, marker, length = struct.unpack_from(">BBH", content, at)
        if start != 0xFF or length < 2:
            raise ValueError("no segment")
        if marker == 0xFF:  # may fill the space between segments
            at += 1
            continue
        if marker == _SCAN:
            yield content[at:]
            return
        segment = content[at : at + 2 + length]
        if marker not in _NOTES or (keep_exif and segment[4:].startswith(_EXIF)):
            yield segment
        at += 2 + length


def _png(content: bytes, keep_exif: bool) -> Iterator[bytes]:
    yield _PNG
    at = len(_PNG)
    while at + 8 <= len(content):
        (length,), kind = struct.unpack_from(">I", content, at), content[at + 4 : at + 8]
        # Other critical chunks (in capitals) stay: what can't be read must not look as if it could
        if kind in _PIXELS or kind[:1].isupper() or (keep_exif and kind == b"eXIf"):
            yield content[at : at + 12 + length]
        at += 12 + length


def _tiff(content: bytes, keep_exif: bool) -> bytes:
    """Shorten the first directory; all that it points to stays where it is."""
    order = "<" if content[:2] == b"II" else ">"
    (at,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, at)
    entries = [content[at + 2 + 12 * number :][:12] for number in range(count)]
    kept = _TIFF_PIXELS | ({_ORIENTATION} if keep_exif else set())
    entries = [entry for entry in entries if struct.unpack_from(f"{order}H", entry)[0] in kept]
    directory = struct.pack(f"{order}H", len(entries)) + b"".join(entries) + bytes(4)
    return content[:at] + directory + content[at + len(directory) :]
