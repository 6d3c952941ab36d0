"""Class folders in a .tgz, .tar (also .bz2, .xz) or .zip. Nothing is extracted: members are read where they are."""

import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import BlocktuneError
from .class_folders import arrange, clean_parts, without_top_folder
from .limits import Tally
from .place import place_of
from .source import Photograph, Source

# RuntimeError: an encrypted zip; NotImplementedError: a compression that zipfile lacks; the last three: numbers and
# names that no archiver writes.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    ArithmeticError,
    LookupError,
    TypeError,
)
# Of the headers for long names and the like; a real one has a few hundred bytes
_MOST_HEADER_BYTES = 2**20
_EXTENDED = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)

Member = tuple[str, int, Callable[[], bytes]]
"""Name, bytes when unpacked, and what reads it."""


def open_archive(path: str) -> Source:
    """Open the archive at `path` (`data.path`).

    The archive is read twice from front to back, once for names and once for contents: jumping about in a compressed
    tar would unpack it anew for every photograph.

    Raises:
        BlocktuneError: `path` is missing, no archive, truncated, beyond the limits of `limits`, or has fewer than two
            class folders; the content's damage only shows while photographs are read.
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
        names = _names(archive, where)
    known = {name: parts for name in names if (parts := clean_parts(name))}
    skip = without_top_folder(known.values())
    rows = arrange((parts[skip:] for parts in known.values()), where)
    # A name that occurs twice counts once, in its last version, as if the archive had been unpacked.
    last = {known[name][skip:]: index for index, name in enumerate(names) if name in known}
    chosen = {last[parts]: (row, parts) for parts, row in rows.items()}
    return Source(len(rows), _photographs(archive, where, chosen))


def _names(archive: Path, where: str) -> list[str]:
    tally = Tally(where, archive.stat().st_size)
    names = []
    for name, size, _ in _members(archive):
        tally.add(name, size)
        names.append(name)
    return names


def _photographs(archive: Path, where: str, chosen: dict[int, tuple[int, tuple[str, ...]]]) -> Iterator[Photograph]:
    with _one_error(where):
        for index, (_, _, read) in enumerate(_members(archive)):
            if index in chosen:
                row, parts = chosen[index]
                yield Photograph(row, "/".join(parts), parts[0], read())


def _members(archive: Path) -> Iterator[Member]:
    """Yield name and reader of each regular file; links, devices and folders are passed over."""
    with archive.open("rb") as file:
        start = file.read(4)
    # The content decides, not the ending: a tar may hold a zip near its end, so zipfile.is_zipfile would not do.
    yield from _zip_members(archive) if start in (b"PK\x03\x04", b"PK\x05\x06") else _tar_members(archive)


def _tar_members(archive: Path) -> Iterator[Member]:
    with tarfile.open(archive, "r:*", tarinfo=_TarInfo) as tar:
        reached = -1
        for member in tar:
            # Older Pythons go back, and round and round, where a header gives a negative size (CVE-2025-8194)
            if member.size < 0 or tar.offset <= reached:
                raise tarfile.ReadError("a member has a negative size")
            reached = tar.offset
            if member.isfile():
                yield member.name, member.size, lambda member=member: tar.extractfile(member).read()
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


def _zip_members(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            # Links and devices, as a zip made on Unix marks them; elsewhere there is no mark
            kind = stat.S_IFMT(member.external_attr >> 16)
            if not member.is_dir() and kind in (0, stat.S_IFREG):
                # Some Windows programs write backslashes.
                name = member.filename.replace("\\", "/")
                yield name, member.file_size, lambda member=member: packed.read(member)


@contextmanager
def _one_error(where: str) -> Iterator[None]:
    """Turn the many ways in which reading an archive fails into one error that names `data.path`."""
    try:
        yield
    except _DAMAGE as error:
        reason = str(error) or type(error).__name__
        raise BlocktuneError(
            f"{where} can't be read as an archive ({reason.splitlines()[0]}): it is truncated, damaged, or no "
            ".tgz, .tar or .zip file; download or copy it again"
        ) from None
