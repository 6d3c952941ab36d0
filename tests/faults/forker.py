"""A process that has imported everything, and forks once for every command under a fault: no start-up to pay for each.

It reads one order a line (JSON) and answers with one line. `start` runs a command of `blocktune` in a forked process of
its own session, `wait` gives its status and output. Faults are put into that process and those that it forks:

    kill_at: at this moment of writing (from 1) all of the command's processes are killed, as by a power cut. Moments
        are openings for writing, makings, renamings and removals below `watched`.
    fail_at: at this moment the system says that the disk is full.
    file_bytes: no file can grow beyond this (RLIMIT_FSIZE), as on a disk that fills up while a file is written.
    training: what a training does instead: `hang`, `hang without pause` (no other thread gets a turn), `eat` memory, or
        `read on` behind the end of a file.
"""

import ctypes
import errno
import importlib
import json
import mmap
import multiprocessing
import os
import resource
import select
import signal
import struct
import sys
import time
from pathlib import Path

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_TOUCHING = ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.link", "os.symlink")


def watch(order, counter):
    """Count the moments of writing in this process and those forked from it; strike at the one that was ordered."""
    place = order.get("watched", order["folder"])

    def look(event, arguments):
        path = arguments[0] if arguments else None
        if not isinstance(path, (str, os.PathLike)):
            return
        writes = event in _TOUCHING or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING)
        if not writes or not str(Path.cwd() / path).startswith(place):
            return
        (count,) = struct.unpack("q", counter[:8])
        counter[:8] = struct.pack("q", count + 1)
        if count + 1 == order.get("kill_at"):
            os.killpg(0, signal.SIGKILL)
        if count + 1 == order.get("fail_at"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fspath(path))

    sys.addaudithook(look)


def disturb(what):
    """Let trainings hang or eat memory."""
    import blocktune.training.train

    def hang(*_, **__):
        time.sleep(10_000)

    def hang_without_pause(*_, **__):
        # Called with the interpreter's lock held: no thread of this process runs any more
        ctypes.PyDLL(None).sleep(10_000)

    def eat(*_, **__):
        eaten = []
        while True:
            eaten.append(b"x" * 20_000_000)
            time.sleep(0.01)

    def read_on(*_, **__):
        raise EOFError("nothing left to read")

    done = {"hang": hang, "hang without pause": hang_without_pause, "eat": eat, "read on": read_on}
    blocktune.training.train.train_run = done[what]


def command(order, counter):
    """Run one command of `blocktune` in this process, which ends with it."""
    os.setsid()
    # Ignored in what a shell starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order["folder"])
    os.environ.update(order.get("environment", {}))
    if order.get("training"):
        disturb(order["training"])
    # What trains has no second start-up either: its children are forked from this process
    context = multiprocessing.get_context("fork")
    multiprocessing.get_context = lambda method=None: context
    context.set_forkserver_preload = lambda modules: None
    if order.get("file_bytes") is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_bytes"], resource.RLIM_INFINITY))
    watch(order, counter)
    from blocktune.cli.main import main

    status = 1
    try:
        status = main(order["arguments"])
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


RUNNING = {}


def start(order):
    """Fork and run; return the process' number, which is also its group's."""
    counter = mmap.mmap(-1, 8)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        for stream in (1, 2):
            os.dup2(writing, stream)
        command(order, counter)
    os.close(writing)
    RUNNING[child] = reading, counter
    return {"pid": child}


def wait(order):
    """Wait for the command and all that it began; return status, output and how many moments of writing there were."""
    child = order["pid"]
    reading, counter = RUNNING.pop(child)
    output, deadline = b"", time.monotonic() + order["seconds"]
    while True:
        ready, _, _ = select.select([reading], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            os.killpg(child, signal.SIGKILL)
            output += b"\nthe test's time limit was reached\n"
            break
        piece = os.read(reading, 65536)
        if not piece:
            break
        output += piece
    os.close(reading)
    _, status = os.waitpid(child, 0)
    (moments,) = struct.unpack("q", counter[:8])
    status = os.waitstatus_to_exitcode(status)
    return {"status": status, "output": output.decode(errors="replace"), "moments": moments}


def main():
    """Import what commands import, say so, then take orders."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for name in ("pandas", "scipy.stats", "seaborn", "sklearn.datasets", "keras", "blocktune.cli.main"):
        importlib.import_module(name)
    print("ready", file=answers, flush=True)
    orders = {"start": start, "wait": wait}
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(orders[order["do"]](order)), file=answers, flush=True)


if __name__ == "__main__":
    main()
