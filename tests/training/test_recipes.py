"""Runs in phases and at several rates: what is frozen stays, what trains moves as it should, a kill changes nothing."""

from functools import cache

import numpy as np
import pytest
from test_resume import keeping
from test_train import CLASSES, SIZE, make_images, settings_of

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.candidates.recipe import Recipe
from blocktune.files.spec import Phase, Rate, RunSpec
from blocktune.runs.spec import Part, run_spec
from blocktune.training.checkpoint import CheckpointFile
from blocktune.training.train import train_run

PART = Part(np.arange(0, 27), np.arange(27, 34), np.arange(34, 42))


def planned(recipe, unfrozen=None, **training):
    settings = settings_of("TinyResidual", **training)
    entry = settings.backbones[0]
    backbone = build_backbone(entry, SIZE, 7)
    table = layer_table(backbone, entry, 7)
    everything = tuple(layer.index for layer in table.layers if layer.weighted)
    unfrozen = everything if unfrozen is None else unfrozen
    return run_spec(settings, table, "d", CLASSES, PART, unfrozen, recipe), backbone, table


def train(recipe, checkpoint=None, memory_gb=1.0, unfrozen=None, **training):
    spec, backbone, table = planned(recipe, unfrozen, **training)
    before = weights_of(backbone)
    file = checkpoint(spec) if checkpoint else None
    finished = train_run(spec, backbone, table, make_images(), PART, memory_gb, file)
    moved = {index for index, values in weights_of(backbone).items() if not same(values, before[index])}
    return finished, moved, backbone


# What it finds is looked at, never changed
trained = cache(train)


def weights_of(backbone):
    return {index: [weight.numpy().copy() for weight in layer.weights] for index, layer in enumerate(backbone.layers)}


def same(ours, theirs):
    return all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))


def test_one_phase_of_all_epochs_is_an_ordinary_run():
    ordinary, _, _ = train(None, unfrozen=(7, 8), epochs=3)
    phased, _, _ = train(Recipe((Phase(3, (7, 8)),)), unfrozen=(7, 8), epochs=3)
    assert (phased.history, phased.metrics) == (ordinary.history, ordinary.metrics)


def test_only_what_has_joined_moves():
    finished, moved, _ = train(Recipe((Phase(1, ()), Phase(1, (8,)))), unfrozen=(7, 8), epochs=2)
    assert moved == {8}
    assert len(finished.history.splitlines()) == 3


LPFT = Recipe((Phase(2, ()), Phase(2, (7, 8))))


def test_the_first_phase_is_that_of_the_head_alone():
    head_only, _, _ = train(None, unfrozen=(), epochs=2)
    lpft, _, _ = trained(LPFT, unfrozen=(7, 8), epochs=4)
    assert lpft.history.splitlines()[:3] == head_only.history.splitlines()[:3]
    assert len(lpft.history.splitlines()) == 5


def test_features_of_the_frozen_part_change_nothing():
    spec, *_ = planned(None)
    recipe = Recipe((Phase(1, ()), Phase(1, spec.unfrozen)))
    reference, _, _ = train(recipe, epochs=2)
    finished, _, _ = train(recipe, memory_gb=0.0, epochs=2)
    assert (finished.history, finished.metrics) == (reference.history, reference.metrics)


@cache
def kept():
    """What a kill after each epoch of two phases would leave."""
    return keeping(lambda file: train(LPFT, file, unfrozen=(7, 8), epochs=4))[1]


@pytest.mark.parametrize("killed_in", [2, 3])
def test_a_run_killed_in_any_phase_ends_the_same(killed_in, tmp_path):
    path = tmp_path / "run.ckpt"
    path.write_bytes(kept()[killed_in - 1])
    again, _, _ = train(LPFT, lambda spec: CheckpointFile(path, spec), unfrozen=(7, 8), epochs=4)
    undisturbed, _, _ = trained(LPFT, unfrozen=(7, 8), epochs=4)
    assert (again.history, again.metrics) == (undisturbed.history, undisturbed.metrics)


