"""How a job is told to end: by SIGTERM, or by Ctrl-C."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Preempted(SystemExit):
    """The job was sent SIGTERM; its exit status makes the workflow try again."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


class Ending:
    """Raises `Preempted` at SIGTERM and KeyboardInterrupt at SIGINT, where it arrives and again at every `check`.

    Once is not enough: Python drops what is raised while it forks, or while it throws an object away.
    """

    def __init__(self) -> None:
        """Take over both signals, for the rest of the process."""
        self._told: BaseException | None = None
        self._held = False
        signal.signal(signal.SIGTERM, self._end)
        # A shell lets what it starts in the background ignore Ctrl-C
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._end)

    def check(self) -> None:
        """Raise if a signal came before."""
        if self._told is not None:
            raise self._told

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raise only afterwards what comes meanwhile.

        For the start of a child: one that is told only half of what it needs ends with a traceback of its own.
        """
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self.check()

    def _end(self, number: int, _: Any) -> None:
        if number == signal.SIGTERM:
            # Not print: the signal may have come in the middle of one
            os.write(1, b"ended by SIGTERM; finished runs and epochs are kept, the next try resumes from them\n")
        self._told = Preempted() if number == signal.SIGTERM else KeyboardInterrupt()
        if not self._held:
            raise self._told
