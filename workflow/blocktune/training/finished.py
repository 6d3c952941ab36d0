"""What a run leaves behind."""

import platform
import resource
import sys
from dataclasses import dataclass
from importlib.metadata import version

from ..files.record import Metrics, Resources, Validation
from ..known_keras import keras


@dataclass(frozen=True)
class Finished:
    """A finished or paused run: `metrics` and `history` are the same for the same seed and machine, `resources` not.

    Attributes:
        metrics: what the run scored, and its sizes.
        history: every epoch, as CSV.
        resources: seconds, memory, versions.
        head: the fine-tuned head; the fine-tuned backbone is the one that was given.
        paused: whether the run is resumed later.
        validation: `record.validation_scores` after the last epoch; None of the paper's runs, or if it diverged.
    """

    metrics: Metrics
    history: str
    resources: Resources
    head: keras.Model
    paused: bool = False
    validation: Validation | None = None


def facts(*packages: str) -> Resources:
    """Return memory, versions and machine of a run, also the versions of further packages."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    versions = {name: version(name) for name in ("keras", "numpy", *packages)}
    return {
        "peak_memory_mb": peak / (1e6 if sys.platform == "darwin" else 1e3),
        "versions": versions | {"python": platform.python_version()},
        "backend": f"{keras.backend.backend()} {version(keras.backend.backend())}",
        "machine": f"{platform.system()} {platform.machine()}",
    }
