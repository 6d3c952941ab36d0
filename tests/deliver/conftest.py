import json

import numpy as np
import pytest
from PIL import Image

SIZE = 16


@pytest.fixture(scope="session")
def delivered(tmp_path_factory):
    """A folder with a model that tells bright from dark pictures, and its labels."""
    import keras

    from blocktune.deliver.network import deliverable

    folder = tmp_path_factory.mktemp("model")
    features = keras.Input((SIZE, SIZE, 3))
    backbone = keras.Model(features, keras.layers.AveragePooling2D(SIZE)(features))
    inputs = keras.Input((1, 1, 3))
    dense = keras.layers.Dense(2, activation="softmax")
    head = keras.Model(inputs, dense(keras.layers.Flatten()(inputs)))
    dense.set_weights([np.array([[-4, 4]] * 3, np.float32), np.array([6, -6], np.float32)])
    deliverable(backbone, head, "TinyPlain", "unit").save(folder / "model.keras")
    (folder / "labels.json").write_text(json.dumps(["dark", "bright"]))
    return folder


@pytest.fixture
def pictures(tmp_path):
    """Class folders with pictures of every kind: odd names, sizes and modes; one is broken."""

    def picture(name, level, size=(20, 30), mode="RGB"):
        path = tmp_path / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (level,) * 3).convert(mode).save(path)

    picture("bright/a b.png", 250)
    picture("bright/ü.jpg", 240, size=(1, 1))
    picture("bright/wide.png", 230, size=(900, 3))
    picture("dark/grey.png", 10, mode="L")
    picture("dark/print.jpg", 20, mode="CMYK")
    picture("dark/moving.gif", 5, mode="P")
    picture("dark/mistaken.png", 255)
    (tmp_path / "pictures" / "dark" / "text.jpg").write_text("no picture")
    return tmp_path / "pictures"
