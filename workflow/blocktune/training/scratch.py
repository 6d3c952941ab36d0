"""A job's temporary folder. What killed jobs left of theirs is removed by the next one: it may be gigabytes."""

import fcntl
import multiprocessing.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "blocktune-features-"
_LOCK = ".lock"

# A socket's path has 107 bytes at most; multiprocessing adds 32 to the folder
_LONGEST_FOR_SOCKETS = 75
_SHORT = "/tmp"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder below the system's place for temporary files (TMPDIR) and remove it on leaving.

    A lock file inside is held for the process's life, so that others can tell a folder in use from one left behind.
    """
    _remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with (folder / "new").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            # Under its name only when it is locked: until then nobody takes the folder for an abandoned one
            (folder / "new").rename(folder / _LOCK)
            yield folder


def keep_socket_paths_short() -> None:
    """Let multiprocessing's sockets lie below /tmp where TMPDIR is too long for them (some clusters' is).

    It must come before the first process is started: multiprocessing then remembers its folder.
    """
    if len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_FOR_SOCKETS or not os.access(_SHORT, os.W_OK):
        return
    before, tempfile.tempdir = tempfile.tempdir, _SHORT
    try:
        multiprocessing.util.get_temp_dir()
    finally:
        tempfile.tempdir = before


def _remove_abandoned(place: Path) -> None:
    for lock in place.glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError), lock.open("rb") as stream:
            if os.fstat(stream.fileno()).st_uid == os.getuid():
                # Fails at once if it is in use
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
