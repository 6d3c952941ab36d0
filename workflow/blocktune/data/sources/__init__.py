"""Sources of images: a file here is one, named as in `data.source`.

A file holds a class `Images` derived from `DataSource`, and `PATH`: `file` or `folder`, what `data.path` is, or None.
The workflow knows changed content by the checksums of what is at the path; without a path the name must tell it. The
file's first words, up to a colon, describe it in the settings.
"""

from abc import ABC, abstractmethod
from importlib import import_module

from ...errors import BlocktuneError
from ...settings.data import Data
from ...settings.members import sources
from ..source import Source


class DataSource(ABC):
    """Where images come from."""

    @abstractmethod
    def open(self, data: Data, seed: int) -> Source:
        """Return the images, each with its class.

        Args:
            data: the section of the settings.
            seed: of the digits' shift; other sources get 0, so that images are not prepared anew for another split.

        Raises:
            BlocktuneError: it can't be had; says why and what to do.
        """


def open_source(data: Data, seed: int) -> Source:
    """Open the source that `data` names; `seed` matters for digits only.

    Raises:
        BlocktuneError: it can't be had; says why and what to do.
    """
    if data.source not in sources():
        raise BlocktuneError(f"settings: data.source: {data.source!r} can't be read; allowed: {', '.join(sources())}")
    return import_module(f".{data.source}", __name__).Images().open(data, seed)
