"""What tuning changed: hand-worked changes of weights, alignment of known features, and a real training."""

import keras
import numpy as np
import pytest
from test_train import SIZE, make_images, trained

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.settings.backbone import Backbone
from blocktune.training.freeze import FrozenWeightsChangedError, unfreeze_only
from blocktune.training.measures import Before, cka_by_layer, linear_cka, weight_changes

ENTRY = Backbone(name="TinyResidual", weights="none")
CONV, NORM = 7, 8  # the residual block's second convolution and the BatchNormalization behind it
PICTURES = make_images(20).images.astype(np.float32) / 255


def tiny(name="TinyResidual"):
    return build_backbone(Backbone(name=name, weights="none"), SIZE, 7)


def changes(before, backbone, unfrozen):
    return {record["layer"]: record for record in weight_changes(before, backbone, unfrozen)}


def test_one_record_for_each_layer_with_weights_and_nothing_moved():
    backbone = tiny()
    weighted = [layer.index for layer in layer_table(backbone, ENTRY, 7).layers if layer.weighted]
    # Also where everything is frozen at the moment
    unfreeze_only(backbone, ())
    records = weight_changes(Before(backbone), backbone, ())
    assert [record["layer"] for record in records] == weighted
    for record in records:
        is_norm = isinstance(backbone.layers[record["layer"]], keras.layers.BatchNormalization)
        assert (record["relative_change"], record["cosine"], record["unfrozen"]) == (0.0, 1.0, False)
        assert (record["bn_mean_shift"], record["bn_variance_shift"]) == ((0.0, 0.0) if is_norm else (None, None))


def test_changes_worked_out_by_hand():
    backbone = tiny("TinyPlain")
    longer, turned, opposite = (backbone.get_layer(f"block{block}_conv1") for block in (1, 2, 3))
    begun = backbone.get_layer("block3_conv2")
    turned.kernel.assign(np.eye(1, turned.kernel.shape[-1])[0] * np.ones(turned.kernel.shape))
    begun.kernel.assign(np.zeros(begun.kernel.shape))
    before = Before(backbone)
    longer.kernel.assign(1.25 * longer.kernel.numpy())
    # As long as before, at a right angle: other channels, nothing in common
    turned.kernel.assign(np.roll(turned.kernel.numpy(), 1, axis=-1))
    opposite.kernel.assign(-opposite.kernel.numpy())
    begun.bias.assign(np.ones(begun.bias.shape))
    found = {record["name"]: record for record in weight_changes(before, backbone, range(10))}
    expected = {
        longer.name: (0.25, 1.0),
        turned.name: (np.sqrt(2), 0.0),
        opposite.name: (2.0, -1.0),
        begun.name: (None, None),  # nothing can be relative to zeros
        "block1_conv2": (0.0, 1.0),
    }
    for name, (relative, cosine) in expected.items():
        assert found[name]["relative_change"] == (relative if not relative else pytest.approx(relative, rel=1e-6))
        assert found[name]["cosine"] == (None if cosine is None else pytest.approx(cosine, abs=1e-9))


def test_gamma_and_beta_count_as_weights_and_statistics_have_their_own_numbers():
    backbone = tiny()
    layer = backbone.layers[NORM]
    channels = layer.gamma.shape[0]
    layer.moving_variance.assign(np.full(channels, 4 - layer.epsilon))
    before = Before(backbone)
    shift = np.linspace(-3, 3, channels)
    layer.moving_mean.assign(shift)
    layer.moving_variance.assign(np.where(np.arange(channels) % 2, 4 * np.e, 4 / np.e) - layer.epsilon)
    record = changes(before, backbone, [NORM])[NORM]
    assert record["bn_mean_shift"] == pytest.approx(np.abs(shift).mean() / 2, rel=1e-6)
    assert record["bn_variance_shift"] == pytest.approx(1, rel=1e-6)
    assert (record["relative_change"], record["cosine"]) == (0.0, 1.0)
    # Gamma was all ones and beta all zeros: a vector of length sqrt(channels)
    layer.beta.assign(np.full(channels, 0.5))
    record = changes(before, backbone, [NORM])[NORM]
    assert record["relative_change"] == pytest.approx(0.5)
    assert record["cosine"] == pytest.approx(1 / np.sqrt(1.25))


def test_numbers_that_are_none_and_frozen_layers_that_moved():
    backbone = tiny()
    before = Before(backbone)
    kernel = backbone.layers[CONV].kernel
    kernel.assign(np.full(kernel.shape, np.nan))
    record = changes(before, backbone, [CONV])[CONV]
    assert (record["relative_change"], record["cosine"]) == (None, None)
    with pytest.raises(FrozenWeightsChangedError, match="block_conv2"):
        weight_changes(before, backbone, [NORM])


