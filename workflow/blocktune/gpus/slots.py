"""Places for trainings on the GPUs of a machine: one lock file per GPU and place, held for a training's life.

The system frees a lock when its holder ends, however it ends, so nothing is left behind by a kill and nothing has to be
guessed from how busy a GPU looks.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import TypedDict

from ..errors import BlocktuneError
from .choose import Device

_POLL_SECONDS = 0.5


class Holder(TypedDict, total=False):
    """What holds a slot, as far as it has said so.

    Attributes:
        pid: its process.
        since: when it took the slot, in seconds since 1970.
        run: id of what it trains, or what else it does.
        gpu: the GPU.
        place: number of the place on it, from 1.
    """

    pid: int
    since: float
    run: str
    gpu: str
    place: int


def slots_place() -> Path:
    """Return where this user's lock files lie on this machine: the same for all studies, stores and terminals.

    Neither TMPDIR nor XDG_RUNTIME_DIR will do: schedulers and Snakemake set the first per job, and only some terminals
    have the second. BLOCKTUNE_SLOTS names another folder.
    """
    return Path(os.environ.get("BLOCKTUNE_SLOTS") or f"/tmp/blocktune-slots-{os.getuid()}")


def slots_folder() -> Path:
    """Return `slots_place()`, made if it is missing.

    Raises:
        BlocktuneError: it belongs to somebody else, or can't be made.
    """
    folder = slots_place()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.lstat()
    except OSError as error:
        raise BlocktuneError(f"can't make the folder of GPU slots {folder}: {error.strerror or error}") from None
    # In /tmp anybody may have made it before us
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise BlocktuneError(
            f"the folder of GPU slots {folder} belongs to another user; set BLOCKTUNE_SLOTS to a folder of yours"
        )
    return folder


@dataclass(frozen=True)
class Slot:
    """A place on a GPU, held until the end of this process.

    Attributes:
        device: the GPU.
        place: number of the place on it, from 1.
        stream: the open lock file; the lock lives as long as it is open.
    """

    device: Device
    place: int
    stream: int

    def tell(self, run: str) -> None:
        """Say what the holder trains now (`slots_in_use`)."""
        _tell(self.stream, run)


def take_slot(
    devices: Sequence[Device],
    runs_per_gpu: int,
    run: str,
    folder: Path,
    waiting: Callable[[str], None] = print,
) -> Slot:
    """Take a free place, first places of all GPUs first; wait until there is one, and say so once.

    Those who look (`slots_in_use`) see `run`: what the holder trains or does.

    Raises:
        BlocktuneError: the lock files can't be written.
    """
    told = False
    while True:
        for place in range(1, runs_per_gpu + 1):
            for device in devices:
                try:
                    stream = _lock(folder / f"{device.identity.replace('/', '_')}.{place}.lock", run)
                except OSError as error:
                    raise BlocktuneError(f"can't lock a GPU slot in {folder}: {error.strerror or error}") from None
                if stream is not None:
                    return Slot(device, place, stream)
        if not told:
            waiting(f"waiting for a GPU: all {len(devices) * runs_per_gpu} slots are taken")
            told = True
        time.sleep(_POLL_SECONDS)


def slots_in_use(folder: Path) -> list[Holder]:
    """Return the holders of the machine's slots; takes none itself."""
    held = []
    for path in sorted(folder.glob("*.lock")):
        with suppress(OSError, ValueError):
            stream = os.open(path, os.O_RDONLY)
            try:
                if _held_by_another(stream):
                    content = json.loads(os.read(stream, 4096) or b"{}")
                    gpu, place = path.name.removesuffix(".lock").rsplit(".", 1)
                    held.append({**content, "gpu": gpu, "place": int(place)})
            finally:
                os.close(stream)
    return held


def _lock(path: Path, run: str) -> int | None:
    """Return the open lock file, or None if another process holds it."""
    stream = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(stream)
        return None
    if not _still_there(path, stream):
        # Somebody cleaned the folder up between opening and locking
        os.close(stream)
        return None
    _tell(stream, run)
    return stream


def _tell(stream: int, run: str) -> None:
    os.ftruncate(stream, 0)
    os.pwrite(stream, json.dumps({"pid": os.getpid(), "since": time.time(), "run": run}).encode(), 0)


def _still_there(path: Path, stream: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(stream))
    except FileNotFoundError:
        return False


def _held_by_another(stream: int) -> bool:
    try:
        # Shared, so that several who look don't see each other; let go at once
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(stream, fcntl.LOCK_UN)
    return False
