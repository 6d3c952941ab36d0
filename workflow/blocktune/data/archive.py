"""Class folders in a .tgz, .tar (also .bz2, .xz) or .zip. Nothing is extracted: members are read where they are."""

import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from ..errors import BlocktuneError
from ..messages import first_line
from ..walk import LeftOut, Parts, why_not
from .class_folders import arrange, composed, without_top_folder
from .limits import Tally
from .place import place_of
from .source import Source, SourceImage

# RuntimeError: an encrypted zip, or a compression that zipfile lacks; the last four: numbers and names that no archiver
# writes.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    ArithmeticError,
    LookupError,
    TypeError,
    struct.error,
)
_OUTSIDE = "a name that points outside the archive"
# The flag of a zip's member whose name is in UTF-8
_SAYS_UTF8 = 0x800
# The extra field with a member's name in UTF-8: version, checksum of the other name, name
_UNICODE_NAME = 0x7075
# Of the headers for long names and the like; a real one has a few hundred bytes
_MOST_HEADER_BYTES = 2**20
_EXTENDED = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


@dataclass(frozen=True)
class _Member:
    """An entry of an archive: its name, what it is, its bytes when unpacked, and what reads it."""

    name: str
    kind: Literal["file", "folder", "link", "device"]
    size: int
    read: Callable[[], bytes]


def open_archive(path: str) -> Source:
    """Open the archive at `path` (`data.path`).

    The archive is read twice from front to back, once for names and once for contents: jumping about in a compressed
    tar would unpack it anew for every image.

    Raises:
        BlocktuneError: `path` is missing, no archive, truncated, beyond the limits of `limits`, or no archive of class
            folders (`arrange`); the content's damage only shows while images are read.
    """
    archive = place_of(path)
    where = f"data.path {path}"
    if not archive.exists():
        raise BlocktuneError(f"{where} does not exist (looked for {archive.absolute()})")
    if archive.is_dir():
        raise BlocktuneError(f"{where} is a folder; for class folders on disk set data.source: folder")
    if not archive.is_file():
        raise BlocktuneError(f"{where} is no ordinary file but a pipe, a device or a socket")
    with _one_error(where):
        contents = _contents(archive, where)
    skip = without_top_folder(contents.files)
    folders = {parts[skip] for parts in contents.folders if len(parts) > skip}
    layout = arrange(
        (parts[skip:] for parts in contents.files), where, folders, first="Unpack it, set data.source to folder. "
    )
    chosen = {
        index: (layout.rows[parts[skip:]], composed(parts[skip:]))
        for parts, index in contents.files.items()
        if parts[skip:] in layout.rows
    }
    left_out = [LeftOut(name, reason, files) for (name, reason), files in sorted(contents.left_out.items())]
    return Source(len(layout.rows), _images(archive, where, chosen), [*left_out, *layout.left_out])


@dataclass
class _Contents:
    """What an archive holds.

    Attributes:
        files: parts of each file's name, with its place in the archive. A name that occurs twice counts once, in its
            last version, as if the archive had been unpacked.
        folders: parts of the folders' names.
        left_out: name and reason of what is not read, with the number of files.
    """

    files: dict[Parts, int] = field(default_factory=dict)
    folders: set[Parts] = field(default_factory=set)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)


def _contents(archive: Path, where: str) -> _Contents:
    tally = Tally(where, archive.stat().st_size)
    contents = _Contents()
    for index, member in enumerate(_members(archive)):
        if member.kind == "file":
            tally.add(member.name, member.size)
        parts = PurePosixPath(member.name).parts
        if not parts:
            continue
        reasons = [why_not(part) for part in parts]
        hidden = next((place for place, reason in enumerate(reasons) if reason), None)
        if PurePosixPath(member.name).is_absolute() or ".." in parts:
            contents.left_out[member.name, _OUTSIDE] += 1
        elif hidden is not None:
            name = "/".join(parts[: hidden + 1]) + ("/" if hidden + 1 < len(parts) or member.kind == "folder" else "")
            contents.left_out[name, reasons[hidden]] += member.kind != "folder"
        elif member.kind == "folder":
            contents.folders.add(parts)
        elif member.kind == "file":
            contents.files[parts] = index
        else:
            contents.left_out["/".join(parts), f"a {member.kind} in the archive"] += 1
    return contents


