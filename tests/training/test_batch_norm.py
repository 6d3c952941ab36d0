"""What each policy lets BatchNormalization do, shown on its four weights after real trainings."""

import keras
import numpy as np
import pytest
from test_train import CLASSES, SIZE, columns, make_images, settings_of, train, trained

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.runs.spec import Part, run_spec
from blocktune.scorers.gradient import layer_gradients
from blocktune.settings.backbone import Backbone
from blocktune.training.freeze import unfreeze_only
from blocktune.training.head import build_head

# The residual block's second convolution and the BatchNormalization behind it, and one alone
BLOCK = (7, 8)
ALONE = (8,)
MOVING = {
    "layer": {"gamma", "beta", "moving_mean", "moving_variance"},
    "frozen": {"gamma", "beta"},
    "adapt": {"moving_mean", "moving_variance"},
}


def changed_weights(tuned, index):
    untouched = build_backbone(Backbone(name="TinyResidual", weights="none"), SIZE, 7)
    pairs = zip(tuned.layers[index].weights, untouched.layers[index].weights, strict=True)
    return {new.name for new, old in pairs if not np.array_equal(new.numpy(), old.numpy())}


@pytest.mark.parametrize("policy", MOVING)
@pytest.mark.parametrize("unfrozen", [BLOCK, ALONE])
def test_only_what_the_policy_says_moves(policy, unfrozen):
    finished, tuned = trained("TinyResidual", *unfrozen, batch_norm=policy)
    layer = tuned.layers[8]
    assert isinstance(layer, keras.layers.BatchNormalization)
    assert changed_weights(tuned, 8) == MOVING[policy]
    # Every other BatchNormalization layer is frozen
    assert changed_weights(tuned, 2) == changed_weights(tuned, 5) == set()
    assert bool(changed_weights(tuned, 7)) == (7 in unfrozen)
    of_the_layer = 0 if policy == "adapt" else 2 * layer.gamma.shape[0]
    of_the_block = int(np.prod(tuned.layers[7].kernel.shape)) if 7 in unfrozen else 0
    assert finished.metrics["parameters_backbone"] == of_the_layer + of_the_block


def test_frozen_normalises_in_training_as_in_inference_and_can_be_undone():
    backbone = build_backbone(Backbone(name="TinyResidual", weights="none"), SIZE, 7)
    pictures = np.random.default_rng(1).random((6, SIZE, SIZE, 3), np.float32)
    everything = range(len(backbone.layers))

    def outputs():
        model = keras.Model(backbone.input, backbone.output)
        return [np.asarray(model(pictures, training=training)) for training in (False, True)]

    unfreeze_only(backbone, everything, "frozen")
    inference, training = outputs()
    np.testing.assert_array_equal(inference, training)
    for policy in ("layer", "adapt"):
        unfreeze_only(backbone, everything, policy)
        inference, training = outputs()
        assert np.abs(inference - training).max() > 0.01


@pytest.mark.parametrize("policy", ["frozen", "adapt"])
def test_the_frozen_part_is_computed_once_exactly_with_every_policy(policy):
    cut, _ = trained("TinyResidual", *BLOCK, batch_norm=policy)
    whole, _ = train("TinyResidual", BLOCK, memory_gb=0.0, batch_norm=policy)
    assert cut.resources["cut"] is not None
    with_cut, without = columns(cut.history), columns(whole.history)
    np.testing.assert_allclose(with_cut["loss"], without["loss"], rtol=2e-5)
    np.testing.assert_array_equal(with_cut["val_accuracy"], without["val_accuracy"])


def test_the_policies_give_other_numbers_and_other_runs():
    histories, ids = set(), set()
    for policy in MOVING:
        finished, _ = trained("TinyResidual", *BLOCK, batch_norm=policy)
        histories.add(finished.history)
        settings = settings_of("TinyResidual", batch_norm=policy)
        backbone = build_backbone(settings.backbones[0], SIZE, 7)
        table = layer_table(backbone, settings.backbones[0], 7)
        part = Part(np.arange(0, 27), np.arange(27, 42))
        spec = run_spec(settings, table, "d", CLASSES, part, BLOCK)
        # Runs from before there was a choice are Keras' own way, and keep their ids
        assert ("batch_norm" in spec.training) == (policy != "layer")
        ids.add(spec.run_id)
    assert len(histories) == len(ids) == len(MOVING)


def test_gradients_see_what_would_train():
    backbone = build_backbone(Backbone(name="TinyResidual", weights="none"), SIZE, 7)
    head = build_head(backbone.output_shape[1:], CLASSES, settings_of("TinyResidual").head, 1)
    image_set = make_images()
    batch = (image_set.images.astype(np.float32) / 255, image_set.labels)
    assert set(layer_gradients(backbone, head, [batch], "layer").relative) == {1, 2, 4, 5, 7, 8}
    assert set(layer_gradients(backbone, head, [batch], "adapt").relative) == {1, 4, 7}
