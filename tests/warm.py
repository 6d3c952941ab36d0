"""Calls of Snakemake and of a job's steps without their start-up: forks of processes that have imported what they need.

An interpreter that starts as `snakemake` or as `python -m blocktune` hands its words, folder, environment and streams
over (reads/sitecustomize.py) and ends as the fork ended. What is about start-up, signals or another copy of the package
needs a process of its own: it gets no `environment()`.
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
import traceback
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "workflow"
READS = Path(__file__).parent / "reads"
# In the order that a step has: Keras is imported by known_keras before it could find pandas and scikit-learn
OF_STEPS = (
    *("blocktune.known_keras", "pandas", "scipy.stats", "statsmodels.api", "seaborn", "matplotlib.pyplot"),
    *("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "sklearn.linear_model", "sklearn.datasets"),
    *("sklearn.model_selection", "sklearn.pipeline", "sklearn.preprocessing", "PIL.Image", "blocktune.cli.main"),
)
OF_SNAKEMAKE = (
    *("snakemake.cli", "snakemake.benchmark", "snakemake.report.html_reporter", "sqlmodel", "yte", "PIL.Image"),
    *("blocktune.opening", "blocktune.exporters", "blocktune.factors.arms", "blocktune.fetch.needs"),
    *("blocktune.tracking.call", "blocktune.watch.card", "blocktune.cluster.slurm"),
)
_MOST_BYTES = 1 << 16


def environment(package=PACKAGE, like=PACKAGE):
    """What a call needs to be a fork: the steps of this package go there, which is a copy of the other or the same."""
    return {
        "PYTHONPATH": str(READS),
        "WARM_SNAKEMAKE": str(_start("snakemake", like)),
        "WARM_STEPS": str(_start("steps", like)),
        "WARM_PACKAGE": str(package),
    }


@cache
def _start(kind, package):
    """Start a process, once, and return its socket; it ends with this one."""
    folder = tempfile.mkdtemp(prefix="warm")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    place = Path(folder) / kind
    process = subprocess.Popen(
        # As a job's steps are called
        [sys.executable, *(["-X", "utf8"] if kind == "steps" else []), __file__, kind, place],
        env={"HOME": os.environ.get("HOME", "/tmp"), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(package)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    atexit.register(os.killpg, process.pid, signal.SIGKILL)
    assert process.stdout.readline() == "ready\n"
    return place


def serve(program, place):
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
                be(program, connection)
            connection.close()


def be(program, connection):
    """Be the call that is asked for, and say how it ended; ends at once when the one who asked is gone."""
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
    sys.orig_argv, sys.path[:] = order["words"], order["path"]
    tempfile.tempdir = None
    status = ended(program, order["words"])
    fcntl.fcntl(connection, fcntl.F_SETFL, fcntl.fcntl(connection, fcntl.F_GETFL) & ~os.O_ASYNC)
    connection.sendall(str(status).encode())
    # Taking down all that was imported takes longer than most calls
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


def ended(program, words):
    """Run a program as its own interpreter would and return its exit status."""
    status = 0
    try:
        program(words)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def step(words):
    """Be `python -m blocktune`."""
    # It is done here and not handed over once more
    del os.environ["WARM_STEPS"]
    sys.argv = words[2:]
    fork = multiprocessing.get_context("fork")
    multiprocessing.get_context = lambda method=None: fork
    fork.set_forkserver_preload = lambda modules: None
    importlib.import_module("sitecustomize")
    runpy.run_module("blocktune", run_name="__main__", alter_sys=True)


def snakemake(words):
    """Be `snakemake`."""
    sys.argv = words[1:]
    importlib.import_module("snakemake.cli").main(words[2:])


def start_as_steps():
    """Do once what every step does."""
    from blocktune.surroundings import start_on_known_ground
    from blocktune.training.process import one_thread_per_process

    start_on_known_ground()
    one_thread_per_process()
    for module in OF_STEPS:
        importlib.import_module(module)


def start_as_snakemake():
    """Do once what every call does."""
    for module in OF_SNAKEMAKE:
        importlib.import_module(module)
    # Finds all plugins
    importlib.import_module("snakemake.cli").get_argument_parser()
    importlib.import_module("blocktune.settings.code").code_digests()


if __name__ == "__main__":
    start, program = {"steps": (start_as_steps, step), "snakemake": (start_as_snakemake, snakemake)}[sys.argv[1]]
    start()
    serve(program, sys.argv[2])
