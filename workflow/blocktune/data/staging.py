"""Files that appear all at once, complete, or not at all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import BlocktuneError


@contextmanager
def staged(targets: Sequence[Path]) -> Iterator[list[Path]]:
    """Give a path to write beside each target; put all in place on leaving, or remove them after an error.

    Raises:
        BlocktuneError: a folder can't be written (no space, no permission). Any OSError inside the block is taken for
            that: reading errors must be turned into something else before.
    """
    parts = [target.with_name(f".{target.name}.partial") for target in targets]
    try:
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
        yield parts
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
    except OSError as error:
        folders = ", ".join(sorted({str(target.parent.absolute()) for target in targets}))
        raise BlocktuneError(f"can't write to {folders}: {error.strerror or error}") from None
    finally:
        for part in parts:
            with suppress(OSError):
                part.unlink()
