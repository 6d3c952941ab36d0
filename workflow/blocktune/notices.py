"""TensorFlow's start-up notices: left out of what people read; whatever else is written meanwhile comes through."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# A process of its own: what a process that crashes has written last is still read
_FILTER = r"""
import re, sys
notice = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|[IW]\d{4} [\d:.]+ +\d+ \S+\.(cc|h):\d+\] "
    rb"|To enable the following instructions: .* rebuild TensorFlow with the appropriate compiler flags"
    rb"|E\d{4} [\d:.]+ +\d+ cuda_\w+\.cc:\d+\] failed call to cuInit: "
)
for line in sys.stdin.buffer:
    if not notice.match(line):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
"""


@contextmanager
def start_up_notices_left_out() -> Iterator[None]:
    """Filter what is written to standard error while TensorFlow is imported: its libraries write to it themselves.

    Notices and warnings of its C++ part are left out, and that a GPU can't be opened, which is said elsewhere. With
    TF_CPP_MIN_LOG_LEVEL=0 in the environment nothing is.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        yield
        return
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    try:
        before = os.dup(2)
    except OSError:
        # There is no standard error that notices could stand in
        yield
        return
    command = [sys.executable, "-I", "-S", "-c", _FILTER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=before) as reader:
        assert reader.stdin is not None
        os.dup2(reader.stdin.fileno(), 2)
        reader.stdin.close()
        try:
            yield
            # Where no GPU is to be used it looks for one all the same, and complains: better here than amid an answer
            if os.environ.get("CUDA_VISIBLE_DEVICES") == "-1" and "tensorflow" in sys.modules:
                sys.modules["tensorflow"].config.list_physical_devices()
        finally:
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            # The reader ends when nobody can write to it any more
            os.dup2(before, 2)
            os.close(before)
