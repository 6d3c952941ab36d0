"""What NVIDIA's driver says of this machine. Asks `nvidia-smi`, so nothing here opens a GPU."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^(?P<indent>\s*)(?P<name>GPU \d+: .*?|MIG .*?)\s*\(UUID: (?P<uuid>[^)]+)\)", re.MULTILINE)
_PROFILE_GB = re.compile(r"\.(\d+)gb\b")
# A driver that wakes up sleeping GPUs may take several seconds
_SECONDS = 30


@dataclass(frozen=True)
class Gpu:
    """A GPU, or a part of one (MIG).

    Attributes:
        uuid: the driver's name for it, the same in every process and container; empty where only its number is known.
        name: for people.
    """

    uuid: str
    name: str


def installed_gpus() -> list[Gpu]:
    """Return this machine's GPUs in `nvidia-smi`'s order; of a GPU that is divided, its parts in its place."""
    listing = _nvidia_smi("-L")
    if listing is None:
        # A container may bring the devices without the tool
        count = len(list(Path("/dev").glob("nvidia[0-9]*")))
        return [Gpu("", f"GPU {number}") for number in range(count)]
    found: list[list[Gpu]] = []
    for line in _LINE.finditer(listing):
        gpu = Gpu(line["uuid"], re.sub(r"\s+", " ", line["name"]))
        if line["indent"] and found:
            found[-1].append(gpu)
        else:
            found.append([gpu])
    return [gpu for whole, *parts in found for gpu in parts or [whole]]


def memory_gb(gpu: Gpu) -> float | None:
    """Return a GPU's memory in GB (1e9 bytes), or None if the driver does not say."""
    profile = _PROFILE_GB.search(gpu.name) if gpu.uuid.startswith("MIG-") else None
    if profile:
        return float(profile[1])
    listing = _nvidia_smi("--query-gpu=uuid,memory.total", "--format=csv,noheader,nounits") or ""
    for line in listing.splitlines():
        uuid, _, mebibytes = line.partition(",")
        if uuid.strip() == gpu.uuid and mebibytes.strip().isdigit():
            return int(mebibytes) * 2**20 / 1e9
    return None


def _nvidia_smi(*arguments: str) -> str | None:
    """Return what it prints, nothing if it finds no driver or no GPU, None if it is not installed."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
