"""Files dated later than the clock says, after a clock was set back: Snakemake would fail every job that reads one."""

import os
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from .places import PLAN
from .snakemake_records import recorded_outputs

_STEP_NS = 1000


def pull_back_dates(only_say: bool = False) -> list[str]:
    """Date what Snakemake compares back to now where it lies in the future; return what to tell the user.

    The files keep their order, and what is of one date stays so: Snakemake finds as much to do as before. Finished runs
    in the store have no part in that and keep their dates.

    Args:
        only_say: change nothing, and say what a call that runs jobs will do.
    """
    now = time.time_ns()
    sections = [path for path in (PLAN / "settings").rglob("*") if path.is_file()]
    dated = {}
    for path in {*map(Path, recorded_outputs()), *sections}:
        with suppress(OSError):
            dated[path] = path.stat().st_mtime_ns
    ahead = sorted({date for date in dated.values() if date > now})
    if not ahead:
        return []
    back = {date: now + number * _STEP_NS for number, date in enumerate(ahead)}
    changed = 0
    for path, date in dated.items():
        # What can't be changed (read-only, somebody else's) is for Snakemake to judge
        with suppress(OSError):
            if date in back:
                if not only_say:
                    os.utime(path, ns=(path.stat().st_atime_ns, back[date]))
                changed += 1
    if not changed:
        return []
    files = "1 file was" if changed == 1 else f"{changed} files were"
    latest = datetime.fromtimestamp(ahead[-1] / 1e9)
    done = "a call that runs jobs dates back to now" if only_say else "dated back to now"
    return [f"{files} dated up to {latest:%Y-%m-%d %H:%M:%S}, later than the clock says: {done}"]
