"""LoRA: updates train in place of weights, are repeated and resumed, and are merged into the weights at the end."""

from dataclasses import replace
from functools import cache

import keras
import numpy as np
import pytest
from test_resume import keeping
from test_train import CLASSES, SIZE, columns, make_images, settings_of

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.candidates.searched import SEARCHED
from blocktune.errors import BlocktuneError
from blocktune.runs.spec import Part, run_spec
from blocktune.training.checkpoint import CheckpointFile
from blocktune.training.freeze import FrozenWeightsChangedError, unfreeze_only
from blocktune.training.lora import LowRank
from blocktune.training.train import train_run

PART = Part(np.arange(0, 27), np.arange(27, 42))


def planned(which=0, seed=1, epochs=2, **training):
    """The table of a residual network with BatchNormalization, and a run of one of the candidates."""
    settings = settings_of("TinyResidual", epochs=epochs, **training)
    entry = settings.backbones[0]
    table = layer_table(build_backbone(entry, SIZE, 7), entry, 7)
    found = SEARCHED["lora"].candidates(table.layers, settings.search)[which]
    spec = run_spec(settings, table, "d", CLASSES, PART, found.layers, found.recipe)
    return table, replace(spec, seed=seed)


def train(table, spec, memory_gb=1.0, checkpoint=None):
    backbone = build_backbone(settings_of("TinyResidual").backbones[0], SIZE, 7)
    return train_run(spec, backbone, table, make_images(), PART, memory_gb, checkpoint), backbone


@cache
def alone(which=0):
    """What was planned, what a run of it finds, and the network that it leaves, to look at."""
    table, spec = planned(which)
    finished, backbone = train(table, spec)
    return table, spec, finished, backbone


def test_candidates_are_blocks_and_everything_and_their_runs_are_others_than_the_blocks():
    table, spec = planned()
    found = SEARCHED["lora"].candidates(table.layers, settings_of("TinyResidual").search)
    blocks = SEARCHED["bw"].candidates(table.layers, settings_of("TinyResidual").search)
    assert [one.layers for one in found[:-1]] == [block.layers for block in blocks]
    assert found[-1].layers == tuple(layer.index for layer in table.layers if layer.weighted)
    assert spec.lora == 4 and spec.graph is None
    assert spec.run_id != replace(spec, lora=None).run_id != replace(spec, lora=8).run_id
    # As before there was any
    assert "lora" not in replace(spec, lora=None).content()


@pytest.mark.parametrize("kind", ["BatchNormalization", "AddPositionalEmbedding"])
def test_a_backbone_without_a_matrix_is_one_error(kind):
    table, _ = planned()
    layers = [replace(layer, type=kind) if layer.weighted else layer for layer in table.layers]
    with pytest.raises(BlocktuneError, match="has lora, but no block of the backbone has a dense"):
        SEARCHED["lora"].candidates(layers, settings_of("TinyResidual").search)


@pytest.mark.parametrize("which", [0, -1])
def test_only_matrices_change_by_a_low_rank_and_the_network_is_as_before(which):
    table, spec, finished, tuned = alone(which)
    before = build_backbone(settings_of("TinyResidual").backbones[0], SIZE, 7)
    assert [weight.shape for weight in tuned.weights] == [weight.shape for weight in before.weights]
    changed = set()
    for old, new in zip(before.layers, tuned.layers, strict=True):
        for one, other in zip(old.get_weights(), new.get_weights(), strict=True):
            if (one != other).any():
                changed.add(table.layers[tuned.layers.index(new)].index)
                update = (other - one).reshape(-1, one.shape[-1])
                assert np.linalg.matrix_rank(update, tol=1e-6) <= spec.lora
    convolutions = {index for index in spec.unfrozen if table.layers[index].type == "Conv2D"}
    assert changed == convolutions
    assert not any(getattr(layer, "lora_enabled", False) for layer in tuned.layers)
    # Only updates and the head train, fewer numbers than the layers have
    assert 0 < finished.metrics["parameters_backbone"] < sum(table.layers[index].parameters for index in convolutions)


def test_prefix_gives_the_same_history_as_the_whole_network_and_another_seed_another():
    table, spec, cut, _ = alone()
    whole, _ = train(table, spec, memory_gb=0.0)
    assert cut.resources["cut"] is not None and whole.resources["cut"] is None
    np.testing.assert_allclose(columns(cut.history)["loss"], columns(whole.history)["loss"], rtol=2e-5)
    other, _ = train(table, replace(spec, seed=2))
    assert other.history != cut.history


def test_it_goes_on_after_an_interruption_and_a_seed_gives_the_same_run(tmp_path):
    table, spec, whole, tuned = alone()
    (again, _), copies = keeping(lambda file: train(table, spec, checkpoint=file(spec)))
    path = tmp_path / "run.checkpoint"
    path.write_bytes(copies[0])
    resumed, network = train(table, spec, checkpoint=CheckpointFile(path, spec))
    for finished in (again, resumed):
        assert (finished.history, finished.metrics) == (whole.history, whole.metrics)
    for one, other in zip(tuned.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_updates_reach_attention_inside_a_layer_and_are_merged_into_it(tmp_path):
    inputs = keras.Input((4, 8))
    x = keras.layers.MultiHeadAttention(2, 4, name="attention")(inputs, inputs)
    network = keras.Model(inputs, keras.layers.LayerNormalization(name="norm")(x))
    unfreeze_only(network, [1, 2])
    updates = LowRank(network, [1, 2], 2, 1)
    assert len(updates.adapted) == 4
    assert {weight.name for weight in network.trainable_weights} == {"lora_kernel_a", "lora_kernel_b"}
    updates.check()
    for layer in updates.adapted:
        layer.lora_kernel_b.assign(np.random.default_rng(0).normal(size=layer.lora_kernel_b.shape))
    images = np.random.default_rng(1).normal(size=(3, 4, 8)).astype(np.float32)
    with_updates = np.asarray(network(images))
    names = [weight.path for weight in network.weights]
    updates.merge()
    np.testing.assert_allclose(network(images), with_updates, atol=1e-5)
    assert [weight.path for weight in network.weights] == [name for name in names if "lora" not in name]
    network.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "model.keras")(images), with_updates, atol=1e-5)


def test_a_weight_that_moved_is_found_out():
    inputs = keras.Input((4, 8))
    network = keras.Model(inputs, keras.layers.LayerNormalization()(keras.layers.Dense(8)(inputs)))
    unfreeze_only(network, [1, 2])
    updates = LowRank(network, [1, 2], 2, 1)
    network.layers[2].gamma.assign(network.layers[2].gamma * 2)
    with pytest.raises(FrozenWeightsChangedError):
        updates.check()
