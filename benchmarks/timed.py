"""Run a command and write down what it took, with everything that it started: `timed.py USAGE.json COMMAND...`.

A job's trainings run below a fork server that the job itself never waits for, so the system's sums for a command leave
them out. This process adopts what is left over (Linux: a subreaper) and waits for it, so that nothing is left out.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_PR_SET_CHILD_SUBREAPER = 36


def run_timed(command: Sequence[object], place: Path, environment: Mapping[str, str], log: Path) -> dict[str, float]:
    """Run a command in a process of its own, with its output in a log; return what it took, written to a place, too.

    Returns:
        `wall_seconds`; `cpu_seconds` of it and of all its descendants; `peak_memory_mb` of its own process alone.

    Raises:
        subprocess.CalledProcessError: it failed; the log says why.
    """
    whole = [sys.executable, Path(__file__), place, *command]
    with log.open("w", encoding="utf-8") as printed:
        subprocess.run(list(map(str, whole)), check=True, env=environment, stdout=printed, stderr=subprocess.STDOUT)
    return json.loads(place.read_text())


def main(arguments: Sequence[str]) -> int:
    """Run, wait for all, write; return the command's status."""
    place, *command = arguments
    if sys.platform != "linux" or ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("this system does not say what all processes below a command took; Linux does")
    begun = time.perf_counter()
    started = subprocess.Popen(command)
    status, wall, peak = 1, 0.0, 0
    for process, ended, own in _all_ends():
        if process == started.pid:
            status, wall, peak = os.waitstatus_to_exitcode(ended), time.perf_counter() - begun, own.ru_maxrss
    used: Any = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = {"wall_seconds": wall, "cpu_seconds": used.ru_utime + used.ru_stime, "peak_memory_mb": peak / 1000}
    # Nothing of the package: it may be an older clone's that is measured
    Path(place).write_text(json.dumps(took))
    return status


def _all_ends() -> Any:
    """Yield (process id, status, resources) of each child and orphan below, until there is none."""
    while True:
        try:
            yield os.wait4(-1, 0)
        except ChildProcessError:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
