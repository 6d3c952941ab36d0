"""A function of the user's own that builds a network: when its code runs, and what is said of what goes wrong in it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from own_networks import complaint, made

from blocktune.backbones.function import registered
from blocktune.backbones.harmless import foreign_objects, own_modules
from blocktune.backbones.weights import weights_digest
from blocktune.settings.own import ALLOW_CODE

NET = """
def net(input_shape):
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(4, 3, strides=2, name="first")(inputs)
    return keras.Model(inputs, layers.Conv2D(4, 3, name="second")(x))
"""


def test_a_function_is_called_only_where_its_code_is_allowed(theirs, folder, monkeypatch):
    theirs(NET + "\nopen('ran', 'w').close()\n")
    monkeypatch.delenv(ALLOW_CODE)
    said = complaint("theirs:net")
    assert all(way in said for way in ("allow_code: true", "--config allow_code=true", "--allow-code"))
    assert not Path("ran").exists()
    monkeypatch.setenv(ALLOW_CODE, "1")
    assert [layer.name for layer in made("theirs:net").layers[1:]] == ["first", "second"]
    assert Path("ran").exists()


def test_a_function_may_lie_in_a_folder_and_leaves_the_path_as_it_was(theirs):
    theirs(NET, "data/raw/theirs_too.py")
    before = list(sys.path)
    assert made("data.raw.theirs_too:net").output_shape == (None, 13, 13, 4)
    assert sys.path == before


def test_random_weights_of_a_function_follow_the_seed(theirs):
    theirs(NET)
    digests = [weights_digest(made("theirs:net", seed=seed, weights="none")) for seed in (1, 2, 1)]
    assert digests[0] == digests[2] != digests[1]


def test_a_functions_network_may_have_its_weights_in_a_file(theirs):
    theirs(NET)
    network = made("theirs:net", seed=5)
    network.save_weights("net.weights.h5")
    assert weights_digest(made("theirs:net", weights="net.weights.h5")) == weights_digest(network)
    theirs(NET.replace("Conv2D(4, 3, name", "Conv2D(5, 3, name"), "theirs_wider.py")
    assert "was not made for theirs_wider:net" in complaint("theirs_wider:net", weights="net.weights.h5")


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        (NET, "nobodys:net", ["no module nobodys|can't be imported", "nobodys"]),
        (NET, "theirs:nett", ["has no function nett", "did you mean 'net'"]),
        ("net = 3", "theirs:net", ["has no function net"]),
        ("def net(:", "theirs:net", ["can't be imported: SyntaxError", "theirs.py, line 3"]),
        ("import not_there", "theirs:net", ["can't be imported: ModuleNotFoundError", "not_there", "line 3"]),
        (
            "def net(input_shape):\n    raise ValueError('too\\nlong')",
            "theirs:net",
            ["failed on input_shape (32, 32, 3): ValueError: too (", "theirs.py, line 4"],
        ),
        ("def net():\n    pass", "theirs:net", ["TypeError", "positional argument"]),
        ("import sys\ndef net(input_shape):\n    sys.exit(0)", "theirs:net", ["SystemExit"]),
        ("def net(input_shape):\n    return 3", "theirs:net", ["returned a int; a keras.Model"]),
        (
            "class Net(keras.Model):\n    def call(self, x):\n        return x\n"
            "def net(input_shape):\n    return Net()",
            "theirs:net",
            ["subclassed model (Net)"],
        ),
        (
            "def net(input_shape):\n    class Mine(layers.Layer):\n        def call(self, x):\n            return x\n"
            "    inputs = keras.Input(input_shape)\n"
            "    return keras.Model(inputs, Mine(name='x')(layers.Conv2D(3, 3)(inputs)))",
            "theirs:net",
            ["layer 'x' is a Mine", "at the top of a module"],
        ),
        (
            "def net(input_shape):\n    inputs = keras.Input(input_shape)\n"
            "    return keras.Model(inputs, layers.Lambda(lambda x: x, name='x')(layers.Conv2D(3, 3)(inputs)))",
            "theirs:net",
            ["layer 'x' is a Lambda"],
        ),
    ],
    ids=lambda given: given if isinstance(given, str) and ":" in given[:12] else "",
)
def test_what_goes_wrong_in_a_function_is_one_error_that_says_where(theirs, code, name, said):
    theirs(code)
    message = complaint(name)
    assert [words for words in said if not any(way in message for way in words.split("|"))] == []


PLAIN_CLASS = """
class Scale(layers.Layer):
    def __init__(self, start=1.0, **given):
        super().__init__(**given)
        self.start = start

    def build(self, shape):
        self.gain = self.add_weight(shape=(shape[-1],), initializer=keras.initializers.Constant(self.start))

    def call(self, x):
        return x * self.gain

    def get_config(self):
        return super().get_config() | {"start": self.start}

def net(input_shape):
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, Scale(2.0, name="scale")(layers.Conv2D(3, 3)(inputs)))
"""


def test_a_layer_class_needs_no_decorator_and_is_found_again_by_its_module(theirs, folder):
    theirs(PLAIN_CLASS)
    network = made("theirs:net")
    described = json.loads(network.to_json())
    assert own_modules(described) == ["theirs"] and foreign_objects(described, ["theirs"]) == []
    assert registered("theirs") == ["Scale"]
    network.save("model.keras")
    # As another process finds it, which has imported nothing
    code = (
        "import sys; from blocktune.backbones.function import import_module; import_module('theirs'); import keras;"
        "model = keras.saving.load_model('model.keras'); print(float(model.get_layer('scale').gain[0]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)
    assert done.stdout.split() == ["2.0"], done.stderr
