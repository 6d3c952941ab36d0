"""What a file's content is, as one sha256, without reading a file again that has not changed since."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from ..errors import BlocktuneError
from ..files.plain import known_json, write_text

_MEMORY = Path(".snakemake") / "blocktune-digests.json"


class Digests:
    """Digests of files, remembered from call to call by path, size and modification time.

    Modification times differ from machine to machine and after every checkout, so they only say whether to read a file
    again and never become part of what a step depends on.
    """

    def __init__(self) -> None:
        """Begin with what the study's folder remembers; if that can't be read, every file is."""
        self._before: dict[str, list] = known_json(_MEMORY)
        self._now: dict[str, list] = {}

    def of(self, path: Path) -> str:
        """Return the file's sha256.

        Raises:
            BlocktuneError: it can't be read.
        """
        try:
            facts = path.stat()
            known = self._before.get(str(path.absolute()))
            if known is None or known[:2] != [facts.st_size, facts.st_mtime_ns]:
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                known = [facts.st_size, facts.st_mtime_ns, digest]
        except OSError as error:
            raise BlocktuneError(f"can't read {path}: {error.strerror or error}") from None
        self._now[str(path.absolute())] = known
        return known[2]

    def remember(self) -> None:
        """Write down what was read; a place that can't be written only costs time."""
        if all(self._before.get(path) == known for path, known in self._now.items()):
            return
        with suppress(BlocktuneError):
            write_text(_MEMORY, json.dumps(self._before | self._now))
