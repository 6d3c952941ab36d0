"""Writing pictures whole or not at all (text has `files.plain.write_text`)."""

from pathlib import Path

from ...atomic import whole


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees a part of it; its folder is made where needed.

    Raises:
        BlocktuneError: The place can't be written to.
    """
    with whole(path) as beside:
        beside.write_bytes(content)
