"""Facts of the machine that a benchmark ran on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil


def machine_facts() -> dict[str, object]:
    """Return processor, cores, memory and versions, without anything that names the machine."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("keras", "tensorflow", "numpy", "snakemake")},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
