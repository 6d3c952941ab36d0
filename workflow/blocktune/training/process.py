"""How a training's process uses the processor and memory; must be set before that process starts or imports Keras."""

import ctypes
import os
import signal
import sys
import threading
import time

_SETTINGS = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # TensorFlow leaves oneDNN off on some processors; what it uses there rounds an image's features differently
    # with its place in the batch, so that the frozen part could not be computed once and exactly. oneDNN is also faster
    "TF_ENABLE_ONEDNN_OPTS": "1",
}
# glibc gives large freed blocks back to the system at once and asks for them again in the next step of a training; the
# system clears them each time, which took up to half of the time where that is slow (virtual machines)
_KEEP_FREED_MEMORY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TOP_PAD_": str(2**28),
    "MALLOC_TRIM_THRESHOLD_": str(2**40),
}
_PR_SET_PDEATHSIG = 1
_XLA_FLAGS = "--xla_cpu_multi_thread_eigen=false"


def one_thread_per_process() -> None:
    """Set the environment so that Keras' backends use one thread; only works before Keras is imported.

    One thread is faster on the whole, and the numbers do not depend on the core count. Processes that are started after
    this also keep the memory that they free.
    """
    os.environ.update(_SETTINGS)
    for name, value in _KEEP_FREED_MEMORY.items():
        os.environ.setdefault(name, value)
    flags = os.environ.get("XLA_FLAGS", "")
    if _XLA_FLAGS not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {_XLA_FLAGS}".strip()
    # TensorFlow's start-up notices would bury the log's own lines
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def end_with_parent() -> None:
    """End this process when its parent is gone: a killed job must not train on unseen.

    Linux does it at once, also where this process hangs; elsewhere a thread looks every second.
    """
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
