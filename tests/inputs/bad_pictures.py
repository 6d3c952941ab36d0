"""Folders and archives that are no images: a row is a name, what makes `data` in the settings, what is said."""

import os
import stat
import tarfile

from made import (
    GOOD,
    bmp_that_claims,
    encoded,
    folder,
    gif_that_claims,
    header,
    negative_size,
    pax,
    picture,
    png_that_claims,
    tar,
    zipped,
)
from PIL import Image

BOMB = "exceeds limit"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(touch /tmp/x) system\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
TEXT = b"this is no picture\n"


def one_bad(content, name="b/bad.jpg", **more):
    """A good folder with one bad file in it."""

    def make(place):
        return {"source": "folder", "path": str(folder(place / "photos", GOOD | {name: content})), **more}

    return make


def only(files, **more):
    """A folder with these files and no others."""

    def make(place):
        (place / "photos").mkdir()
        return {"source": "folder", "path": str(folder(place / "photos", files)), **more}

    return make


def with_special(create):
    """A good folder with something in it that is no file."""

    def make(place):
        create(folder(place / "photos", GOOD) / "b" / "odd.jpg")
        return {"source": "folder", "path": str(place / "photos")}

    return make


def huge(path):
    with path.open("wb") as stream:
        stream.truncate(600 * 2**20)


def archive(content, name="photos.tgz", **more):
    """An archive of these bytes."""

    def make(place):
        (place / name).write_bytes(content)
        return {"source": "archive", "path": str(place / name), **more}

    return make


def pipe_for_an_archive(place):
    os.mkfifo(place / "photos.tgz")
    return {"source": "archive", "path": str(place / "photos.tgz")}


def other_kind(source):
    def make(place):
        folder(place / "photos", GOOD)
        (place / "a.tgz").write_bytes(tar(GOOD, "w:gz"))
        return {"source": source, "path": str(place / ("a.tgz" if source == "folder" else "photos"))}

    return make


FOLDERS = [
    ("an empty picture", one_bad(b""), ["b/bad.jpg is no readable image: the file is empty", "on_bad_image: skip"]),
    ("a text", one_bad(TEXT), ["b/bad.jpg is no readable image: it is no image of a known format"]),
    ("a web page", one_bad(b"<!doctype html><title>404</title>"), ["b/bad.jpg", "no image of a known format"]),
    ("half a JPEG", one_bad(picture(5)[:-70]), ["b/bad.jpg", "truncated"]),
    ("half a PNG", one_bad(picture(5, "PNG")[:-300]), ["b/bad.jpg is no readable image"]),
    ("half a WebP", one_bad(picture(5, "WEBP")[:60]), ["b/bad.jpg is no readable image"]),
    ("a JPEG's beginning", one_bad(b"\xff\xd8\xff"), ["b/bad.jpg is no readable image"]),
    ("a program for Ghostscript", one_bad(EPS, "b/bad.eps"), ["b/bad.eps", "no image of a known format"]),
    ("a drawing with a script", one_bad(SVG, "b/bad.svg"), ["b/bad.svg", "no image of a known format"]),
    ("a document", one_bad(b"%PDF-1.7\n"), ["b/bad.jpg", "no image of a known format"]),
    ("an archive called picture", one_bad(zipped(GOOD)), ["b/bad.jpg", "no image of a known format"]),
    (
        "numbers of 32 bits",
        one_bad(encoded(Image.new("F", (9, 9)), "TIFF")),
        ["b/bad.jpg", "save it with 8 or 16 bits"],
    ),
    ("a PNG bomb", one_bad(png_that_claims(60_000, 60_000)), ["b/bad.jpg is no readable image", BOMB]),
    ("a BMP bomb", one_bad(bmp_that_claims(30_000, 30_000)), ["b/bad.jpg is no readable image", BOMB]),
    ("a GIF bomb", one_bad(gif_that_claims(65_000, 65_000)), ["b/bad.jpg is no readable image", BOMB]),
    ("a picture of no size", one_bad(png_that_claims(0, 5)), ["b/bad.jpg is no readable image"]),
    ("a file without end", with_special(huge), ["odd.jpg has 629,145,600 bytes", "allowed are 536,870,912"]),
    ("a pipe", with_special(os.mkfifo), ["odd.jpg is no ordinary file"]),
    ("a link to a device", with_special(lambda path: path.symlink_to("/dev/zero")), ["odd.jpg is no ordinary file"]),
    (
        "a link to nowhere",
        with_special(lambda path: path.symlink_to("nowhere")),
        ["b/odd.jpg is no readable image: it can't be read: No such file"],
    ),
    (
        "a link to itself",
        with_special(lambda path: path.symlink_to(path)),
        ["b/odd.jpg is no readable image: it can't be read", "symbolic links"],
    ),
    ("one class", only({"a/1.jpg": picture()}), ["found only the class folder 'a'; at least two are needed"]),
    ("no class", only({"1.jpg": picture(), "2.jpg": picture(1)}), ["no class folder with files in it"]),
    ("nothing", only({}), ["no class folder with files in it"]),
    ("litter", only({"a/.DS_Store": TEXT, "b/Thumbs.db": TEXT}), ["no class folder with files in it"]),
    (
        "one class left",
        only({"a/1.jpg": picture(), "b/1.jpg": TEXT}, on_bad_image="skip"),
        ["what is left has 1 class"],
    ),
    (
        "no picture left",
        only({"a/1.jpg": b"", "b/1.jpg": TEXT}, on_bad_image="skip"),
        ["2 files are no readable images"],
    ),
    ("a class of two lines", one_bad(picture(), "b\nc/1.jpg"), ["'b\\nc' has line ends"]),
    ("a class that colours", one_bad(picture(), "b\x1b[31m/1.jpg"), ["'b\\x1b[31m' has line ends or other control"]),
    ("a class that turns the line", one_bad(picture(), "b\u202egpj/1.jpg"), ["\\u202egpj' has line ends or other"]),
    ("a class in another encoding", one_bad(picture(), b"b\xfc/1.jpg"), ["'b\\udcfc' is not in UTF-8; rename it"]),
    ("a file for a folder", other_kind("folder"), ["a.tgz is a file", "data.source: archive"]),
]

