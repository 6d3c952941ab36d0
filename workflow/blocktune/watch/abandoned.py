"""A folder that a killed Snakemake left locked: the next call resumes by itself, where it can be sure."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from ..tracking.places import LOCKS
from .session import Session

_POLL_SECONDS = 1.0


def free_abandoned_folder(folder: Path, say: Callable[[str], None]) -> None:
    """Take away the lock of a Snakemake of this machine that is gone, after the jobs that outlived it have ended.

    The lock stays where the Snakemake is alive, was started on another machine, had jobs on others, or is not known.
    """
    locks, session = folder / LOCKS, Session.read(folder)
    if session is None or session.ended is not None or session.elsewhere or not any(locks.glob("*")):
        return
    if session.host != socket.gethostname() or session.alive:
        return
    told = False
    while left := _jobs(folder):
        if not told:
            numbers = ", ".join(map(str, sorted(left)))
            say(f"the Snakemake that was running here was killed; waiting for its jobs (processes {numbers}) to end")
            told = True
        time.sleep(_POLL_SECONDS)
    for lock in locks.glob("*"):
        lock.unlink(missing_ok=True)
    say(f"the Snakemake that was running here (process {session.pid}) was killed; its lock is taken away")


def _jobs(folder: Path) -> set[int]:
    """Numbers of the processes, other than this one and those it came from or began, that do a workflow's work here."""
    mine = psutil.Process()
    own = {mine.pid, *(process.pid for process in [*mine.parents(), *mine.children(recursive=True)])}
    found = set()
    for process in psutil.process_iter():
        try:
            if process.pid in own or not folder.samefile(process.cwd()):
                continue
            words = process.cmdline()
        except (psutil.Error, OSError):
            continue
        if any(Path(word).name.startswith("snakemake") for word in words) or {"-m", "blocktune"} <= set(words):
            found.add(process.pid)
    return found
