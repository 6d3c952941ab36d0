"""Models of every architecture pass the look that is taken at a model file before it is read."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

from blocktune.backbones.harmless import foreign_objects, own_modules
from blocktune.settings.architectures import ARCHITECTURES

BUILD = """
import json, sys, keras
from blocktune.backbones.build import build_backbone
from blocktune.backbones.harmless import foreign_objects
from blocktune.settings.backbone import Backbone
name, size = sys.argv[1], int(sys.argv[2])
model = build_backbone(Backbone(name=name, weights="none"), size, 1)
sys.exit(str(foreign_objects(json.loads(model.to_json()))[:5]) if foreign_objects(json.loads(model.to_json())) else 0)
"""


@pytest.mark.long
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_is_of_known_layers(name):
    # A process each: the largest take gigabytes that Keras does not give back
    size = str(max(64, ARCHITECTURES[name].smallest_image))
    done = subprocess.run([sys.executable, "-c", BUILD, name, size], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


def test_functions_and_layers_of_others_are_foreign():
    one = {"module": "keras.layers", "class_name": "Dense", "registered_name": None}
    assert foreign_objects({"config": [one, {"module": "keras.src.ops.numpy", "class_name": "Add"}]}) == []
    strange = [
        {**one, "class_name": "Lambda"},
        {**one, "registered_name": "mine>Dense"},
        {**one, "module": "keras.src.applications.vgg16", "class_name": "function"},
        {**one, "module": "keras.layersx"},
        {**one, "module": None},
        {**one, "class_name": None},
        {"module": "os"},
    ]
    assert len(foreign_objects({"a": {"b": strange}})) == len(strange)


def test_constants_and_slices_between_layers_are_harmless():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same")(inputs)[:, 1:-1, ..., :2]
    x = keras.ops.add(x * np.ones((1, 1, 1, 2), np.float32), keras.ops.ones((1, 6, 8, 2)))
    assert foreign_objects(json.loads(keras.Model(inputs, x).to_json())) == []


@keras.saving.register_keras_serializable("tests")
class Scale(layers.Layer):
    """A layer class of a user's."""

    def call(self, x):
        return 2 * x


def test_a_class_of_the_users_is_allowed_by_the_module_that_it_is_in():
    inputs = keras.Input((8, 8, 3))
    described = json.loads(keras.Model(inputs, Scale()(inputs)).to_json())
    assert own_modules(described) == [__name__]
    assert foreign_objects(described) == foreign_objects(described, ["others"]) == [f"{__name__}.Scale"]
    assert foreign_objects(described, [__name__]) == []
    # The claim alone, of code that is none of that module's, allows nothing
    for registered in ("tests>Other", None):
        claimed = {"module": __name__, "class_name": "Other", "registered_name": registered}
        assert foreign_objects(claimed, [__name__]) == [f"{__name__}.Other"]
    function = {"module": "os", "class_name": "function", "registered_name": "tests>Scale", "config": "system"}
    assert foreign_objects(function, [__name__]) == ["os.function system"]
