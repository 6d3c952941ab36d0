"""From stored pixels to what each network's weights were trained on."""

import importlib

import numpy as np
import pytest

from blocktune.backbones.pixels import pixel_transform
from blocktune.settings.architectures import ARCHITECTURES

PICTURES = np.random.default_rng(5).integers(0, 256, (2, 7, 9, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", [name for name, facts in ARCHITECTURES.items() if not facts.tiny])
def test_native_is_what_keras_itself_does_for_that_network(name):
    import keras

    module = importlib.import_module(getattr(keras.applications, name).__module__)
    expected = module.preprocess_input(PICTURES.astype(np.float32), data_format="channels_last")
    fed = pixel_transform(name, "native")(PICTURES)
    assert fed.dtype == np.float32
    np.testing.assert_allclose(fed, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["TinyPlain", "TinyResidual"])
def test_the_tiny_networks_are_trained_on_0_to_1(name):
    np.testing.assert_array_equal(pixel_transform(name, "native")(PICTURES), pixel_transform(name, "unit")(PICTURES))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_unit_is_0_to_1_for_every_network(name):
    fed = pixel_transform(name, "unit")(np.array([[[[0, 255, 51]]]], np.uint8))
    assert fed.dtype == np.float32
    np.testing.assert_allclose(fed.ravel(), [0, 1, 0.2], rtol=1e-6)


@pytest.mark.parametrize("pixel_range", ["unit", "native"])
def test_stored_pixels_stay_as_they_are(pixel_range):
    stored = PICTURES.copy()
    for name in ARCHITECTURES:
        pixel_transform(name, pixel_range)(stored)
    np.testing.assert_array_equal(stored, PICTURES)
