import numpy as np
import pytest
from made_up import made_backbone

from blocktune.files.layers import Layer, LayerTable
from blocktune.search.schedule import Planner
from blocktune.settings.load import validate
from blocktune.settings.model import Settings

#        0          1      2      3    4      5    6      7            8
CHAIN = "InputLayer Conv2D Conv2D ReLU Conv2D ReLU Conv2D MaxPooling2D Conv2D"


@pytest.fixture
def table():
    """The layer table of a chain with weights in layers 1, 2, 4, 6 and 8."""
    layers = tuple(
        Layer(index, f"{kind.lower()}{index}", kind, 10 * (kind == "Conv2D"), 0, True, False, (4, 4, 2))
        for index, kind in enumerate(CHAIN.split())
    )
    described = made_backbone("VGG16-none", name="VGG16", title="VGG16 (random weights)")
    return LayerTable(described, "tensorflow", "a" * 64, 64, 1, layers)


@pytest.fixture
def make_study():
    """`make_study(search={...})` is a study of 5 classes with these settings."""

    def make(runs_per_job=1, **settings):
        chosen = validate(Settings, {"backbones": [{"name": "VGG16", "weights": "none"}], **settings})
        parts = {"search": np.arange(10), "final": np.arange(70), "validation": np.arange(70, 100)}
        return Planner(chosen, "d" * 64, 5, parts, runs_per_job)

    return make
