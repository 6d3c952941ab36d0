"""Scikit-learn's handwritten digits, nothing to download: some of them, changed as the demo's target is."""

from ...settings.data import Data
from ..digits import open_digits
from ..source import Source
from . import DataSource

PATH = None


class Images(DataSource):
    """See `open_digits`."""

    def open(self, data: Data, seed: int) -> Source:
        """Return the images."""
        return open_digits(data.digits, data.image_size, data.shift, seed)
