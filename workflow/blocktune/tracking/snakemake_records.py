"""What Snakemake knows of each output (rule, inputs with their checksums, parameters), read and written file by file.

Snakemake keeps one file an output in `.snakemake/metadata`, named by the output's path in base64, in pieces if it is
long (`snakemake/persistence/file.py`). Without these records Snakemake would go by modification times alone, which a
checkout changes, and would not notice changed parameters or sets of inputs.
"""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .places import SNAKEMAKE

Record = dict[str, Any]

METADATA = SNAKEMAKE / "metadata"
INCOMPLETE = SNAKEMAKE / "incomplete"


def read_records() -> dict[str, Record]:
    """Return Snakemake's records by output; half-written ones count as missing, as for Snakemake."""
    found = {}
    for output, path in _files(METADATA):
        try:
            found[output] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
    return found


def recorded_outputs() -> set[str]:
    """Return the outputs that Snakemake has records of, without reading these."""
    return {output for output, _ in _files(METADATA)}


def incomplete_outputs() -> set[str]:
    """Return outputs whose job began and has not ended (or was killed)."""
    return {output for output, _ in _files(INCOMPLETE)}


def write_record(output: str, record: Mapping[str, Any]) -> None:
    """Write one record as Snakemake would."""
    path = _path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record), encoding="utf-8")


def remove_record(output: str) -> None:
    """Forget what Snakemake knows of an output."""
    _path(output).unlink(missing_ok=True)


def _path(output: str) -> Path:
    METADATA.mkdir(parents=True, exist_ok=True)
    # Snakemake takes a folder of records without this one for that of an old version, and converts it
    INCOMPLETE.mkdir(parents=True, exist_ok=True)
    size = (os.pathconf(METADATA, "PC_NAME_MAX") or 255) - 1
    name = urlsafe_b64encode(output.encode()).decode()
    *folders, last = [name[start : start + size] for start in range(0, len(name), size)]
    return METADATA.joinpath(*(f"@{folder}" for folder in folders), last)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = "".join(part.removeprefix("@") for part in path.relative_to(folder).parts)
            try:
                yield urlsafe_b64decode(name).decode(), path
            except ValueError:
                continue