def test_of_a_real_training_only_what_trained_moved_and_features_part_from_there_on():
    before, unfrozen = Before(tiny()), (CONV, NORM)
    _, tuned = trained("TinyResidual", *unfrozen)
    for index, record in changes(before, tuned, unfrozen).items():
        if index in unfrozen:
            assert record["unfrozen"]
            assert 0 < record["relative_change"] < 1
            assert 0 < record["cosine"] < 1
        else:
            assert (record["relative_change"], record["cosine"]) == (0.0, 1.0)
            assert not record["bn_mean_shift"]
            assert not record["bn_variance_shift"]
    assert changes(before, tuned, unfrozen)[NORM]["bn_mean_shift"] > 0
    layers = range(len(tuned.layers))
    found = cka_by_layer(tiny(), tuned, layers, PICTURES, batch_size=8)
    assert found[:CONV] == pytest.approx([1] * CONV, abs=1e-9)
    assert all(0 < value < 1 - 1e-6 for value in found[CONV:])


def test_alignment_worked_out_by_hand():
    # Each axis there and back: kernels hold -1 for such a pair, else 0. Unbiased, times 18: 4.8 of all three axes with
    # themselves, 1.2 of one, 1.6 of one with all, 0.2 of two different ones
    axes = np.repeat(np.eye(3, dtype=np.float32), 2, axis=0) * np.tile([[1], [-1]], (3, 1))
    assert linear_cka(axes, axes[:, :1]) == pytest.approx(1.6 / np.sqrt(4.8 * 1.2), abs=1e-12)
    assert linear_cka(axes[:, :1], axes[:, 1:2]) == pytest.approx(0.2 / 1.2, abs=1e-12)
    # Features that are always zero change nothing
    wide = np.hstack([axes, np.zeros((6, 5))])
    assert linear_cka(wide, axes[:, :1]) == pytest.approx(1.6 / np.sqrt(4.8 * 1.2), abs=1e-12)


@pytest.mark.parametrize("features", [4, 64, 256])
def test_independent_features_have_nothing_in_common_however_many_there_are(features):
    generator = np.random.default_rng(2)
    found = [linear_cka(*generator.normal(size=(2, 64, features))) for _ in range(40)]
    # The plain estimate says 0.06, 0.5 and 0.8
    assert abs(np.mean(found)) < 0.015 and min(found) < 0


@pytest.mark.parametrize("features", [5, 80], ids=["more images", "more features"])
def test_alignment_ignores_turns_shifts_and_scale(features):
    generator = np.random.default_rng(1)
    x = generator.normal(size=(40, features)).astype(np.float32)
    turn = np.linalg.qr(generator.normal(size=(features, features)))[0]
    assert linear_cka(x, x) == pytest.approx(1, abs=1e-9)
    assert linear_cka(x, 7 * (x @ turn) - 3) == pytest.approx(1, abs=1e-6)
    nearer, farther = (x + spread * generator.normal(size=x.shape) for spread in (0.5, 2))
    assert 1 - 1e-3 > linear_cka(x, nearer) > linear_cka(x, farther)
    assert linear_cka(x, nearer) == pytest.approx(linear_cka(nearer, x), abs=1e-12)


def test_alignment_of_constant_features_is_none_and_of_other_images_an_error():
    x = np.random.default_rng(1).normal(size=(40, 5))
    assert np.isnan(linear_cka(x, np.full((40, 3), 0.1)))
    assert np.isnan(linear_cka(x, np.where(x > 2, np.inf, x)))
    with pytest.raises(ValueError, match=r"\(40, 5\) and \(39, 5\)"):
        linear_cka(x, x[1:])
    with pytest.raises(ValueError, match="the same 4 or more images"):
        linear_cka(x[:3], x[:3])
    backbone = tiny("TinyPlain")
    dead = backbone.get_layer("block2_conv1")
    dead.kernel.assign(np.zeros(dead.kernel.shape))
    place = backbone.layers.index(dead)
    assert cka_by_layer(backbone, tiny("TinyPlain"), [place, 1], PICTURES) == [None, pytest.approx(1, abs=1e-9)]
    assert cka_by_layer(backbone, backbone, [], PICTURES) == []
    assert cka_by_layer(backbone, backbone, [1, 2], PICTURES[:3]) == [None, None]


def test_outputs_are_averaged_over_positions():
    backbone, other = tiny("TinyPlain"), tiny("TinyPlain")
    for layer in other.layers:
        for weight in layer.weights:
            weight.assign(weight.numpy() + 0.1)
    whole = [keras.Model(model.input, model.layers[4].output) for model in (backbone, other)]
    by_hand = [np.asarray(model.predict_on_batch(PICTURES)).mean(axis=(1, 2)) for model in whole]
    (found,) = cka_by_layer(backbone, other, [4], PICTURES, batch_size=7)
    assert found == pytest.approx(linear_cka(*by_hand), abs=1e-5)
    assert found < 0.999
