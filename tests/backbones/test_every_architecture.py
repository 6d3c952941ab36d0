"""Every backbone that may be named: its layers, blocks and windows can be planned, and it comes apart at its cuts."""

import json
import subprocess
import sys

import numpy as np
import pytest

from blocktune.backbones.inspect import layer_table
from blocktune.settings.architectures import ARCHITECTURES

pytestmark = pytest.mark.long

SPREAD = [
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "ConvNeXtTiny",
    "NASNetMobile",
    "InceptionV3",
    "Xception",
]


@pytest.mark.parametrize("name", [name for name, about in ARCHITECTURES.items() if not about.tiny])
def test_it_can_be_planned(name):
    # A process each: the largest take gigabytes that Keras does not give back
    size = str(max(64, ARCHITECTURES[name].smallest_image))
    command = [sys.executable, "-m", "blocktune", "plan", name, "--image-size", size, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert 1 < counts["bw"] <= counts["lw"] == counts["weighted"] < counts["layers"]
    assert counts["weighted"] <= counts["distinct"] <= counts["lw"] + counts["bw"] + counts["bwsw"]


@pytest.mark.parametrize("name", SPREAD)
def test_prefix_then_suffix_is_the_whole_network(build, name):
    import keras

    size = max(64, ARCHITECTURES[name].smallest_image)
    backbone, model = build(size, name=name)
    table = layer_table(model, backbone, seed=1)
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    whole = np.asarray(model(pictures, training=False))
    cuts = [layer.index for layer in table.layers[1:-1] if layer.cut]
    assert len(cuts) > 2
    for cut in (cuts[0], cuts[len(cuts) // 2], cuts[-1]):
        at = model.layers[cut].output
        features = keras.Model(model.input, at)(pictures, training=False)
        np.testing.assert_array_equal(np.asarray(keras.Model(at, model.output)(features, training=False)), whole)
