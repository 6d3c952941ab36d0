"""`results/provenance.json`: what made each output. It travels with them, so that a checkout knows their history."""

import hashlib
from pathlib import Path
from typing import Any

from ..errors import BlocktuneError
from ..files.plain import json_text, read_json, write_text
from ..settings.digests import Digests
from .places import PROVENANCE, SNAKEMAKE, is_tracked
from .snakemake_records import read_records, remove_record, write_record

# sha256 of the provenance that this folder's Snakemake records were last packed into, or taken from
_STAMP = SNAKEMAKE / "blocktune-provenance"

Outputs = dict[str, dict[str, Any]]


def read_provenance() -> Outputs:
    """Return sha256 and Snakemake's record of every output, by path; nothing where there is no provenance yet.

    Raises:
        BlocktuneError: the file is damaged.
    """
    if not PROVENANCE.is_file():
        return {}
    try:
        return read_json(PROVENANCE)["outputs"]
    except (BlocktuneError, KeyError, TypeError) as error:
        raise BlocktuneError(f"{PROVENANCE} is damaged ({error}): dvc checkout {PROVENANCE}") from None


def write_provenance() -> None:
    """Write down what made every output that is here; the file stays untouched where nothing is new."""
    digests = Digests()
    outputs = {
        output: {"sha256": digests.of(Path(output)), "record": record}
        for output, record in sorted(read_records().items())
        if is_tracked(output) and Path(output).is_file()
    }
    digests.remember()
    text = json_text({"outputs": outputs})
    if not PROVENANCE.is_file() or PROVENANCE.read_text(encoding="utf-8") != text:
        write_text(PROVENANCE, text)
    _set_stamp()


def came_from_elsewhere() -> bool:
    """Whether the results are of another version or machine than this folder's Snakemake records."""
    if not PROVENANCE.is_file():
        return False
    try:
        return _STAMP.read_text(encoding="utf-8") != _digest()
    except OSError:
        return True


def take_over_records() -> None:
    """Replace Snakemake's records of the tracked outputs by those that came with the results."""
    outputs = read_provenance()
    for output in read_records():
        if is_tracked(output) and output not in outputs:
            remove_record(output)
    for output, entry in outputs.items():
        write_record(output, entry["record"])
    _set_stamp()


def edited_outputs(incomplete: set[str]) -> list[str]:
    """Return outputs that are neither as Snakemake left them nor as they came with a checkout.

    Args:
        incomplete: outputs of jobs that were ended in the middle; Snakemake makes them again.
    """
    known = read_provenance()
    records = {output: entry["record"] for output, entry in known.items()}
    if not came_from_elsewhere():
        records |= read_records()
    digests = Digests()
    edited = []
    for output, record in sorted(records.items()):
        path = Path(output)
        if output in incomplete or not is_tracked(output) or not path.is_file():
            continue
        # Snakemake writes down the modification time of what a job made
        if path.stat().st_mtime != record.get("endtime") and digests.of(path) != known.get(output, {}).get("sha256"):
            edited.append(output)
    digests.remember()
    return edited


def _set_stamp() -> None:
    SNAKEMAKE.mkdir(exist_ok=True)
    _STAMP.write_text(_digest(), encoding="utf-8")


def _digest() -> str:
    return hashlib.sha256(PROVENANCE.read_bytes()).hexdigest()
