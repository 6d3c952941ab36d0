"""A network of the user's own: what is taken, what it becomes, and what is said of the others."""

import sys
import textwrap
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

sys.path.insert(0, str(Path(__file__).parent))

from networks import plain, with_top

from blocktune.backbones import own
from blocktune.backbones.build import build_backbone
from blocktune.backbones.graph import architecture_digest
from blocktune.backbones.inspect import layer_table
from blocktune.backbones.own import seed_random_layers
from blocktune.backbones.saved import check_saved
from blocktune.backbones.weights import weights_digest
from blocktune.errors import BlocktuneError
from blocktune.settings.backbone import Backbone
from blocktune.settings.own import ALLOW_CODE

SIZE = 32
PICTURES = np.random.default_rng(0).uniform(0, 1, (2, SIZE, SIZE, 3)).astype(np.float32)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory, where no code may run unless a test allows it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(ALLOW_CODE, raising=False)
    forget_theirs()
    yield tmp_path
    forget_theirs()


def forget_theirs():
    """Another test's module of that name must not pass for this one's."""
    for name in [name for name in sys.modules if name.startswith("theirs")]:
        del sys.modules[name]


@pytest.fixture
def theirs(folder, monkeypatch):
    """`theirs("def net(input_shape): ...")` writes the user's module `theirs` and allows its code."""
    monkeypatch.setenv(ALLOW_CODE, "1")

    def write(code, file="theirs.py"):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import keras\nfrom keras import layers\n" + textwrap.dedent(code), encoding="utf-8")

    return write


def made(name, size=SIZE, seed=1, **entry):
    return build_backbone(Backbone(name=name, native="unit", **entry), size, seed)


def saved(model, name="mine.keras"):
    model.save(name)
    return name


def complaint(name, **given):
    with pytest.raises(BlocktuneError) as raised:
        made(name, **given)
    said = str(raised.value)
    assert len(said.splitlines()) == 1 and name.partition(":")[0] in said
    return said


# ------------------------------------------------------------------------------------------------------------------
# saved models that are taken


def test_a_saved_model_is_the_same_network(folder):
    model = plain()
    network = made(saved(model))
    np.testing.assert_array_equal(np.asarray(network(PICTURES)), np.asarray(model(PICTURES)))
    assert [layer.name for layer in network.layers] == [layer.name for layer in model.layers]
    assert weights_digest(network) == weights_digest(model)


def test_a_model_for_any_size_gets_the_studys(folder):
    model = plain(None)
    network = made(saved(model), size=48)
    assert network.input_shape == (None, 48, 48, 3) and network.output_shape == (None, 6, 6, 8)
    assert weights_digest(network) == weights_digest(model)


def test_a_sequential_model_becomes_one_with_a_graph(folder):
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), layers.Conv2D(4, 3), layers.ReLU(), layers.Conv2D(5, 3)])
    network = made(saved(model))
    np.testing.assert_array_equal(np.asarray(network(PICTURES)), np.asarray(model(PICTURES)))
    entry = Backbone(name="mine.keras", native="unit")
    table = layer_table(network, entry, seed=1)
    assert [layer.type for layer in table.layers] == ["InputLayer", "Conv2D", "ReLU", "Conv2D"]
    assert all(layer.cut for layer in table.layers)


def test_what_was_frozen_when_it_was_saved_can_be_tuned(folder):
    model = plain()
    model.trainable = False
    network = made(saved(model))
    assert len(network.trainable_weights) == len(plain().trainable_weights) > 0


def test_operations_between_layers_are_kept(folder):
    inputs = keras.Input((SIZE, SIZE, 3), name="pictures")
    x = layers.Conv2D(3, 3, padding="same", name="first")(inputs)
    model = keras.Model(inputs, layers.Conv2D(2, 3, name="last")(keras.ops.relu(x) + inputs * 2.0))
    network = made(saved(model))
    np.testing.assert_array_equal(np.asarray(network(PICTURES)), np.asarray(model(PICTURES)))
    cuts = {layer.name: layer.cut for layer in layer_table(network, Backbone(name="m.keras", native="tf"), 1).layers}
    assert cuts == {"pictures": True, "first": False, "last": True}


# ------------------------------------------------------------------------------------------------------------------
# what it is


def identity(model):
    return architecture_digest(model), weights_digest(model)


