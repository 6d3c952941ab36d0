"""A saved network of the user's own that can't be tuned layer by layer, or holds code: one error, and nothing runs."""

import zipfile
from pathlib import Path

import keras
import pytest
from keras import layers
from networks import plain, with_top
from own_networks import PICTURES, SIZE, complaint, saved

from blocktune.backbones import own
from blocktune.backbones.saved import check_saved
from blocktune.errors import BlocktuneError


def two_inputs():
    one, two = keras.Input((SIZE, SIZE, 3)), keras.Input((SIZE, SIZE, 3))
    return keras.Model([one, two], layers.Conv2D(3, 3)(one + two))


def two_outputs():
    inputs = keras.Input((SIZE, SIZE, 3))
    return keras.Model(inputs, [layers.Conv2D(3, 3)(inputs), inputs])


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
        (two_outputs, ["2 outputs", "keras.Model(model.input, model.outputs[1])"]),
        (called_twice, ["'shared' is called 2 times"]),
        (half_precision, ["'half' computes in mixed_float16", "float32"]),
        (without_weights, ["nothing to unfreeze"]),
        (lambda: plain(64), ["images of 64 x 64 pixels, but data.image_size is 32", "--image-size"]),
        (lambda: of((SIZE, SIZE, 1)), ["takes (32, 32, 1); images (height, width, 3) are needed"]),
        (lambda: of((SIZE, SIZE, 3), batch_size=4), ["takes exactly 4 images at a time"]),
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
