"""Python imports this by itself where it lies on PYTHONPATH: a step's processes write down what they read.

Into a file for each call of `python -m blocktune`, in the folder READS: its words, then the files below results/ and
data/ that it and its children open to read. HDF5 files are opened past Python and are not seen.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path


def _record(place):
    here = f"{Path.cwd()}/"

    def note(event, given):
        if event != "open" or not isinstance(given[0], str | bytes):
            return
        path, mode, flags = given
        if set(mode or "") & {"w", "a", "x", "+"} or (mode is None and flags & (os.O_WRONLY | os.O_RDWR)):
            return
        name = os.fsdecode(path).removeprefix(here)
        if name.startswith(("results/", "data/")):
            # What is looked at must not fail for it, on a full disk
            with suppress(OSError):
                os.write(place, f"{name}\n".encode(errors="surrogateescape"))

    sys.addaudithook(note)


def _start():
    words = sys.orig_argv
    if words[1:3] == ["-m", "blocktune"]:
        os.environ["READS_OF_STEP"] = str(Path(os.environ["READS"], f"{os.getpid()}.txt"))
    if file := os.environ.get("READS_OF_STEP"):
        place = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        if words[1:3] == ["-m", "blocktune"]:
            os.write(place, ("\0".join(words) + "\n").encode(errors="surrogateescape"))
        _record(place)


if "READS" in os.environ and Path(os.environ["READS"]).is_dir():
    with suppress(OSError):
        _start()