def test_names_do_not_make_another_network(folder):
    model, renamed = plain(), plain(names="other")
    renamed.set_weights(model.get_weights())
    assert identity(made(saved(model))) == identity(made(saved(renamed, "other.keras")))


@pytest.mark.parametrize("change", ["strides", "activation", "reads"])
def test_layers_with_the_same_weights_are_another_network_if_they_do_something_else(folder, change):
    def network(strides=1, activation="relu", reads="first"):
        inputs = keras.Input((SIZE, SIZE, 3))
        first = layers.Conv2D(3, 3, padding="same", strides=strides, activation=activation)(inputs)
        other = layers.ReLU()(first)
        return keras.Model(inputs, layers.Conv2D(4, 3)(other if reads == "other" else first))

    one, other = network(), network(**{change: {"strides": 2, "activation": "gelu", "reads": "other"}[change]})
    other.set_weights(one.get_weights())
    first, second = identity(made(saved(one))), identity(made(saved(other, "other.keras")))
    assert first[1] == second[1] and first[0] != second[0]


def test_random_layers_begin_where_the_run_says_and_not_where_the_file_does(folder):
    def draws(name, seed):
        keras.utils.set_random_seed(9)
        network = made(name)
        seed_random_layers(network, seed)
        return np.asarray(network(PICTURES, training=True))

    model = plain()
    first = saved(model)
    model(PICTURES, training=True)  # moves the dropout's state
    model.get_layer("conv_bn").set_weights(plain().get_layer("conv_bn").get_weights())
    second = saved(model, "second.keras")
    np.testing.assert_array_equal(draws(first, 1), draws(second, 1))
    assert not np.array_equal(draws(first, 1), draws(first, 2))


def test_a_layer_with_dropout_inside_is_random(theirs):
    theirs("""
    @keras.saving.register_keras_serializable("theirs")
    class Drop(layers.Layer):
        def __init__(self, **given):
            super().__init__(**given)
            self.inner = layers.Dropout(0.5)

        def call(self, x, training=False):
            return self.inner(x, training=training)

    def net(input_shape):
        inputs = keras.Input(input_shape)
        return keras.Model(inputs, layers.ReLU()(Drop()(layers.Conv2D(4, 3)(inputs))))
    """)
    entry = Backbone(name="theirs:net", native="unit")
    table = layer_table(build_backbone(entry, SIZE, 1), entry, 1)
    assert [layer.random for layer in table.layers] == [False, False, True, False]


# ------------------------------------------------------------------------------------------------------------------
# saved models that are not taken


def two_inputs():
    one, two = keras.Input((SIZE, SIZE, 3)), keras.Input((SIZE, SIZE, 3))
    return keras.Model([one, two], layers.Conv2D(3, 3)(one + two))


def two_outputs():
    inputs = keras.Input((SIZE, SIZE, 3))
    return keras.Model(inputs, [layers.Conv2D(3, 3)(inputs), inputs])


def nested():
    inputs = keras.Input((SIZE, SIZE, 3))
    inner = plain()
    inner.name = "inner"
    return keras.Model(inputs, layers.Conv2D(3, 3, padding="same")(inner(inputs)))


def called_twice():
    inputs = keras.Input((SIZE, SIZE, 3))
    shared = layers.Conv2D(3, 3, name="shared")
    return keras.Model(inputs, shared(shared(inputs)))


def half_precision():
    inputs = keras.Input((SIZE, SIZE, 3))
    return keras.Model(inputs, layers.Conv2D(3, 3, dtype="mixed_float16", name="half")(inputs))


def without_weights():
    inputs = keras.Input((SIZE, SIZE, 3))
    return keras.Model(inputs, layers.MaxPooling2D()(inputs))


def of(shape, **given):
    inputs = keras.Input(shape, **given)
    return keras.Model(inputs, layers.Conv2D(3, 3)(inputs))


