import numpy as np
import pytest
from made_up import made_backbone

from blocktune.files.layers import Layer, LayerTable
from blocktune.search.schedule import Planner
from blocktune.settings.load import validate
from blocktune.settings.model import Settings

#        0          1      2                  3    4      5
CHAIN = "InputLayer Conv2D BatchNormalization ReLU Conv2D ReLU"
CLASSES = 3
BACKBONE = {"name": "TinyResidual", "weights": "digits"}


@pytest.fixture
def table():
    """The layer table of a chain with weights in layers 1, 2 and 4, the second of them a BatchNormalization."""
    layers = tuple(
        Layer(
            index,
            f"{kind.lower()}{index}",
            kind,
            10 * (kind in ("Conv2D", "BatchNormalization")),
            0,
            True,
            False,
            (4, 4, 2),
        )
        for index, kind in enumerate(CHAIN.split())
    )
    described = made_backbone("TinyResidual-digits", **BACKBONE, title="TinyResidual", weights_kind="digits")
    return LayerTable(described, "tensorflow", "a" * 64, 64, 1, layers)


@pytest.fixture
def make_settings():
    """`make_settings(factors={...})` are the settings of a study with these."""

    def make(**settings):
        return validate(Settings, {"backbones": [BACKBONE], "data": {"image_size": 64}, **settings})

    return make


@pytest.fixture
def make_study(make_settings):
    """`make_study(factors={...})` is a study of 450 images, 150 of each class, and their labels."""

    def make(test=False, **settings):
        labels = np.arange(450) % CLASSES
        parts = {"search": np.arange(45), "final": np.arange(330), "validation": np.arange(330, 411)}
        if test:
            parts["test"] = np.arange(411, 450)
        return Planner(make_settings(**settings), "d" * 64, CLASSES, parts), labels

    return make
