"""Looking for files that settings name, where looking itself can fail: a name too long, a folder nobody may enter."""

from pathlib import Path

from ..errors import BlocktuneError


def is_file(path: Path | str, key: str) -> bool:
    """Whether there is such a file.

    Args:
        path: where to look.
        key: the setting that names it.

    Raises:
        BlocktuneError: that can't be told.
    """
    return _look(path, key, "is_file")


def is_folder(path: Path | str, key: str) -> bool:
    """Whether there is such a folder; see `is_file`."""
    return _look(path, key, "is_dir")


def _look(path: Path | str, key: str, question: str) -> bool:
    try:
        return getattr(Path(path), question)()
    except (OSError, ValueError) as error:
        shown = str(path) if len(str(path)) <= 200 else f"{str(path)[:200]} ..."
        raise BlocktuneError(
            f"settings: {key}: can't look for {shown!r}: {getattr(error, 'strerror', None) or error}"
        ) from None
