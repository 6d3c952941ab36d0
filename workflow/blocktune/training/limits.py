"""Limits of one training: one that hangs or eats memory is ended, so that it can't hold a machine for days."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import psutil

from ..errors import BlocktuneError

_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class RunLimits:
    """What one training may take; None is no limit.

    Attributes:
        minutes: from when it has its device to its end.
        memory_gb: memory of its process in GB (10^9 bytes), files that it only reads left out.
    """

    minutes: float | None = None
    memory_gb: float | None = None


@dataclass(frozen=True)
class Begun:
    """A training has its device; waiting for a GPU does not count.

    Attributes:
        device: its name.
    """

    device: str


@dataclass(frozen=True)
class Ended:
    """A run has been stored.

    Attributes:
        goes_on: whether its process can take another.
    """

    goes_on: bool


def wait_within(
    child: Any, messages: Connection, limits: RunLimits, progress: str, check: Callable[[], None] = lambda: None
) -> Ended | None:
    """Wait for the end of a run; None if its process ended before.

    Args:
        child: the process (multiprocessing).
        messages: from the process: `Begun`, then `Ended`.
        limits: what it may take.
        progress: names the run.
        check: called again and again; what it raises ends the waiting.

    Raises:
        BlocktuneError: it went beyond a limit; the process still runs.
    """
    deadline = None
    while True:
        ready = wait([child.sentinel, messages], timeout=_POLL_SECONDS)
        check()
        said = _received(messages) if messages in ready else None
        if isinstance(said, Ended):
            return said
        if said is None and child.sentinel in ready:
            child.join()
            return None
        if isinstance(said, Begun) and limits.minutes is not None:
            deadline = time.monotonic() + 60 * limits.minutes
        if deadline is not None and time.monotonic() > deadline:
            raise BlocktuneError(
                f"{progress} took more than run_minutes={limits.minutes:g} and was ended. Its finished epochs are kept "
                "and the next try resumes from them; if it did not hang, raise run_minutes"
            )
        used = memory_gb(child.pid) if limits.memory_gb is not None else 0.0
        if limits.memory_gb is not None and used > limits.memory_gb:
            raise BlocktuneError(
                f"{progress} used {used:.1f} GB of memory, more than run_memory_gb={limits.memory_gb:g}, and was "
                "ended. Raise run_memory_gb, or lower memory_gb or training.batch_size"
            )


def _received(messages: Connection) -> Any:
    try:
        return messages.recv()
    except (EOFError, ConnectionResetError):
        # The process is about to be gone
        time.sleep(_POLL_SECONDS)
        return None


def memory_gb(pid: int) -> float:
    """Return the memory of a process in GB (10^9 bytes), 0 if it is gone.

    Address space tells nothing, since TensorFlow reserves more than it uses. Resident memory counts the images'
    file, which is read through a memory map and can be let go at any time; Linux tells the two apart.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return _resident_gb(pid)
    kilobytes = dict(line.split(":", 1) for line in lines if line.startswith(("RssAnon:", "RssShmem:", "VmSwap:")))
    return sum(int(value.split()[0]) for value in kilobytes.values()) * 1024 / 1e9


def _resident_gb(pid: int) -> float:
    try:
        return psutil.Process(pid).memory_info().rss / 1e9
    except psutil.Error:
        return 0.0
