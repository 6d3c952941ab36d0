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


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_whose_exception_was_dropped_is_heard_at_the_next_check(number, status):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "workflow")}
    done = subprocess.run(
        [sys.executable, "-c", DROPPED, str(int(number))],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        # Ignored in what a shell starts in the background
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert "goes on" in done.stdout and "never" not in done.stdout
    assert done.returncode == status
    assert ("ended by SIGTERM" in done.stdout) == (number == signal.SIGTERM)
