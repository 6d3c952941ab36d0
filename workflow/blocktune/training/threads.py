"""One processor thread per training: faster on the whole, and numbers that do not depend on the core count."""

import os

_SETTINGS = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_XLA_FLAGS = "--xla_cpu_multi_thread_eigen=false"


def one_thread_per_process() -> None:
    """Set the environment so that Keras' backends use one thread; only works before Keras is imported."""
    os.environ.update(_SETTINGS)
    flags = os.environ.get("XLA_FLAGS", "")
    if _XLA_FLAGS not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {_XLA_FLAGS}".strip()
    # TensorFlow's start-up notices would bury the log's own lines
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
