"""A job's temporary folder. What killed jobs left of theirs is removed by the next one: it may be gigabytes."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "blocktune-features-"
_LOCK = ".lock"


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


def _remove_abandoned(place: Path) -> None:
    for lock in place.glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError), lock.open("rb") as stream:
            if os.fstat(stream.fileno()).st_uid == os.getuid():
                # Fails at once if it is in use
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
