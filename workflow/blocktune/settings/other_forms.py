"""Saved models that are no .keras file of Keras 3: what they are, and how their weights can be used. Without Keras."""

import json
import re
import zipfile
from pathlib import Path

_HDF5 = (".h5", ".hdf5")
_HDF5_BEGINS = b"\x89HDF\r\n\x1a\n"
_MOST_METADATA_BYTES = 2**20
_FUNCTION = "name a function that makes the same network (name: module:function), and that file (weights: {})"


def other_form(path: Path) -> str | None:
    """Return what to say of a model of Keras 2, in HDF5, or in a SavedModel folder; None for anything else.

    A name that ends in .h5 or .hdf5 says enough: there need be no such file.
    """
    version = _keras_version(path)
    by = f" of Keras {version}" if version else ""
    if _is_savedmodel(path):
        what = f"{path} is a SavedModel folder{by}, which holds no layers that Keras 3 can load"
        if not by:
            return f"{what}: save the model that it was made from (model.save('NAME.keras'))"
    elif path.suffix in _HDF5 or _begins(path) == _HDF5_BEGINS:
        file = path if path.suffix in _HDF5 else "renamed to NAME.h5"
        what = f"{path} is an HDF5 file{by}, not a saved model (.keras) of Keras 3"
        return f"{what}. Its weights work: {_FUNCTION.format(file)}"
    elif version and version.startswith("2"):
        what = f"{path} was saved by Keras {version}; Keras 3 can't load it"
    else:
        return None
    return f"{what}. Its weights work: in Keras 2, model.save_weights('NAME.h5'); then {_FUNCTION.format('NAME.h5')}"


def _is_savedmodel(path: Path) -> bool:
    try:
        return (path / "saved_model.pb").is_file()
    # A name may be longer than any file's, or hold what none may
    except (OSError, ValueError):
        return False


def _begins(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(len(_HDF5_BEGINS))
    except (OSError, ValueError):
        return b""


def _keras_version(path: Path) -> str | None:
    """The version of Keras that saved a model, None if that can't be told."""
    try:
        if path.is_dir():
            # Only Keras 2 wrote that file
            found = re.search(rb'"keras_version": "([\d.]+)"', (path / "keras_metadata.pb").read_bytes())
            return found[1].decode() if found else "2"
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive, archive.open("metadata.json") as stream:
                return _number(json.loads(stream.read(_MOST_METADATA_BYTES))["keras_version"])
        if _begins(path) != _HDF5_BEGINS:
            return None
        import h5py

        with h5py.File(path, "r") as file:
            return _number(file.attrs["keras_version"])
    # zipfile, json and h5py raise whatever they stumble over; damage is somebody else's to say
    except Exception:
        return None


def _number(version: object) -> str | None:
    text = version.decode(errors="replace") if isinstance(version, bytes) else str(version)
    return text if re.fullmatch(r"\d[\w.+-]{0,30}", text) else None
