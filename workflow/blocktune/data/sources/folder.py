"""Class folders: a folder of images for each class."""

from ...settings.data import Data
from ..folder import open_folder
from ..source import Source
from . import DataSource

PATH = "folder"


class Images(DataSource):
    """See `open_folder`."""

    def open(self, data: Data, seed: int) -> Source:
        """Return the images."""
        return open_folder(data.path)
