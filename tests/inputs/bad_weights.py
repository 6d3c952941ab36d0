"""Weights and models that are none: a row is a name, what makes the file from a good one, what is said."""

import io
import json
import zipfile

import h5py
import numpy as np


def bytes_of(change):
    """A file that is damaged as a row of bytes."""

    def make(good, file):
        file.write_bytes(change(good.read_bytes()))

    return make


def inside(change, new=False):
    """A copy of a good HDF5 file that is changed as HDF5; `change(file, array)` gets the name of an array in it."""

    def make(good, file):
        file.write_bytes(good.read_bytes())
        with h5py.File(file, "r+") as content:
            names = []
            content.visititems(lambda name, entry: names.append(name) if isinstance(entry, h5py.Dataset) else None)
            change(content, names[0])

    return make


def replace(file, name, **options):
    """Put another array in the place of one."""
    shape, kind = file[name].shape, file[name].dtype
    del file[name]
    return file.create_dataset(name, **{"shape": shape, "dtype": kind, **options})


def external_link(file, name):
    del file[name]
    file[name] = h5py.ExternalLink("/etc/hostname", "/x")


def soft_link(file, name):
    del file[name]
    file[name] = h5py.SoftLink("/")


def virtual(file, name):
    shape = file[name].shape
    layout = h5py.VirtualLayout(shape, np.float32)
    layout[...] = h5py.VirtualSource("/tmp/other.h5", "x", shape)
    del file[name]
    file.create_virtual_dataset(name, layout)


