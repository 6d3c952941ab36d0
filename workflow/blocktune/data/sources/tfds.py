"""Tensorflow-datasets: downloaded once."""

from ...settings.data import Data
from ..source import Source
from ..tfds import open_tfds
from . import DataSource

PATH = None


class Images(DataSource):
    """See `open_tfds`."""

    def open(self, data: Data, seed: int) -> Source:
        """Return the images."""
        return open_tfds(data.name)
