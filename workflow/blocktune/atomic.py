"""Files and folders that appear whole or not at all, whatever happens to the process that writes them."""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import BlocktuneError


@contextmanager
def whole(path: Path, size: int = 0) -> Iterator[Path]:
    """Give a path beside the target to write to: on leaving it takes the target's place, after an error it is removed.

    Args:
        path: the target; its folder is made where needed.
        size: bytes that are going to be written, to look beforehand whether there is room. For libraries that can't
            bear a full disk: HDF5 may end the process.

    Raises:
        BlocktuneError: the disk is full or the place can't be written. Any OSError inside the block is taken for that.
    """
    beside = beside_of(path)
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            remove_abandoned(path)
            if size and hasattr(os, "posix_fallocate"):  # not on macOS
                with beside.open("wb") as stream:
                    os.posix_fallocate(stream.fileno(), 0, size)
            yield beside
            with beside.open("rb") as stream:
                os.fsync(stream.fileno())
            beside.replace(path)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise
    except OSError as error:
        raise BlocktuneError(f"can't write {path}: {error.strerror or error}") from None


def beside_of(path: Path) -> Path:
    """Return where this process may write what is going to be `path`: in the same folder, with the same ending."""
    return path.with_name(f".{os.getpid()}.{path.name}")


def remove_abandoned(path: Path) -> None:
    """Remove what processes of this machine that were killed left beside `path`."""
    for left in path.parent.glob(f".*.{glob.escape(path.name)}"):
        writer = left.name[1:].split(".", 1)[0]
        if writer.isdigit() and left == path.with_name(f".{writer}.{path.name}") and not _alive(int(writer)):
            with suppress(OSError):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def set_aside(path: Path) -> Path:
    """Rename what is damaged, so that it is made again and can still be looked at; return its new name.

    Raises:
        BlocktuneError: the folder can't be written.
    """
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged{number}")).exists():
        number += 1
    try:
        return path.rename(aside)
    except OSError as error:
        raise BlocktuneError(
            f"{path} is damaged and can't be set aside ({error.strerror or error}): remove it, and it is made again"
        ) from None


def _alive(pid: int) -> bool:
    # Rarely needed, and nobody else should wait for its import
    import psutil

    if pid == os.getpid():
        return False  # A number that is used again: we have begun nothing yet
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False
    except (psutil.Error, OverflowError):
        return True
