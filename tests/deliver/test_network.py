"""The delivered model computes what the training computed, for every range, and needs nothing but Keras to load."""

import numpy as np
import pytest

from blocktune.backbones.pixels import pixel_transform


@pytest.fixture(scope="module")
def tiny():
    from blocktune.backbones.build import build_backbone
    from blocktune.settings.backbone import Backbone
    from blocktune.settings.head import Head
    from blocktune.training.head import build_head

    backbone = build_backbone(Backbone(name="TinyResidual", weights="none"), 16, 3)
    return backbone, build_head(backbone.output_shape[1:], 3, Head(units=(8, 8)), 1)


def pixels(size=16, count=5):
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), np.uint8)


@pytest.mark.parametrize(
    "name", ["TinyPlain", "MobileNet", "VGG16", "DenseNet121", "MobileNetV3Small"], ids=lambda name: f"as {name}"
)
def test_the_range_inside_is_that_of_the_training(tiny, name):
    from blocktune.deliver.network import deliverable

    model = deliverable(*tiny, name, "native")
    found = np.asarray(model.get_layer("range")(pixels().astype(np.float32)))
    np.testing.assert_allclose(found, pixel_transform(name, "native")(pixels()), rtol=1e-5, atol=1e-4)


def test_predictions_are_those_of_backbone_and_head(tiny):
    from blocktune.deliver.network import deliverable

    backbone, head = tiny
    model = deliverable(backbone, head, "TinyResidual", "unit")
    expected = head.predict_on_batch(backbone.predict_on_batch(pixel_transform("TinyResidual", "unit")(pixels())))
    np.testing.assert_allclose(model.predict_on_batch(pixels().astype(np.float32)), expected, rtol=1e-5, atol=1e-6)


def test_a_loaded_model_takes_pictures_of_any_size(tiny, tmp_path):
    import keras

    from blocktune.deliver.network import deliverable, input_size

    model = deliverable(*tiny, "VGG16", "native")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    assert input_size(loaded) == 16
    for size in (1, 16, 50):
        found = np.asarray(loaded.predict_on_batch(pixels(size).astype(np.float32)))
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    same = pixels().astype(np.float32)
    np.testing.assert_array_equal(loaded.predict_on_batch(same), model.predict_on_batch(same))


def test_a_model_that_is_called_predicts(tiny):
    from blocktune.deliver.network import deliverable

    # Keras' Resizing asks for training by default, and all that comes behind it would listen
    model = deliverable(*tiny, "TinyResidual", "unit")
    pictures = pixels().astype(np.float32)
    np.testing.assert_array_equal(np.asarray(model(pictures)), model.predict_on_batch(pictures))
