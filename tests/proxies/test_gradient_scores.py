"""Relative gradient norms: right numbers, nothing where nothing matters, the network left as it was."""

import keras
import numpy as np
import pytest

from blocktune.errors import BlocktuneError
from blocktune.scorers import gradient
from blocktune.scorers.gradient import Method, cross_entropy_gradient, layer_gradients
from blocktune.training.head import build_head
from blocktune.training.proxy import train_with_head, weighted_layers
from blocktune.training.train import train_run


def fixed_head(study, seed=3):
    from blocktune.settings.head import Head

    return build_head(study.backbone.output_shape[1:], 3, Head(units=(16, 8)), seed)


def look(study, head, size=14):
    batches = [(study.inputs(slice(b, b + size)), study.image_set.labels[b : b + size]) for b in range(0, 42, size)]
    return layer_gradients(study.backbone, head, batches)


def test_gradient_is_the_slope_of_the_loss(small):
    study = small("TinyPlain")
    model = keras.Model(study.backbone.input, fixed_head(study)(study.backbone.output))
    bias = study.backbone.get_layer("block3_conv1").bias
    inputs, labels = study.inputs(), study.image_set.labels
    (found,) = cross_entropy_gradient(model, [bias])(inputs, labels)

    def loss(shift):
        before = np.array(bias.numpy())
        bias.assign(before + shift)
        chances = keras.ops.convert_to_numpy(model(inputs, training=False))
        bias.assign(before)
        return -np.mean(np.log(chances[np.arange(42), labels].astype(np.float64)))

    direction = found / np.linalg.norm(found)
    # A small step, because ReLU and MaxPooling bend
    slope = (loss(1e-4 * direction) - loss(-1e-4 * direction)) / 2e-4
    assert slope == pytest.approx(np.linalg.norm(found), rel=2e-2)


def test_layer_whose_output_goes_nowhere_scores_nothing(small):
    study = small("TinyResidual")
    # What the branch's last BatchNormalization multiplies by zero can't change the loss; its own gamma and beta can
    gamma = study.backbone.get_layer("block_bn2").gamma
    gamma.assign(np.zeros(gamma.shape))
    found = look(study, fixed_head(study)).relative
    by_name = {study.table.layers[index].name: value for index, value in found.items()}
    assert [name for name, value in by_name.items() if value == 0] == ["block_conv1", "block_bn1", "block_conv2"]
    assert set(found) == set(weighted_layers(study.table))


def test_numbers_are_relative_to_the_weights(small):
    study = small("TinyPlain")
    head = fixed_head(study)
    first, second = (study.backbone.get_layer(f"block2_conv{place}") for place in (1, 2))
    before = look(study, head).relative
    # The same function with one layer four times larger: its gradient is a quarter, its weights fourfold
    for weight in (first.kernel, first.bias):
        weight.assign(4 * weight.numpy())
    second.kernel.assign(second.kernel.numpy() / 4)
    after = look(study, head).relative
    place = next(layer.index for layer in study.table.layers if layer.name == "block2_conv1")
    assert after[place] == pytest.approx(before[place] / 16, rel=1e-4)
    untouched = [index for index in before if not place <= index <= place + 1]
    assert [after[index] for index in untouched] == pytest.approx([before[index] for index in untouched], rel=1e-4)


def test_batches_are_averaged_and_zero_weights_stay_finite(small):
    study = small("TinyPlain")
    head = fixed_head(study)
    whole, parts = look(study, head, 42), look(study, head, 14)
    assert whole.images == parts.images == 42
    assert list(parts.relative.values()) == pytest.approx(list(whole.relative.values()), rel=1e-4)
    assert whole.by_batch == pytest.approx(whole.relative)
    assert all(parts.by_batch[index] >= parts.relative[index] for index in parts.relative)
    kernel = study.backbone.get_layer("block3_conv2").kernel
    kernel.assign(np.zeros(kernel.shape))
    assert np.isfinite(list(look(study, head).relative.values())).all()


def test_candidates_sum_their_layers_and_the_same_seed_gives_the_same(small):
    study = small("TinyResidual")
    before = study.weights()
    found = Method().score(study.task, batches=2, batch_size=8)
    assert all(np.array_equal(old, new) for old, new in zip(before, study.weights(), strict=True))
    layers = {entry["layer"]: entry["relative"] for entry in found.details["layers"]}
    assert found.details["images"] == 16
    for candidate in study.candidates:
        assert found.scores[candidate.layers] == pytest.approx(sum(layers[index] for index in candidate.layers))
    assert found.scores[()] == 0
    assert found.epochs == 2 and found.cpu_seconds > 0
    again = small("TinyResidual")
    assert Method().score(again.task, batches=2, batch_size=8).scores == found.scores


def test_the_kept_head_is_that_of_the_run_itself(small):
    study = small("TinyPlain")
    trained = train_with_head(study.spec, (), *study.study[1:], 1.0)
    finished = train_run(*study.study, 1.0)
    lines = finished.history.splitlines()[1:]
    assert [epoch.val_loss for epoch in trained.epochs] == [float(line.split(",")[3]) for line in lines]
    guesses = trained.head.predict_on_batch(study.backbone.predict_on_batch(study.inputs(study.part.validation)))
    accuracy = np.mean(guesses.argmax(axis=1) == study.image_set.labels[study.part.validation])
    assert accuracy == pytest.approx(finished.metrics["last_accuracy"])


def test_divergence_and_a_foreign_backend_are_named(small, monkeypatch):
    study = small("TinyPlain")
    # NaN would not do: TensorFlow's ReLU turns it into zero
    bias = study.backbone.get_layer("block3_conv2").bias
    bias.assign(np.full(bias.shape, np.inf, np.float32))
    with pytest.raises(BlocktuneError, match="Baseline I diverged"):
        Method().score(study.task)
    monkeypatch.setattr(gradient.keras.backend, "backend", lambda: "openvino")
    with pytest.raises(BlocktuneError, match="openvino"):
        cross_entropy_gradient(study.backbone, [])
