"""Small pictures and archives to damage."""

import io
import struct
import tarfile
import zipfile
import zlib

import numpy as np
from PIL import Image


def encoded(image, encoding, **options):
    buffer = io.BytesIO()
    image.save(buffer, encoding, **options)
    return buffer.getvalue()


def picture(number=0, encoding="JPEG", size=(12, 10)):
    """A small picture of noise; another number is another picture."""
    pixels = np.random.default_rng(number).integers(0, 256, (*size, 3), dtype=np.uint8)
    return encoded(Image.fromarray(pixels), encoding)


GOOD = {f"{name}/{number}.jpg": picture(number + 10 * place) for place, name in enumerate("ab") for number in range(2)}


def folder(place, files):
    """Write class folders below a place; names may be bytes."""
    for name, content in files.items():
        path = place / (name if isinstance(name, str) else name.decode("utf-8", "surrogateescape"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


def tar(files, mode="w", extra=()):
    """The bytes of a tar of files; `extra` are headers that follow, with no content of their own."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.GNU_FORMAT) as packed:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
        for member in extra:
            packed.fileobj.write(member if isinstance(member, bytes) else member.tobuf(tarfile.GNU_FORMAT))
            packed.offset = packed.fileobj.tell()
    return buffer.getvalue()


def header(name, kind=tarfile.REGTYPE, size=0, link=""):
    """A tar's header that may claim anything."""
    member = tarfile.TarInfo(name)
    member.type, member.size, member.linkname = kind, size, link
    return member


def negative_size(name):
    """A header whose size is negative, which `TarInfo` would not write."""
    block = bytearray(header(name).tobuf(tarfile.GNU_FORMAT))
    block[124:136] = b"\xff" * 11 + b"\x00"  # base 256, two's complement: -256
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    return bytes(block)


def pax(name, **records):
    """A file with an extended header before it."""
    body = b""
    for key, value in records.items():
        text = f" {key}={value}\n"
        length = len(text) + len(str(len(text) + 2))
        body += f"{length}{text}".encode()
    member = header("pax", tarfile.XHDTYPE, len(body))
    return member.tobuf(tarfile.GNU_FORMAT) + body.ljust(-(-len(body) // 512) * 512, b"\0") + header(name).tobuf()


def zipped(files, attributes=None, **changes):
    """The bytes of a zip; `changes` are written over every member in its directory and its own header."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (attributes or 0) << 16
            packed.writestr(member, content)
    return _patched(bytearray(buffer.getvalue()), changes)


# Where a field lies in a member's own header and in the directory
_FIELDS = {"flags": (6, 8, "<H"), "method": (8, 10, "<H"), "crc": (14, 16, "<I"), "size": (22, 24, "<I")}


def _patched(content, changes):
    for signature, column in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 1)):
        start = content.find(signature)
        while start >= 0:
            for field, value in changes.items():
                struct.pack_into(_FIELDS[field][2], content, start + _FIELDS[field][column], value)
            start = content.find(signature, start + 4)
    return bytes(content)


def png_that_claims(width, height):
    """A PNG of a few bytes whose header promises a picture of any size."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    about = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", about) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def bmp_that_claims(width, height):
    """A BMP of a few bytes that does the same."""
    about = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + about


def gif_that_claims(width, height):
    """A GIF of a few bytes that does the same."""
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0, 0, 0)
        + b","
        + struct.pack("<HHHHB", 0, 0, width, height, 0)
        + b"\x02\x02L\x01\x00;"
    )
