"""Looking for files that settings name, where looking itself can fail: a name too long, a folder nobody may enter."""

from pathlib import Path
from typing import Literal

from ..errors import BlocktuneError


def is_there(path: Path | str, key: str, kind: Literal["file", "folder"] = "file") -> bool:
    """Whether there is such a file or folder, which the setting `key` names.

    Raises:
        BlocktuneError: that can't be told.
    """
    try:
        return Path(path).is_file() if kind == "file" else Path(path).is_dir()
    except (OSError, ValueError) as error:
        shown = str(path) if len(str(path)) <= 200 else f"{str(path)[:200]} ..."
        raise BlocktuneError(
            f"settings: {key}: can't look for {shown!r}: {getattr(error, 'strerror', None) or error}"
        ) from None
