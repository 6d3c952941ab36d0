"""Python imports this by itself where it lies on PYTHONPATH: a step's processes write down what they read.

Into a file for each call of `python -m blocktune`, in the folder READS: its words, then the files below results/ and
data/ that it and its children open to read. HDF5 files are opened past Python and are not seen.

Where WARM_STEPS names a socket, the call is handed to the process there, which forks for it (warm_steps.py).
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


def _start(words):
    """Write down what this process reads from now on, if that is asked for, and what those that it starts read."""
    if "READS" not in os.environ or not Path(os.environ["READS"]).is_dir():
        return
    step = words[1:3] == ["-m", "blocktune"]
    with suppress(OSError):
        if step:
            os.environ["READS_OF_STEP"] = str(Path(os.environ["READS"], f"{os.getpid()}.txt"))
        if file := os.environ.get("READS_OF_STEP"):
            place = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            if step:
                os.write(place, ("\0".join(words) + "\n").encode(errors="surrogateescape"))
            _record(place)


def _hand_over(words):
    """Have the call done by a fork of the process that listens, and end as that ends."""
    import json
    import socket
    from array import array

    order = {
        "words": words,
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "path": [str(Path.cwd()), *sys.path],
    }
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ["WARM_STEPS"])
        text, streams = f"{json.dumps(order)}\n".encode(), array("i", [0, 1, 2])
        sent = connection.sendmsg([text], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
        connection.sendall(text[sent:])
        status = connection.recv(16)
    # Nothing comes from a fork that was killed
    os._exit(int(status or 137))


if (
    os.environ.get("WARM_STEPS")
    and sys.orig_argv[1:3] == ["-m", "blocktune"]
    and os.environ["PYTHONPATH"].split(":")[0] == os.environ["WARM_PACKAGE"]
):
    _hand_over(sys.orig_argv)
_start(sys.orig_argv)
