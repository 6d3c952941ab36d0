"""What a command took: all processes below it are counted, also those that it does not wait for."""

import os
import subprocess
import sys

import pytest
from timed import run_timed

BURN = """
import time
def burn(seconds):
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        pass
"""
# As a fork server: it outlives the command, waits for its own children, and nobody waits for it
LEAVES_ONE_BEHIND = (
    BURN
    + """
import os, sys
burn(0.2)
if os.fork() == 0:
    if os.fork() == 0:
        burn(0.4)
        os._exit(0)
    os.wait()
    burn(0.3)
    os._exit(0)
print("said")
sys.stdout.flush()
os._exit(0)
"""
)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_what_nobody_waits_for_is_counted(tmp_path):
    command = [sys.executable, "-c", LEAVES_ONE_BEHIND]
    found = run_timed(command, tmp_path / "usage.json", dict(os.environ), tmp_path / "log")
    # Python's own start comes on top
    assert 0.9 <= found["cpu_seconds"] < 2.0
    assert found["wall_seconds"] > 0.2
    assert 5 < found["peak_memory_mb"] < 100
    assert (tmp_path / "log").read_text() == "said\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_command_that_fails_is_an_error(tmp_path):
    command = [sys.executable, "-c", "print('why'); raise SystemExit(3)"]
    with pytest.raises(subprocess.CalledProcessError) as error:
        run_timed(command, tmp_path / "usage.json", dict(os.environ), tmp_path / "log")
    assert error.value.returncode == 3
    assert (tmp_path / "log").read_text() == "why\n"
