"""Models of every architecture pass the look that is taken at a model file before it is read."""

import subprocess
import sys

import pytest

from blocktune.deliver.model_file import foreign_objects
from blocktune.settings.architectures import ARCHITECTURES

BUILD = """
import json, sys, keras
from blocktune.backbones.build import build_backbone
from blocktune.deliver.model_file import foreign_objects
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
