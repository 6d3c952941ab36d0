"""From the settings to a source."""

from ..errors import BlocktuneError
from ..settings.model import Data
from . import tfds
from .archive import open_archive
from .digits import open_digits
from .folder import open_folder
from .source import Source


def open_source(data: Data, seed: int) -> Source:
    """Open the source that `data` names; `seed` matters for digits only.

    Raises:
        BlocktuneError: it can't be had; says why and what to do.
    """
    if data.source == "archive":
        return open_archive(data.path)
    if data.source == "folder":
        return open_folder(data.path)
    if data.source == "digits":
        return open_digits(data.digits, data.image_size, data.shift, seed)
    if data.source == "tfds":
        return tfds.open_tfds(data.name)
    raise BlocktuneError(
        f"settings: data.source: {data.source!r} can't be read; allowed: archive, folder, digits, tfds"
    )
