"""Where the images lie that `data.path` names."""

from pathlib import Path

from ..errors import BlocktuneError


def place_of(path: str) -> Path:
    """Return `data.path` with `~` as the user's home.

    Raises:
        BlocktuneError: this user has no home.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise BlocktuneError(
            f"data.path {path}: this user has no home folder that ~ could be; give the whole path"
        ) from None
