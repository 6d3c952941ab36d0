"""Whether the folders of what is going to be made can be written: where not, Snakemake ends with a traceback."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..errors import BlocktuneError


def require_writable(files: Iterable[str | Path]) -> None:
    """Try to write where files are going to be; nothing is left there. Who writes them makes folders that are missing.

    Raises:
        BlocktuneError: names the first folder that can't be written, why, and a file that belongs there.
    """
    # Thousands of jobs have their outputs in few folders
    first: dict[Path, str | Path] = {}
    for file in files:
        first.setdefault(Path(file).absolute().parent, file)
    for wanted, file in sorted(first.items()):
        folder = next(place for place in (wanted, *wanted.parents) if place.exists())
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise BlocktuneError(
                f"can't write {file}: {folder}: {error.strerror or error}; make it writable, or use another folder "
                "(--directory)"
            ) from None
