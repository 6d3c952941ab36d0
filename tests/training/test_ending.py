"""A signal that tells a job to end is heard, wherever it arrives."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# The signal arrives while an object is thrown away: Python drops the exception that it raises there
DROPPED = """
import os, sys
from blocktune.training.ending import Ending

class Thing:
    def __del__(self):
        os.kill(os.getpid(), int(sys.argv[1]))
        for _ in range(1000):
            pass

ending = Ending()
ending.check()
thing = Thing()
del thing
print("goes on", flush=True)
ending.check()
print("never")
"""


ENDS = [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)]


@pytest.mark.parametrize(("number", "status"), ENDS)
def test_a_signal_whose_exception_was_dropped_is_heard_at_the_next_check(number, status):
    done = told(DROPPED, number)
    assert "goes on" in done.stdout and "never" not in done.stdout
    assert done.returncode == status
    assert ("ended by SIGTERM" in done.stdout) == (number == signal.SIGTERM)


# The signal arrives in the start of a child, which would end with a traceback if it were told only half
HELD = """
import os, sys
from blocktune.training.ending import Ending

ending = Ending()
with ending.held():
    os.kill(os.getpid(), int(sys.argv[1]))
    for _ in range(1000):
        pass
    print("started", flush=True)
print("never")
"""


@pytest.mark.parametrize(("number", "status"), ENDS)
def test_a_signal_in_the_start_of_a_child_is_heard_after_it(number, status):
    done = told(HELD, number)
    assert "started" in done.stdout and "never" not in done.stdout
    assert done.returncode == status
    assert ("ended by SIGTERM" in done.stdout) == (number == signal.SIGTERM)


def told(script, number):
    """Run a script that sends itself a signal."""
    return subprocess.run(
        [sys.executable, "-c", script, str(int(number))],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "workflow")},
        capture_output=True,
        text=True,
        timeout=60,
        # Ignored in what a shell starts in the background
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
