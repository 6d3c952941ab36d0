"""Reading and writing small files so that nobody ever sees half of one."""

import json
from pathlib import Path
from typing import Any

from ..atomic import whole
from ..errors import BlocktuneError


def write_text(path: Path, text: str) -> None:
    """Write beside the target, then move into place.

    Raises:
        BlocktuneError: the disk is full or the place can't be written.
    """
    with whole(path) as beside, beside.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)


def write_bytes(path: Path, content: bytes) -> None:
    """Write as `write_text` does.

    Raises:
        BlocktuneError: the disk is full or the place can't be written.
    """
    with whole(path) as beside:
        beside.write_bytes(content)


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys; not-a-number is refused, since other readers choke on it."""
    write_text(path, json_text(content))


def json_text(content: Any) -> str:
    """Return what `write_json` writes."""
    return json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n"


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        BlocktuneError: the file is missing or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise BlocktuneError(f"can't read {path}: {error}") from None


def known_json(path: Path) -> dict[str, Any]:
    """Return a mapping that is only good to have; an empty one if its file is missing or damaged."""
    try:
        content = read_json(path)
    except BlocktuneError:
        return {}
    return content if isinstance(content, dict) else {}
