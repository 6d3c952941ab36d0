"""The folder of a run in the store: its files, and the seal over them."""

import hashlib
from pathlib import Path

from ..errors import BlocktuneError
from ..files.plain import write_text
from ..files.record import Metrics, MetricsFile, Resources, ResourcesFile, Seal, Validation, ValidationFile
from ..files.spec import RunSpec

FILES = ("spec.json", "metrics.json", "history.csv", "resources.json")
VALIDATION = "validation.json"
"""Only of runs with a test part, and not of those that earlier versions stored."""
SEAL = "seal.json"


def files_of(folder: Path) -> tuple[str, ...]:
    """The files of the run in a folder, those that hold its numbers."""
    return (*FILES, VALIDATION) if (folder / VALIDATION).is_file() else FILES


def write_run(
    folder: Path,
    spec: RunSpec,
    metrics: Metrics,
    history: str,
    resources: Resources,
    validation: Validation | None,
) -> None:
    """Write the files of a run into an empty folder, the seal last."""
    spec.write(folder / "spec.json")
    MetricsFile(metrics).write(folder / "metrics.json")
    write_text(folder / "history.csv", history)
    ResourcesFile(resources).write(folder / "resources.json")
    if validation is not None:
        ValidationFile(validation).write(folder / VALIDATION)
    Seal({name: _sha256(folder / name) for name in files_of(folder)}).write(folder / SEAL)


def damage_of(place: Path, spec: RunSpec) -> str | None:
    """Return what is wrong with the files of a run; None if nothing is."""
    try:
        seal = Seal.read(place / SEAL).sha256
        for name in (*FILES, VALIDATION) if VALIDATION in seal else files_of(place):
            if _sha256(place / name) != seal.get(name):
                return f"{name} was changed"
        if RunSpec.read(place / "spec.json") != spec:
            return "spec.json belongs to another run"
    except (BlocktuneError, OSError) as error:
        return str(error)
    return None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