def named(name):
    inputs = keras.Input((SIZE, SIZE, 3))
    return keras.Model(inputs, layers.Conv2D(3, 3, name=name)(inputs))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (with_top, ["gives (5,), no map", "its top on", "model.get_layer('conv_drop').output"]),
        (two_inputs, ["2 inputs"]),
        (two_outputs, ["2 outputs"]),
        (nested, ["a whole model as a layer, 'inner'", "get_layer('inner')"]),
        (called_twice, ["'shared' is called 2 times"]),
        (half_precision, ["'half' computes in mixed_float16", "float32"]),
        (without_weights, ["nothing to unfreeze"]),
        (lambda: plain(64), ["pictures of 64 x 64 pixels, but data.image_size is 32", "--image-size"]),
        (lambda: of((SIZE, SIZE, 1)), ["takes (32, 32, 1); pictures (height, width, 3) are needed"]),
        (lambda: of((SIZE, SIZE, 3), batch_size=4), ["takes exactly 4 pictures at a time"]),
        (lambda: of((SIZE, SIZE, 3), dtype="uint8"), ["takes uint8"]),
        (lambda: named("head"), ["'head' has the name of the new classifier"]),
        (lambda: named("a;b"), ["semicolon"]),
        (lambda: keras.Sequential([layers.Conv2D(3, 3)]), ["a Sequential model without an input"]),
    ],
    ids=lambda given: getattr(given, "__name__", None) if callable(given) else None,
)
@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built")
def test_a_model_that_can_not_be_tuned_layer_by_layer_is_one_error(folder, model, said):
    message = complaint(saved(model()))
    assert [words for words in said if words not in message] == []


class Unknown(layers.Layer):
    def call(self, x):
        return x


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(3, 3)

    def call(self, x):
        return self.conv(x)


def unknown_layer():
    inputs = keras.Input((SIZE, SIZE, 3))
    return keras.Model(inputs, Unknown()(layers.Conv2D(3, 3)(inputs)))


def subclassed():
    model = Subclassed()
    model(PICTURES)
    return model


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (unknown_layer, ["Keras does not know: Unknown", "module:function"]),
        (subclassed, ["a Subclassed", "functional"]),
    ],
)
def test_classes_that_keras_does_not_know_are_named_without_loading(folder, model, said):
    name = saved(model())
    with pytest.raises(BlocktuneError) as raised:
        check_saved(Path(name))
    assert [words for words in said if words not in str(raised.value)] == []


def test_a_file_that_is_no_saved_model_is_named(folder):
    whole = Path(saved(plain())).read_bytes()
    files = {
        "text.keras": b"no model",
        "half.keras": whole[: len(whole) // 2],
        "flipped.keras": whole[:6000] + bytes([whole[6000] ^ 255]) + whole[6001:],
    }
    for name, content in files.items():
        Path(name).write_bytes(content)
    with zipfile.ZipFile("other.keras", "w") as archive:
        archive.writestr("notes.txt", "no model")
    assert "is no .keras file" in complaint("text.keras")
    assert "truncated or damaged" in complaint("half.keras")
    assert "is damaged" in complaint("flipped.keras")
    assert "zip file without a Keras model" in complaint("other.keras")
    assert "looked for" in complaint("nowhere.keras")


def test_code_in_a_saved_model_never_runs(folder, monkeypatch):
    inputs = keras.Input((SIZE, SIZE, 3))
    writes = layers.Lambda(lambda x: (Path("ran").touch(), x)[1])
    name = saved(keras.Model(inputs, layers.Conv2D(3, 3)(writes(inputs))))
    # Building it ran the code, and loading it would
    Path("ran").unlink()
    assert "holds a Lambda" in complaint(name)
    # Nor would it without our own look at the file: Keras loads in its safe mode
    monkeypatch.setattr(own, "check_saved", lambda path: None)
    assert "Requested the deserialization of a `Lambda`" in complaint(name)
    assert not Path("ran").exists()


def test_layers_that_run_or_read_what_is_elsewhere_are_refused(folder):
    inputs = keras.Input((SIZE, SIZE, 3))
    name = saved(keras.Model(inputs, layers.Conv2D(3, 3)(inputs)))
    with zipfile.ZipFile(name) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    members["config.json"] = members["config.json"].replace(b'"Conv2D"', b'"TFSMLayer"')
    with zipfile.ZipFile(name, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    assert "holds TFSMLayer, which runs code or reads other files" in complaint(name)


# ------------------------------------------------------------------------------------------------------------------
# functions


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
            "class Mine(layers.Layer):\n    def call(self, x):\n        return x\n"
            "def net(input_shape):\n    inputs = keras.Input(input_shape)\n"
            "    return keras.Model(inputs, Mine(name='x')(layers.Conv2D(3, 3)(inputs)))",
            "theirs:net",
            ["layer 'x' is a Mine", "register_keras_serializable"],
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
