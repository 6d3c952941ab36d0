"""Python imports this by itself where it lies on PYTHONPATH: a step's processes write down what they read.

Into a file for each call of `python -m blocktune`, in the folder READS: its words, then the files below results/ and
data/ that it and its children open to read. HDF5 files are opened past Python and are not seen.

Where WARM_STEPS or WARM_SNAKEMAKE names a socket, such a call is handed to the process there, which forks for it
(warm.py).
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


def _hand_over(words, place, above):
    """Have the call done by a fork of the process that listens, and end as that ends; `above` is first on its path."""
    import json
    import socket
    from array import array

    order = {
        "words": words,
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "path": [str(above), *sys.path],
    }
    # Whoever looks for the work that is done in a folder shall find the fork alone
    os.chdir("/")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(place)
        text, streams = f"{json.dumps(order)}\n".encode(), array("i", [0, 1, 2])
        sent = connection.sendmsg([text], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
        connection.sendall(text[sent:])
        status = connection.recv(16)
    # Nothing comes from a fork that was killed
    os._exit(int(status or 137))


def _start_warm(words):
    """Hand the call over, if it is one that a process waits for."""
    if os.environ.get("WARM_STEPS") and words[1:3] == ["-m", "blocktune"]:
        if os.environ["PYTHONPATH"].split(":")[0] == os.environ["WARM_PACKAGE"]:
            _hand_over(words, os.environ["WARM_STEPS"], Path.cwd())
    elif os.environ.get("WARM_SNAKEMAKE") and Path(*words[1:2]).name == "snakemake":
        _hand_over(words, os.environ["WARM_SNAKEMAKE"], Path(words[1]).parent)


_start_warm(sys.orig_argv)
_start(sys.orig_argv)