LINKS = [
    header(f"b/{number}.jpg", kind, link="/etc/passwd")
    for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE))
]
DEVICES = [
    header(f"c/{number}.jpg", kind) for number, kind in enumerate((tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE))
]
ONE = {"a/1.jpg": picture()}
OUTSIDE = {"/b/1.jpg": picture(), "../b/1.jpg": picture(), "b/../../../1.jpg": picture()}
NO_ARCHIVE = "can't be read as an archive"

ARCHIVES = [
    ("an empty file", archive(b""), [NO_ARCHIVE, "photos.tgz"]),
    ("a web page for an archive", archive(b"<!doctype html><title>404</title>"), [NO_ARCHIVE]),
    (
        "another kind of archive",
        archive(b"7z\xbc\xaf\x27\x1c" + b"\0" * 600, "a.7z"),
        [NO_ARCHIVE, "no .tgz, .tar or .zip"],
    ),
    ("gzip without a tar", archive(tar({}, "w:gz")[:10] + b"hello"), [NO_ARCHIVE]),
    ("half a .tgz", archive(tar(GOOD, "w:gz")[:700]), [NO_ARCHIVE, "truncated"]),
    ("half a .tar", archive(tar(GOOD)[:2500], "a.tar"), [NO_ARCHIVE, "truncated"]),
    ("a .tar without its end", archive(tar(GOOD)[:-9216].rstrip(b"\0"), "a.tar"), [NO_ARCHIVE]),
    ("half a .tar.xz", archive(tar(GOOD, "w:xz")[:400], "a.tar.xz"), [NO_ARCHIVE]),
    ("half a .tar.bz2", archive(tar(GOOD, "w:bz2")[:400], "a.tar.bz2"), [NO_ARCHIVE]),
    ("half a .zip", archive(zipped(GOOD)[:900], "a.zip"), [NO_ARCHIVE]),
    ("a zip's beginning", archive(b"PK\x03\x04", "a.zip"), [NO_ARCHIVE]),
    ("a zip with wrong sums", archive(zipped(GOOD, crc=7), "a.zip"), [NO_ARCHIVE, "Bad CRC-32"]),
    ("an encrypted zip", archive(zipped(GOOD, flags=1), "a.zip"), [NO_ARCHIVE, "encrypted"]),
    ("a zip of another method", archive(zipped(GOOD, method=99), "a.zip"), [NO_ARCHIVE, "compression method"]),
    ("a zip that lies", archive(zipped(GOOD, size=3), "a.zip"), [NO_ARCHIVE]),
    ("an empty tar", archive(tar({})), ["no class folder with files in it"]),
    ("an empty zip", archive(zipped({}), "a.zip"), ["no class folder with files in it"]),
    ("a tar of one class", archive(tar(ONE)), ["found only the class folder 'a'"]),
    ("a tar of links", archive(tar(ONE, extra=LINKS)), ["found only the class folder 'a'"]),
    ("a tar of devices", archive(tar(ONE, extra=DEVICES)), ["found only the class folder 'a'"]),
    ("a zip of links", archive(zipped(GOOD, stat.S_IFLNK | 0o777), "a.zip"), ["no class folder with files in it"]),
    ("a zip of devices", archive(zipped(GOOD, stat.S_IFCHR | 0o666), "a.zip"), ["no class folder with files in it"]),
    ("a tar that points outside", archive(tar(ONE | OUTSIDE)), ["found only the class folder 'a'"]),
    ("a zip that points outside", archive(zipped(ONE | OUTSIDE), "a.zip"), ["found only the class folder 'a'"]),
    ("a negative size", archive(tar(GOOD, extra=[negative_size("b/9.jpg")]), "a.tar"), [NO_ARCHIVE, "-256 bytes"]),
    ("a negative size in words", archive(tar(GOOD, extra=[pax("b/9.jpg", size=-1536)])), [NO_ARCHIVE]),
    (
        "a size that is none",
        archive(tar(GOOD, extra=[pax("b/9.jpg", size="many")])),
        ["b/9.jpg is no readable image: the file is empty"],
    ),
    (
        "a member too large",
        archive(tar(GOOD, "w:gz", [header("b/9.jpg", size=2**33)])),
        ["b/9.jpg has 8,589,934,592 bytes"],
    ),
    ("a hole too large", archive(tar(GOOD, extra=[header("b/9.jpg", tarfile.GNUTYPE_SPARSE, 2**33)])), [NO_ARCHIVE]),
    (
        "a zip's member too large",
        archive(zipped(GOOD, size=2**30), "a.zip"),
        ["a/0.jpg has 1,073,741,824 bytes unpacked"],
    ),
    (
        "a zip too large together",
        archive(zipped(GOOD, size=2**29), "a.zip"),
        ["more than 1,073,741,824 bytes unpacked"],
    ),
    (
        "a name too large",
        archive(tar(GOOD, extra=[header("n", tarfile.GNUTYPE_LONGNAME, 2**33)])),
        [NO_ARCHIVE, "claims"],
    ),
    ("notes too large", archive(tar(GOOD, extra=[header("n", tarfile.XHDTYPE, 2**33)])), [NO_ARCHIVE, "claims"]),
    (
        "a class with an escape",
        archive(tar(GOOD | {"c\x1b[2J/1.jpg": picture()})),
        ["'c\\x1b[2J' has line ends or other"],
    ),
    ("a class of no encoding", archive(tar(GOOD | {"c\udcff/1.jpg": picture()})), ["'c\\udcff' is not in UTF-8"]),
    ("a bad picture inside", archive(tar(GOOD | {"b/x.jpg": TEXT}, "w:gz")), ["b/x.jpg is no readable image"]),
    (
        "a bomb of a picture inside",
        archive(zipped(GOOD | {"b/x.png": png_that_claims(60_000, 60_000)}), "a.zip"),
        [BOMB],
    ),
    ("a pipe for an archive", pipe_for_an_archive, ["photos.tgz is no ordinary file"]),
    ("a folder for an archive", other_kind("archive"), ["photos is a folder", "data.source: folder"]),
    ("no archive there", lambda place: {"source": "archive", "path": str(place / "no.zip")}, ["no.zip does not exist"]),
]

BAD_PICTURES = [*FOLDERS, *ARCHIVES]