def test_layers_move_at_their_own_rates():
    spec, before, _ = planned(None)
    kernels = [index for index in spec.unfrozen if before.layers[index].weights[0].ndim == 4]
    low, high = kernels[0], kernels[-1]
    recipe = Recipe(rates=(Rate(low, 0.01),))
    # One step of Adam moves every weight by about the learning rate, whatever the gradient
    _, _, slow = trained(recipe, epochs=1, batch_size=27, learning_rate=1e-3)

    def steps(layer):
        change = np.abs(slow.layers[layer].weights[0].numpy() - before.layers[layer].weights[0].numpy())
        return np.median(change[change > 0])

    assert steps(high) == pytest.approx(1e-3, rel=0.05)
    assert steps(low) == pytest.approx(1e-5, rel=0.05)


def test_layers_move_at_their_own_rates_with_sgd_too():
    spec, before, _ = planned(None)
    kernels = [index for index in spec.unfrozen if before.layers[index].weights[0].ndim == 4]
    at = {"epochs": 1, "batch_size": 27, "learning_rate": 1e-3, "optimizer": "sgd"}

    def step(recipe, layer):
        _, _, tuned = trained(recipe, **at)
        return np.abs(tuned.layers[layer].weights[0].numpy() - before.layers[layer].weights[0].numpy()).sum()

    slow = Recipe(rates=(Rate(kernels[0], 0.01),))
    assert step(slow, kernels[0]) == pytest.approx(0.01 * step(None, kernels[0]), rel=1e-2)
    assert step(slow, kernels[-1]) == pytest.approx(step(None, kernels[-1]), rel=1e-2)


def test_decay_of_weights_has_the_same_shares():
    spec, before, _ = planned(None)
    kernels = [index for index in spec.unfrozen if before.layers[index].weights[0].ndim == 4]
    low, high = kernels[0], kernels[-1]
    at = {"epochs": 1, "batch_size": 27, "learning_rate": 1e-3}
    recipe = Recipe(rates=(Rate(low, 0.01),))
    _, _, plain = trained(recipe, **at)
    _, _, decayed = train(recipe, **at, optimizer="adamw", weight_decay=0.5)

    def shrunk(layer):
        """By what share of its rate and decay a layer's weights became smaller; the gradients are the same."""
        weights = before.layers[layer].weights[0].numpy()
        less = plain.layers[layer].weights[0].numpy() - decayed.layers[layer].weights[0].numpy()
        return float((less * weights).sum() / (weights * weights).sum()) / (0.5 * 1e-3)

    assert shrunk(high) == pytest.approx(1, rel=0.02)
    assert shrunk(low) == pytest.approx(0.01, rel=0.1)


def test_a_schedule_spans_the_phases_of_a_run():
    cosine = {"schedule": "cosine", "warmup": 1, "epochs": 4}
    whole, _, _ = train(None, unfrozen=(7, 8), **cosine)
    phased, _, _ = train(Recipe((Phase(1, ()), Phase(2, (8,)), Phase(1, (7, 8)))), unfrozen=(7, 8), **cosine)
    rates = [[line.split(",")[-1] for line in finished.history.splitlines()[1:]] for finished in (whole, phased)]
    assert rates[0] == rates[1]
    assert len(set(rates[0])) == 4
    # Phases that train the same layers differ from one phase in the optimizer alone
    same_rate, _, _ = train(Recipe((Phase(4, (7, 8)),)), unfrozen=(7, 8), **cosine)
    assert same_rate.history == whole.history


def test_the_optimizer_is_part_of_a_runs_identity_unless_it_is_the_papers():
    (adam, *_), (sgd, *_) = planned(None), planned(None, optimizer="sgd")
    assert "optimizer" not in adam.training
    assert sgd.training["optimizer"] == "sgd"
    assert sgd.run_id != adam.run_id


def test_recipes_are_part_of_a_runs_identity_and_their_absence_is_not():
    spec, *_ = planned(None)
    phased, *_ = planned(Recipe((Phase(1, ()), Phase(3, spec.unfrozen))))
    rated, *_ = planned(Recipe(rates=(Rate(1, 0.5),)))
    assert len({spec.run_id, phased.run_id, rated.run_id}) == 3
    for one in (spec, phased, rated):
        assert RunSpec.of_text(one.text().encode(), "spec.json") == one