def external_array(file, name):
    replace(file, name, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def bomb(file, name):
    replace(file, name, shape=(2**20, 2**14), chunks=(2**10, 2**10), compression="gzip")


def not_finite(file, name):
    file[name][...] = np.nan


def transposed(file, name):
    replace(file, name, data=np.zeros((*file[name].shape[::-1], 2)), shape=None)


def without(file, name):
    del file[name]


def words(file, name):
    shape = file[name].shape
    replace(file, name, data=np.full(shape, b"word"), shape=None, dtype="S4")


HALF, NONE = "is truncated or damaged", "was not made for TinyPlain without its top"
DAMAGED = [
    ("empty weights", bytes_of(lambda content: b""), ["is no HDF5 file"]),
    ("a web page", bytes_of(lambda content: b"<!doctype html><title>404</title>"), ["is no HDF5 file", ".weights.h5"]),
    ("a pickle", bytes_of(lambda content: b"\x80\x04cposix\nsystem\n(S'touch pwned'\ntR."), ["is no HDF5 file"]),
    ("half of the weights", bytes_of(lambda content: content[: len(content) // 2]), [HALF]),
    ("the head of the weights", bytes_of(lambda content: content[:100]), [HALF]),
    ("zeros in the middle", bytes_of(lambda content: content[:200] + b"\0" * 3000 + content[3200:]), []),
    ("no array", inside(without), [NONE]),
    ("an array of another shape", inside(transposed), [NONE]),
    ("words for numbers", inside(words), [NONE]),
    ("numbers that are none", inside(not_finite), ["holds numbers that are not finite", "nothing can be trained"]),
    ("a link to another file", inside(external_link), ["is refused", "is a link (ExternalLink)"]),
    ("a link inside", inside(soft_link), ["is refused", "is a link (SoftLink)"]),
    ("an array in /etc/passwd", inside(external_array), ["is refused", "lies in another file"]),
    ("an array made of other files", inside(virtual), ["is refused", "lies in another file"]),
    ("an array that swells", inside(bomb), ["is refused", "claims 68,719,476,736 bytes", "are stored"]),
]


def rezipped(change):
    """A copy of a good .keras file whose members are changed; `change` gets them as a dictionary."""

    def make(good, file):
        with zipfile.ZipFile(good) as packed:
            members = {name: packed.read(name) for name in packed.namelist()}
        members = change(members) or members
        with zipfile.ZipFile(file, "w") as packed:
            for name, content in members.items():
                packed.writestr(name, content)

    return make


def with_layer(layer, place=1):
    """A model in whose place of a layer another one stands."""

    def change(members):
        config = json.loads(members["config.json"])
        layers = config["config"]["layers"]
        layers[place] |= layer
        layers[place]["config"] = layer.get("config", layers[place]["config"])
        members["config.json"] = json.dumps(config).encode()

    return rezipped(change)


def with_config(text):
    return rezipped(lambda members: {**members, "config.json": text})


def with_weights(change):
    """A model whose weights are changed as HDF5."""

    def edit(members):
        buffer = io.BytesIO(members["model.weights.h5"])
        with h5py.File(buffer, "r+") as content:
            names = []
            content.visititems(lambda name, entry: names.append(name) if isinstance(entry, h5py.Dataset) else None)
            change(content, names[0])
        return {**members, "model.weights.h5": buffer.getvalue()}

    return rezipped(edit)


def builtin(name, **config):
    return {"module": "keras.layers", "class_name": name, "registered_name": None, "config": config}


LAMBDA = {
    "class_name": "__lambda__",
    "config": {"value": {"code": "4wEAAAA=", "defaults": None, "closure": None}},
}
GADGET = {"module": "keras.utils", "class_name": "get_file", "registered_name": "get_file", "config": "get_file"}
UNSAFE = {"module": "keras.config", "class_name": "function", "registered_name": "function"}
UNSAFE["config"] = "enable_unsafe_deserialization"
SYSTEM = {"module": "os", "class_name": "function", "registered_name": "function", "config": "system"}
NO_MODEL, REFUSED = "is no model that blocktune exported", "is refused: it holds"
MODELS = [
    ("an empty model", bytes_of(lambda content: b""), [NO_MODEL, "a .keras file is needed"]),
    ("a text", bytes_of(lambda content: b"no model"), [NO_MODEL, "a .keras file is needed"]),
    ("half a model", bytes_of(lambda content: content[: len(content) // 2]), [NO_MODEL]),
    ("a model without its middle", bytes_of(lambda content: content[:900] + b"\0" * 900 + content[1800:]), [NO_MODEL]),
    (
        "a zip of something else",
        rezipped(lambda members: {"a.txt": b"x"}),
        [NO_MODEL, "it holds a.txt; allowed: config"],
    ),
    ("a model with assets", rezipped(lambda members: {**members, "assets/x": b""}), [NO_MODEL, "it holds assets/x"]),
    (
        "weights as NumPy",
        rezipped(lambda members: {**members, "model.weights.npz": b""}),
        [NO_MODEL, "model.weights.npz"],
    ),
    ("a name outside", rezipped(lambda members: {**members, "../../evil": b""}), [NO_MODEL, "../../evil"]),
    (
        "no weights",
        rezipped(lambda members: {k: v for k, v in members.items() if "h5" not in k}),
        [NO_MODEL, "it holds config"],
    ),
    ("no JSON", with_config(b"{"), [NO_MODEL, "truncated or damaged"]),
    ("JSON without end", with_config(b"[" * 100_000), [NO_MODEL, "nested too deep"]),
    ("an empty configuration", with_config(b"{}"), [NO_MODEL]),
    (
        "a Lambda layer",
        with_layer(builtin("Lambda", function=LAMBDA)),
        [REFUSED, "keras.layers.Lambda", "can run code"],
    ),
    ("a lambda in a layer", with_layer({"config": {"activation": LAMBDA}}), [REFUSED, "__lambda__"]),
    ("a SavedModel as layer", with_layer(builtin("TFSMLayer", filepath="/tmp/x")), [REFUSED, "TFSMLayer"]),
    ("a PyTorch module", with_layer(builtin("TorchModuleWrapper", module="x")), [REFUSED, "TorchModuleWrapper"]),
    (
        "a layer of one's own",
        with_layer({"module": "mine", "class_name": "L", "registered_name": "p>L"}),
        [REFUSED, "mine.L"],
    ),
    ("a registered name", with_layer({"registered_name": "mine>Resizing"}), [REFUSED, "Resizing"]),
    ("a function of the system", with_layer({"config": {"activation": SYSTEM}}), [REFUSED, "os.function"]),
    ("a download", with_layer({"config": {"activation": GADGET}}), [REFUSED, "keras.utils.get_file"]),
    ("safe mode switched off", with_layer({"config": {"activation": UNSAFE}}), [REFUSED, "keras.config.function"]),
    (
        "a vocabulary of another file",
        with_layer(builtin("StringLookup", vocabulary="/etc/passwd")),
        [REFUSED, "StringLookup"],
    ),
    ("a layer that Keras lacks", with_layer(builtin("Dance")), [NO_MODEL, "Dance"]),
    ("weights elsewhere", with_weights(external_link), ["is refused: model.weights.h5", "ExternalLink"]),
    ("weights in /etc/passwd", with_weights(external_array), ["is refused: model.weights.h5", "lies in another file"]),
    ("weights that swell", with_weights(bomb), ["is refused: model.weights.h5", "claims"]),
    ("weights that are missing", with_weights(without), [NO_MODEL]),
    ("weights of another shape", with_weights(transposed), [NO_MODEL]),
]
