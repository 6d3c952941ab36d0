"""Locks of a store's runs: a run is trained by one process at a time, whatever workflow that belongs to."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ..errors import BlocktuneError


@contextmanager
def hold(store: Path, run_id: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a run while it trains: another workflow on this store waits, then finds it finished.

    The system frees the lock when its holder ends, however it ends. If another holds it, `waiting` is called first.

    Raises:
        BlocktuneError: the store can't be written, or its file system has no locks.
    """
    place = store / "unfinished" / f"{run_id}.lock"
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        stream = _locked(place, waiting)
    except OSError as error:
        raise BlocktuneError(f"can't lock run {run_id} in the store {store}: {error}") from None
    with stream:
        yield
        place.unlink(missing_ok=True)


def held(store: Path) -> dict[str, float]:
    """Return the runs of a store that are held now, and since when (seconds since 1970)."""
    found = {}
    for place in (store / "unfinished").glob("*.lock"):
        with suppress(OSError), place.open("rb") as stream:
            since = os.fstat(stream.fileno()).st_mtime
            try:
                # Shared, and let go at once: who wants to train waits for no longer than this
                fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found[place.name.removesuffix(".lock")] = since
    return found


def _locked(place: Path, waiting: Callable[[], None]) -> IO[str]:
    """Return the lock file, open and locked; it must be the one that others see, not one that was removed meanwhile."""
    while True:
        stream = place.open("w")
        try:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(stream, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(stream.fileno()), place.stat()):
                return stream
        except FileNotFoundError:
            pass
        except BaseException:
            stream.close()
            raise
        stream.close()
