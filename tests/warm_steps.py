"""Steps without their start-up: a job's `python -m blocktune` is a fork of a process that has imported everything.

The interpreter that a job starts hands its words, folder, environment and streams over (reads/sitecustomize.py) and
ends as the fork ended. What is about start-up, signals or another copy of the package needs a step of its own process.
"""

import array
import atexit
import fcntl
import importlib
import json
import multiprocessing
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from warm import ended

PACKAGE = Path(__file__).parents[1] / "workflow"
READS = Path(__file__).parent / "reads"
# In the order that a step has: Keras is imported by known_keras before it could find pandas and scikit-learn
IMPORTED = (
    *("blocktune.known_keras", "pandas", "scipy.stats", "statsmodels.api", "seaborn", "matplotlib.pyplot"),
    *("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "sklearn.linear_model", "sklearn.datasets"),
    *("sklearn.model_selection", "sklearn.pipeline", "sklearn.preprocessing", "PIL.Image", "blocktune.cli.main"),
)
_MOST_BYTES = 1 << 16


def environment(package=PACKAGE):
    """What a study's jobs need to find the process: the steps of this package, or of a copy of it, go there."""
    return {"PYTHONPATH": str(READS), "WARM_STEPS": str(_start()), "WARM_PACKAGE": str(package)}


@cache
def _start():
    """Start the process, once, and return its socket; it ends with this one."""
    folder = tempfile.mkdtemp(prefix="warm")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    place = Path(folder) / "steps"
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", __file__, place],
        env={"HOME": os.environ.get("HOME", "/tmp"), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PACKAGE)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    atexit.register(os.killpg, process.pid, signal.SIGKILL)
    assert process.stdout.readline() == "ready\n"
    return place


def serve(place):
    """Fork for everyone who comes to the socket, until the input ends."""
    # No one waits for the forks
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen()
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                step(connection)
            connection.close()


def step(connection):
    """Be the step that is asked for, and say how it ended; ends at once when the one who asked is gone."""
    order, streams = received(connection)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    for number, handler in ((signal.SIGCHLD, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
        signal.signal(number, handler)
    # The system sends SIGIO, at which a process ends, when the connection does
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(connection, fcntl.F_SETFL, fcntl.fcntl(connection, fcntl.F_GETFL) | os.O_ASYNC)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    # It is done here and not handed over once more
    del os.environ["WARM_STEPS"]
    sys.argv, sys.orig_argv, sys.path[:] = order["words"][2:], order["words"], order["path"]
    tempfile.tempdir = None
    fork = multiprocessing.get_context("fork")
    multiprocessing.get_context = lambda method=None: fork
    fork.set_forkserver_preload = lambda modules: None
    importlib.import_module("sitecustomize")
    # `python -m blocktune`
    status = ended(lambda: runpy.run_module("blocktune", run_name="__main__", alter_sys=True))
    fcntl.fcntl(connection, fcntl.F_SETFL, fcntl.fcntl(connection, fcntl.F_GETFL) & ~os.O_ASYNC)
    connection.sendall(str(status).encode())
    os._exit(0)


def received(connection):
    """The order and the three streams that come with it."""
    text, ancillary, _, _ = connection.recvmsg(_MOST_BYTES, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    streams = array.array("i")
    for _, _, data in ancillary:
        streams.frombytes(data)
    while not text.endswith(b"\n"):
        text += connection.recv(_MOST_BYTES)
    return json.loads(text), streams


if __name__ == "__main__":
    from blocktune.surroundings import start_on_known_ground
    from blocktune.training.process import one_thread_per_process

    start_on_known_ground()
    one_thread_per_process()
    for module in IMPORTED:
        importlib.import_module(module)
    serve(sys.argv[1])
