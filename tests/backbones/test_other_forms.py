"""Models of Keras 2, in HDF5 or as SavedModel: one error that says what they are and that their weights work."""

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from networks import plain
from own_networks import PICTURES, complaint, made

from blocktune.errors import BlocktuneError
from blocktune.settings.load import validate
from blocktune.settings.model import Settings


def refused(name):
    with pytest.raises(BlocktuneError) as raised:
        validate(Settings, {"backbones": [{"name": name, "native": "unit"}]})
    assert "backbones[0].name" in str(raised.value) and len(str(raised.value).splitlines()) == 1
    return str(raised.value)


def of_keras_2(name):
    """What Keras 2 writes by this name, as far as anybody looks at it."""
    plain().save("new.keras" if name.endswith(".keras") else "new.h5")
    if name.endswith(".keras"):
        with zipfile.ZipFile("new.keras") as new, zipfile.ZipFile(name, "w") as old:
            for member in new.namelist():
                content = new.read(member)
                if member == "metadata.json":
                    content = json.dumps({**json.loads(content), "keras_version": "2.15.0"})
                old.writestr(member, content)
    else:
        Path("new.h5").rename(name)
        with h5py.File(name, "r+") as file:
            file.attrs["keras_version"] = "2.15.0"
    return name


def folder_of(name, metadata):
    Path(name).mkdir()
    (Path(name) / "saved_model.pb").touch()
    if metadata:
        (Path(name) / "keras_metadata.pb").write_bytes(metadata)
    return name


def test_a_file_of_keras_2_is_called_one(folder):
    said = complaint(of_keras_2("mine.keras"))
    assert "was saved by Keras 2.15.0; Keras 3 can't load it" in said
    assert "Its weights work: in Keras 2, model.save_weights('NAME.h5')" in said and "module:function" in said


@pytest.mark.parametrize("name", ["mine.h5", "mine.hdf5"])
def test_a_whole_model_in_hdf5_is_of_use_as_weights(name, theirs):
    assert f"{name} is an HDF5 file of Keras 2.15.0" in refused(of_keras_2(name))
    assert f"(weights: {name})" in refused(name)
    # As it says
    networks = Path(__file__).with_name("networks.py").read_text()
    theirs(networks + "\ndef net(input_shape):\n    return plain(input_shape[0])\n")
    network = made("theirs:net", weights=name)
    with h5py.File(name) as file:
        kernel = np.asarray(file["model_weights/conv1/conv1/kernel"])
    np.testing.assert_array_equal(network.get_layer("conv1").get_weights()[0], kernel)
    assert np.isfinite(np.asarray(network(PICTURES))).all()


def test_hdf5_that_is_called_keras_is_recognised(folder):
    Path(of_keras_2("mine.h5")).rename("mine.keras")
    assert "mine.keras is an HDF5 file of Keras 2.15.0" in complaint("mine.keras")


def test_a_missing_hdf5_file_is_told_apart_too(folder):
    assert "nowhere.h5 is an HDF5 file, not a saved model (.keras) of Keras 3" in refused("nowhere.h5")


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (b'\x08"keras_version": "2.4.0"}', ["a SavedModel folder of Keras 2.4.0", "save_weights('NAME.h5')"]),
        (b"\x08", ["a SavedModel folder of Keras 2,"]),
        (None, ["a SavedModel folder, which holds no layers", "model.save('NAME.keras')"]),
    ],
)
def test_a_savedmodel_folder_is_called_one(metadata, said, folder):
    for name in ("mine", "mine.keras"):
        told = (refused if name == "mine" else complaint)(folder_of(name, metadata))
        assert [words for words in said if words not in told] == []
