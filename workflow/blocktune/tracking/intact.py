"""Whether outputs still are what the workflow made: what was damaged since is set aside, and Snakemake makes it again.

Snakemake would take a truncated table for a finished one, and a changed file for a new one that others have to follow.
"""

import hashlib
from pathlib import Path

from ..atomic import set_aside
from ..errors import BlocktuneError
from ..files.plain import json_text, known_json, write_text
from ..settings.digests import Digests
from .places import SNAKEMAKE
from .snakemake_records import Record, incomplete_outputs, read_records

_MADE = SNAKEMAKE / "blocktune-made.json"
# Images may be gigabytes: they are read again only if their date has changed; jobs that train read them anyway
_LARGE = 2**25


def remember_outputs() -> None:
    """Write down the sha256 of every output as its job left it; a place that can't be written only costs the check."""
    before, digests = _made(), Digests()
    now = {}
    for output, record in read_records().items():
        path, ended = Path(output), record.get("endtime")
        if not path.is_file():
            continue
        # Snakemake writes down the modification time of what a job made
        if path.stat().st_mtime == ended:
            now[output] = [ended, digests.of(path)]
        elif before.get(output, [None])[0] == ended:
            now[output] = before[output]
    try:
        digests.remember()
        write_text(_MADE, json_text(now))
    except BlocktuneError:
        pass


def put_damaged_aside(only_say: bool = False) -> list[str]:
    """Rename outputs that are no longer what their job made; return what to tell the user.

    Args:
        only_say: change nothing, and say what a call that runs jobs will do.

    Raises:
        BlocktuneError: one can't be renamed.
    """
    made = _made()
    if not made:
        return []
    records, open_ones = read_records(), incomplete_outputs()
    damaged = [
        output
        for output, known in made.items()
        if output not in open_ones and _is_damaged(Path(output), known, records.get(output))
    ]
    said = []
    for output in damaged:
        done = "a call that runs jobs sets it aside, and makes it again"
        if not only_say:
            done = f"set aside as {set_aside(Path(output)).name}, it is made again"
        said.append(f"{output} is not what the workflow made: {done} if it is needed")
    return said


def _is_damaged(path: Path, known: list, record: Record | None) -> bool:
    if record is None or record.get("endtime") != known[0] or not path.is_file():
        return False  # made again since, or gone: Snakemake sees that itself
    facts = path.stat()
    if facts.st_size > _LARGE and facts.st_mtime == known[0]:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() != known[1]


def _made() -> dict[str, list]:
    """Return time of making and sha256 by output; nothing where that is not known."""
    content = known_json(_MADE)
    return content if all(isinstance(known, list) and len(known) == 2 for known in content.values()) else {}
