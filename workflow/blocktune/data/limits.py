"""How much a source of images may hold: more is no collection of images but a mistake, or an attack."""

from ..errors import BlocktuneError

MOST_FILES = 2_000_000
MOST_FILE_BYTES = 512 * 2**20
"""A picture of the most pixels that `decode` takes has half of that where nothing of it is compressed."""

MOST_TIMES = 200
FREE_BYTES = 2**30
"""What an archive holds may be so many times its own size; up to this many bytes it is not looked at."""


class Tally:
    """Counts what an archive says it holds, before any of it is unpacked."""

    def __init__(self, where: str, archive_bytes: int, largest: int | None = MOST_FILE_BYTES) -> None:
        """Begin with nothing.

        Args:
            where: how an error names the archive.
            archive_bytes: its own size.
            largest: bytes of one member at most; None leaves it to the archive's own size.
        """
        self._largest = largest
        self._where = where
        self._most = max(FREE_BYTES, MOST_TIMES * archive_bytes)
        self._files = self._bytes = 0

    def add(self, name: str, size: int) -> None:
        """Count a member.

        Raises:
            BlocktuneError: it, or all together, are too large, or too many.
        """
        if self._largest is not None and size > self._largest:
            raise BlocktuneError(f"{self._where}: {name} has {size:,} bytes unpacked; allowed are {self._largest:,}")
        self._files += 1
        self._bytes += size
        if self._files > MOST_FILES:
            raise BlocktuneError(f"{self._where} holds more than {MOST_FILES:,} files")
        if self._bytes > self._most:
            raise BlocktuneError(
                f"{self._where} would have more than {self._most:,} bytes unpacked, {MOST_TIMES} times its own size "
                "and more: that is no honest archive"
            )
