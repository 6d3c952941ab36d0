import numpy as np
import pytest
from made_up import made_backbone

from blocktune.files.layers import Layer, LayerTable
from blocktune.runs.spec import Part, run_spec
from blocktune.settings.load import validate
from blocktune.settings.model import Settings

WEIGHTED = {1: "conv1", 3: "conv2", 4: "conv3", 6: "conv4"}


def layer_table(**changes):
    named = {"key": "VGG16-none", "name": "VGG16", "title": "VGG16 (random weights)"}
    layers = tuple(
        Layer(
            index, WEIGHTED.get(index, f"other{index}"), "Conv2D", 10 * (index in WEIGHTED), 0, True, False, (4, 4, 2)
        )
        for index in range(8)
    )
    fields = {"backend": "tensorflow", "weights_digest": "a" * 64, "image_size": 64, "seed": 1, "layers": layers}
    changes = dict(changes)
    backbone = made_backbone(**named | changes.pop("backbone", {}))
    return LayerTable(**{"backbone": backbone, **fields, **changes})


@pytest.fixture
def table():
    """`table(weights_digest=...)` is the layer table of a network of eight layers, four with weights (1, 3, 4, 6)."""
    return layer_table


@pytest.fixture
def make_spec():
    """`make_spec(settings={...}, train=[...])` is the specification of a run; what is not named stays the same."""

    def make(settings=None, table=None, data="d" * 64, classes=5, train=(1, 2, 3), validation=(4, 5), unfrozen=(3, 4)):
        chosen = validate(Settings, {"backbones": [{"name": "VGG16", "weights": "none"}], **(settings or {})})
        part = Part(np.array(train), np.array(validation))
        return run_spec(chosen, table or layer_table(), data, classes, part, unfrozen)

    return make
