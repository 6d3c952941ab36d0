"""Calls of Snakemake without its start-up: a process that has imported what they import forks once for each.

Each order is a line (JSON) with the call's arguments, folder, environment and the file for what it says; the answer is
its status. What is about the start-up, about signals, or about an environment that Python reads, needs a real call.
"""

import atexit
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path


class Warm:
    """The process, for those who give orders."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env={"HOME": os.environ.get("HOME", "/tmp"), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def snakemake(self, arguments, folder, environment):
        """Status and output of a call of Snakemake."""
        with tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace") as said:
            order = {
                "arguments": list(map(str, arguments)),
                "folder": str(folder),
                "environment": environment,
                "said": said.name,
            }
            try:
                print(json.dumps(order), file=self._process.stdin, flush=True)
                answer = self._process.stdout.readline() if self._answers() else ""
            except BaseException:
                self.end()
                raise
            if not answer:
                self.end()
                raise TimeoutError(f"{order['arguments']}:\n{said.read()}")
            return subprocess.CompletedProcess(["snakemake", *order["arguments"]], int(answer), said.read())

    def _answers(self):
        ready, _, _ = select.select([self._process.stdout], [], [], 900)
        return ready

    def end(self):
        """Give no more orders, and end what is still at work."""
        self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        start.cache_clear()


@cache
def start():
    """Return the process, which is started once and ends with this one."""
    process = Warm()
    atexit.register(process.end)
    return process


def call(order, modules):
    """Be the call of Snakemake; names of what it imported go to the file `modules`."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Path(order["said"]).open("wb") as said:
        for stream in (1, 2):
            os.dup2(said.fileno(), stream)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.argv = [str(Path(sys.executable).with_name("snakemake")), *order["arguments"]]
    status = ended(lambda: main(sys.argv[1:]))
    modules.write("\n".join(sys.modules))
    modules.flush()
    # Taking everything down that was imported lasts longer than most calls
    os._exit(status)


def ended(program):
    """Run a program in this process as an interpreter would, without its end, and return the exit status."""
    status = 0
    try:
        program()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def serve():
    """Take orders until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        with tempfile.TemporaryFile("w+") as modules:
            child = os.fork()
            if child == 0:
                call(json.loads(line), modules)
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status), file=answers, flush=True)
            # The next call finds imported what this one had to import
            modules.seek(0)
            for name in modules.read().split():
                if name not in sys.modules:
                    with suppress(Exception):
                        importlib.import_module(name)


if __name__ == "__main__":
    from snakemake.cli import main

    from blocktune.settings.code import code_digests

    # Each would work them out anew
    code_digests()
    serve()
