"""What a workflow writes down about itself when it starts and ends, for those who watch."""

import json
import os
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from ..files.plain import write_json
from ..tracking.places import LOCKS, SNAKEMAKE

# Not among the results: it says how a study was run, not what came out
_FILE = SNAKEMAKE / "blocktune" / "session.json"


@dataclass(frozen=True)
class Session:
    """One call of Snakemake in a study's folder.

    Attributes:
        started: seconds since 1970.
        store: folder of finished runs, from the study's folder.
        slots: trainings that the GPUs have room for at once; 0 for the CPU or a cluster.
        host: the machine of the main process.
        pid: its process number there.
        born: when that process began, since numbers are used again.
        ended: when the workflow ended; None while it runs, or if it was killed.
        outcome: `success` or `error`, empty before the end.
        elsewhere: whether its jobs run on other machines.
    """

    started: float
    store: str
    slots: int
    host: str
    pid: int
    born: float
    ended: float | None = None
    outcome: str = ""
    elsewhere: bool = False

    @classmethod
    def begin(cls, store: str, slots: int, elsewhere: bool = False) -> "Session":
        """Describe this process, which has just started a workflow."""
        born = psutil.Process().create_time()
        return cls(time.time(), store, slots, socket.gethostname(), os.getpid(), born, elsewhere=elsewhere)

    @classmethod
    def read(cls, folder: Path) -> "Session | None":
        """Return the folder's latest session, if one was written down."""
        try:
            return cls(**json.loads((folder / _FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        """Write it into the study's folder."""
        write_json(folder / _FILE, asdict(self))

    @property
    def alive(self) -> bool:
        """Whether the workflow is still at work, as far as can be told from this machine."""
        if self.ended is not None:
            return False
        if self.host != socket.gethostname():
            return True
        try:
            return psutil.Process(self.pid).create_time() == self.born
        except psutil.Error:
            return False


def at_work(folder: Path) -> bool:
    """Whether a Snakemake is at work in the folder."""
    session = Session.read(folder)
    locked = any((folder / LOCKS).glob("*"))
    return session.alive and (locked or session.host == socket.gethostname()) if session else locked
