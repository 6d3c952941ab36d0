"""Whether a .keras file holds nothing but a network of Keras' own layers, told before Keras builds anything from it."""

import json
import zipfile
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

import h5py

from ..backbones.harmless import foreign_objects
from ..backbones.hdf5 import problem
from ..data.limits import Tally
from ..errors import BlocktuneError

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS = {_CONFIG, _WEIGHTS, "metadata.json"}
_MOST_CONFIG_BYTES = 64 * 2**20


def check_model_file(file: Path, own: Collection[str] = ()) -> None:
    """Look into a .keras file without building anything.

    Keras' safe mode refuses lambdas; this refuses whatever is no class of Keras, so that neither what happens to be
    registered nor a way around safe mode matters. Layer classes of the modules `own`, which have been imported, are
    allowed, too.

    Raises:
        BlocktuneError: it is no such file, damaged, a bomb, or would run code or read other files.
    """
    where = f"{file} is no model that blocktune exported"
    if file.suffix != ".keras" or not zipfile.is_zipfile(file):
        raise BlocktuneError(f"{where}: a .keras file is needed")
    try:
        with zipfile.ZipFile(file) as packed:
            _check_members(packed, file, where)
            config = json.loads(packed.read(_CONFIG))
            with packed.open(_WEIGHTS) as stream, h5py.File(stream, "r") as weights:
                refused = problem(weights)
    except BlocktuneError:
        raise
    except RecursionError:
        raise BlocktuneError(f"{where}: its {_CONFIG} is nested too deep") from None
    # zipfile, json and h5py raise whatever they stumble over
    except Exception as error:
        raise BlocktuneError(f"{where}: it is truncated or damaged ({error})") from None
    if refused:
        raise BlocktuneError(f"{file} is refused: {_WEIGHTS}: {refused}")
    foreign = foreign_objects(config, own)
    if foreign and foreign[0].startswith("keras_hub.") and find_spec("keras_hub") is None:
        raise BlocktuneError(
            f"{file} holds a network of keras-hub, and the package is not installed: in a "
            "clone of blocktune, pip install '.[hub]'"
        )
    if foreign:
        raise BlocktuneError(
            f"{file} is refused: it holds {foreign[0]}, which is none of Keras' own layers, or one that can run code; "
            "models that blocktune exports have none, but for layer classes of yours: name their module, "
            "--allow-code MODULE"
        )


def _check_members(packed: zipfile.ZipFile, file: Path, where: str) -> None:
    names = packed.namelist()
    if set(names) != _MEMBERS or len(names) != len(_MEMBERS):
        raise BlocktuneError(
            f"{where}: it holds {', '.join(sorted(names)[:10])}; allowed: {', '.join(sorted(_MEMBERS))}"
        )
    tally = Tally(str(file), file.stat().st_size, largest=None)
    for member in packed.infolist():
        tally.add(member.filename, member.file_size)
    if packed.getinfo(_CONFIG).file_size > _MOST_CONFIG_BYTES:
        raise BlocktuneError(f"{where}: its {_CONFIG} has more than {_MOST_CONFIG_BYTES:,} bytes")
