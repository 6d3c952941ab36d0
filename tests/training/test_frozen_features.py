"""Features of a frozen backbone: its averaged output in inference mode, whatever the batch."""

import keras
import numpy as np
import pytest
from test_train import SIZE, make_images

from blocktune.backbones.build import build_backbone
from blocktune.backbones.pixels import pixel_transform
from blocktune.settings.backbone import Backbone
from blocktune.training.freeze import unfreeze_only
from blocktune.training.frozen_features import features

UNIT = pixel_transform("TinyResidual", "unit")


@pytest.fixture(scope="module")
def backbone():
    return build_backbone(Backbone(name="TinyResidual", weights="none"), SIZE, 7)


def test_the_averaged_output_of_the_rows_asked_for(backbone, tmp_path):
    images, rows = make_images().images, np.array([40, 3, 17, 0, 5])
    # Where all layers train, a model that is called in training mode would use the batch's statistics
    unfreeze_only(backbone, range(len(backbone.layers)))
    before = [weight.numpy().copy() for weight in backbone.weights]
    np.save(tmp_path / "images.npy", images)
    found = features(backbone, np.load(tmp_path / "images.npy", mmap_mode="r"), rows, UNIT, batch_size=2)
    by_hand = keras.ops.convert_to_numpy(backbone(UNIT(images[rows]), training=False)).mean(axis=(1, 2))
    assert found.dtype == np.float32
    assert found.shape == (5, backbone.output_shape[-1])
    np.testing.assert_allclose(found, by_hand, rtol=1e-4, atol=1e-6)
    assert all(np.array_equal(old, new.numpy()) for old, new in zip(before, backbone.weights, strict=True))


def test_a_image_has_the_same_features_whichever_others_come_along(backbone):
    images = make_images().images
    together = features(backbone, images, np.arange(42), UNIT)
    np.testing.assert_allclose(features(backbone, images, np.array([9]), UNIT)[0], together[9], rtol=1e-4, atol=1e-6)
    assert features(backbone, images, np.arange(0), UNIT).shape == (0, together.shape[1])