def _images(archive: Path, where: str, chosen: dict[int, tuple[int, Parts]]) -> Iterator[SourceImage]:
    with _one_error(where):
        for index, member in enumerate(_members(archive)):
            if index in chosen:
                row, parts = chosen[index]
                yield SourceImage(row, "/".join(parts), parts[0], member.read())


def _members(archive: Path) -> Iterator[_Member]:
    with archive.open("rb") as file:
        start = file.read(4)
    # The content decides, not the ending: a tar may hold a zip near its end, so zipfile.is_zipfile would not do.
    yield from _zip_members(archive) if start in (b"PK\x03\x04", b"PK\x05\x06") else _tar_members(archive)


def _tar_members(archive: Path) -> Iterator[_Member]:
    with tarfile.open(archive, "r:*", tarinfo=_TarInfo, encoding="utf-8") as tar:
        reached = -1
        for member in tar:
            # Older Pythons go back, and round and round, where a header gives a negative size (CVE-2025-8194)
            if member.size < 0 or tar.offset <= reached:
                raise tarfile.ReadError("a member has a negative size")
            reached = tar.offset
            is_link = member.issym() or member.islnk()
            kind = "file" if member.isfile() else "folder" if member.isdir() else "link" if is_link else "device"
            yield _Member(member.name, kind, member.size, lambda member=member: tar.extractfile(member).read())
        # A plain tar that was cut between two members looks complete but for the empty block that ends every tar; in a
        # compressed one the decompressor notices, and stepping back would unpack it anew.
        if isinstance(tar.fileobj, io.BufferedReader):
            tar.fileobj.seek(tar.offset)
            if tar.fileobj.read(tarfile.BLOCKSIZE).strip(b"\0") or tar.fileobj.tell() == tar.offset:
                raise tarfile.ReadError("unexpected end of data")


class _TarInfo(tarfile.TarInfo):
    """A tar's header; the long ones are held in memory, and may be a bomb themselves."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        # The place that TarInfo keeps for its heirs
        if self.size < 0 or (self.type in _EXTENDED and self.size > _MOST_HEADER_BYTES):
            raise tarfile.ReadError(f"a header claims {self.size} bytes")
        return super()._proc_member(tar)


def _zip_members(archive: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            # Links and devices, as a zip made on Unix marks them; elsewhere there is no mark
            mode = stat.S_IFMT(member.external_attr >> 16)
            kinds = {0: "file", stat.S_IFREG: "file", stat.S_IFLNK: "link"}
            kind = "folder" if member.is_dir() else kinds.get(mode, "device")
            yield _Member(_zip_name(member), kind, member.file_size, lambda member=member: packed.read(member))


def _zip_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; many programs write UTF-8 without the flag that says so, or beside another encoding."""
    name = member.filename
    if not member.flag_bits & _SAYS_UTF8:
        with suppress(UnicodeError):
            raw = name.encode("cp437")
            name = (_unicode_name(member.extra, raw) or raw).decode("utf-8")
    # Some Windows programs write backslashes.
    return name.replace("\\", "/")


def _unicode_name(extra: bytes, name: bytes) -> bytes | None:
    """Return the name in UTF-8 that a zip's member has beside another one, if it belongs to that one."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _UNICODE_NAME and size > 5 and struct.unpack_from("<I", extra, 5) == (zlib.crc32(name),):
            return extra[9 : 4 + size]
        extra = extra[4 + size :]
    return None


@contextmanager
def _one_error(where: str) -> Iterator[None]:
    """Turn the many ways in which reading an archive fails into one error that names `data.path`."""
    try:
        yield
    except _DAMAGE as error:
        raise BlocktuneError(
            f"{where} can't be read as an archive ({first_line(error)}): it is truncated, damaged, or no "
            ".tgz, .tar or .zip file; download or copy it again"
        ) from None
