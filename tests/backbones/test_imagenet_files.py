"""The names of Keras' weights files, against what Keras itself asks for."""

import warnings

import keras
import pytest
from keras.src.utils import file_utils

from blocktune.backbones.imagenet import imagenet_file
from blocktune.settings.architectures import ARCHITECTURES
from blocktune.settings.backbone import Backbone


class AskedError(Exception):
    pass


@pytest.mark.parametrize(
    ("name", "alpha", "size"),
    [
        ("VGG16", None, 64),
        ("MobileNet", None, 64),
        ("MobileNet", 0.25, 128),
        ("MobileNetV2", None, 96),
        ("MobileNetV2", 1.4, 100),
        ("MobileNetV3Small", 0.75, 64),
        ("MobileNetV3Large", None, 64),
        ("ResNet50V2", None, 64),
        ("DenseNet121", None, 64),
        ("NASNetMobile", None, 224),
        ("InceptionV3", None, 96),
        ("InceptionResNetV2", None, 96),
        ("EfficientNetB0", None, 64),
        ("EfficientNetV2B0", None, 64),
        ("ConvNeXtTiny", None, 64),
    ],
)
def test_keras_asks_for_this_file(monkeypatch, name, alpha, size):
    def asked(fname, origin, cache_subdir, **_):
        assert origin.startswith("https://")
        raise AskedError(f"{cache_subdir}/{fname}")

    monkeypatch.setattr(file_utils, "get_file", asked)
    width = {} if alpha is None else {"alpha": alpha}
    # No weights are drawn while the network is built: in this scope they wait
    with keras.StatelessScope(), pytest.raises(AskedError) as raised, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(keras.applications, name)(include_top=False, input_shape=(size, size, 3), **width)
    place = imagenet_file(Backbone(name=name, alpha=alpha), size)
    assert f"{place.parent.name}/{place.name}" == str(raised.value)


def test_every_architecture_and_width_has_a_name():
    for name, architecture in ARCHITECTURES.items():
        if not architecture.tiny:
            for alpha in architecture.imagenet_alphas or (None,):
                assert imagenet_file(Backbone(name=name, alpha=alpha), 224).suffix == ".h5"


def test_keras_folder_can_be_chosen_and_must_be_writable(monkeypatch, tmp_path):
    network = Backbone(name="VGG16")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert imagenet_file(network, 224).parent == tmp_path / "models"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    # A home that can't be written: Keras goes to /tmp
    assert imagenet_file(network, 224).parent.parts[:3] == ("/", "tmp", ".keras")
