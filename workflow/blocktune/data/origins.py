"""Known archives of images: where they come from, under which licence, and what a right copy is."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..errors import BlocktuneError

_FILE = Path(__file__).with_name("origins.yaml")


@dataclass(frozen=True)
class Origin:
    """One archive as its makers published it.

    Attributes:
        dataset: name of the dataset.
        images: how many there are.
        url: where it is published.
        licence: of the images.
        size: of the archive in bytes.
        sha256: of the archive.
    """

    dataset: str
    images: int
    url: str
    licence: str
    size: int
    sha256: str


def origins() -> dict[str, Origin]:
    """Return the known archives by file name."""
    return {name: Origin(**facts) for name, facts in yaml.safe_load(_FILE.read_text(encoding="utf-8")).items()}


def check_copy(path: Path, known: dict[str, Origin]) -> Origin | None:
    """Compare a copy with the archive of its name; return that archive, None for a name that is not known.

    Raises:
        BlocktuneError: it is missing or differs.
    """
    origin = known.get(path.name)
    if origin is None:
        return None
    try:
        size = path.stat().st_size
        if size != origin.size:
            raise BlocktuneError(_differs(path, origin, f"{size} bytes instead of {origin.size}"))
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BlocktuneError(f"can't read {path}: {error.strerror or error}") from None
    if digest != origin.sha256:
        raise BlocktuneError(_differs(path, origin, f"sha256 {digest} instead of {origin.sha256}"))
    return origin


def _differs(path: Path, origin: Origin, how: str) -> str:
    return (
        f"{path} is not the {path.name} of {origin.url}: {how}. "
        "Download or copy it again; an archive of your own needs another name"
    )
