"""Writing pictures whole or not at all (text has `runs.files.write_text`)."""

import os
from pathlib import Path

from ...errors import BlocktuneError


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees a part of it; its folder is made where needed.

    Raises:
        BlocktuneError: The place can't be written to.
    """
    # In the same folder, because a rename across file systems is a copy, which a reader could see half of.
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BlocktuneError(f"can't write {path}: {error.strerror or error}") from None
