""".tgz, .zip or .tar of class folders: read without unpacking."""

from ...settings.data import Data
from ..archive import open_archive
from ..source import Source
from . import DataSource

PATH = "file"


class Images(DataSource):
    """See `open_archive`."""

    def open(self, data: Data, seed: int) -> Source:
        """Return the images."""
        return open_archive(data.path)
