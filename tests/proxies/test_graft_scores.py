"""Grafting: the right network is scored, with a head that fits it, and the source comes back bit for bit."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from blocktune import ridge
from blocktune.ridge import ridge_guesses
from blocktune.scorers import graft
from blocktune.scorers.graft import Method, grafted, layer_weights, score_grafts
from blocktune.training.assemble import new_head
from blocktune.training.proxy import train_with_head, weighted_layers


def scored(study, tuned, grafts, memory_gb=1.0, head=None, pooling="average"):
    task = study.task
    task.memory_gb, task.spec = memory_gb, replace(study.spec, head=study.spec.head | {"pooling": pooling})
    return score_grafts(task, tuned, grafts, head or new_head(task.spec, task.backbone, task.images, task.part))


def moved(study, seed=1, size=0.3):
    """Weights other than the source's, BatchNormalization's statistics included (variances stay positive)."""
    generator = np.random.default_rng(seed)
    return {
        index: [value + np.float32(size) * generator.random(value.shape, np.float32) for value in values]
        for index, values in layer_weights(study.backbone, weighted_layers(study.table)).items()
    }


def all_layers(study):
    return list(dict.fromkeys(candidate.layers for candidate in study.candidates))


@pytest.mark.parametrize("name", ["TinyPlain", "TinyResidual"])
def test_tuned_weights_equal_to_the_source_score_alike(small, name):
    study = small(name)
    found = scored(study, layer_weights(study.backbone, weighted_layers(study.table)), all_layers(study))
    assert len(found) > 10
    assert len({score.accuracy for score in found.values()}) == 1


@pytest.mark.parametrize("starts", [8, 1])
def test_every_start_gives_what_the_whole_network_gives(small, monkeypatch, starts):
    study = small("TinyResidual")
    tuned, seen = moved(study), {}
    monkeypatch.setattr(graft, "_STARTS", starts)
    original = graft._score

    def spy(pooled, *others):
        seen.setdefault("pooled", []).append(pooled)
        return original(pooled, *others)

    monkeypatch.setattr(graft, "_score", spy)
    layers = [(), (8,), (7, 8), (4, 5), (2, 7), (1,)]
    for mine in layers:
        scored(study, tuned, [mine])
    alone = seen.pop("pooled")
    together = scored(study, tuned, layers)
    whole = scored(study, tuned, layers, memory_gb=0.0)
    assert list(together) == list(whole) == layers
    for mine, direct in zip(layers, alone, strict=True):
        with grafted(study.backbone, tuned, mine):
            expected = study.backbone.predict_on_batch(study.inputs()).mean(axis=(1, 2))
        np.testing.assert_allclose(direct, expected, rtol=1e-4, atol=1e-6)
        assert together[mine].accuracy == whole[mine].accuracy


def test_grafting_everything_is_the_tuned_network(small):
    study = small("TinyResidual", epochs=3)
    everything = weighted_layers(study.table)
    source = layer_weights(study.backbone, everything)
    trained = train_with_head(study.spec, everything, *study.study[1:], 1.0)
    tuned = layer_weights(study.backbone, everything)
    features = study.backbone.predict_on_batch(study.inputs())
    graft.put_weights(study.backbone, source)
    with grafted(study.backbone, tuned, everything):
        np.testing.assert_array_equal(study.backbone.predict_on_batch(study.inputs()), features)
    found = scored(study, tuned, [(), everything], head=trained.head)
    # With its own head the tuned network scores what its training ended with
    assert found[everything].tuned_head_accuracy == pytest.approx(trained.epochs[-1].val_accuracy)


def test_source_weights_come_back_bit_for_bit(small, monkeypatch):
    study = small("TinyResidual")
    tuned, before = moved(study), study.weights()
    scored(study, tuned, all_layers(study))

    def intact():
        return all(old.tobytes() == new.tobytes() for old, new in zip(before, study.weights(), strict=True))

    assert intact()
    monkeypatch.setattr(graft, "_forward", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scored(study, tuned, all_layers(study))
    assert intact()
    # Weights that do not fit leave nothing half done
    with pytest.raises(ValueError), grafted(study.backbone, {**tuned, 8: tuned[8][:1]}, [7, 8]):
        pass
    assert intact()


def test_a_whole_search_scores_every_candidate_and_leaves_the_source(small):
    study = small("TinyPlain")
    before = study.weights()
    found = Method().score(study.task)
    assert all(old.tobytes() == new.tobytes() for old, new in zip(before, study.weights(), strict=True))
    assert set(found.scores) == {candidate.layers for candidate in study.candidates}
    assert all(0 <= score <= 1 for score in found.scores.values())
    assert found.epochs == 2 and len(found.details["grafts"]) == len(found.scores)


def test_a_graft_that_leaves_the_numbers_has_no_score(small):
    study = small("TinyPlain")
    tuned = moved(study)
    last = weighted_layers(study.table)[-1]
    tuned[last][1][:] = np.inf  # the bias: TensorFlow's ReLU would turn a NaN into zero
    found = scored(study, tuned, [(last,), (5,)])
    assert found[last,].accuracy is None
    assert found[5,].accuracy is not None


def test_ridge_chooses_its_penalty_by_leaving_one_out():
    generator = np.random.default_rng(0)
    labels = np.arange(60) % 3 + 4
    useful = np.eye(3)[labels - 4] + 0.3 * generator.normal(size=(60, 3))
    known = np.hstack([useful, np.full((60, 2), 1e6), generator.normal(size=(60, 40))])
    guesses, penalty = ridge_guesses(known[:30], labels[:30], known[30:])
    assert np.mean(guesses == labels[30:]) > 0.7
    # The closed form against leaving each one out, at every penalty
    inputs, targets = known[:30], np.eye(3)[labels[:30] - 4]
    inputs = np.delete(inputs, [3, 4], axis=1)
    inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    values = np.linalg.svd(inputs, compute_uv=False)
    # As many singular values as the features had, those of the constant ones being zero
    scale = np.sum(values**2) / 30

    def left_out(multiple):
        errors = []
        for one in range(30):
            rest = np.arange(30) != one
            middle, mean = inputs[rest].mean(axis=0), targets[rest].mean(axis=0)
            x, y = inputs[rest] - middle, targets[rest] - mean
            weights = np.linalg.solve(x.T @ x + multiple * scale * np.eye(x.shape[1]), x.T @ y)
            errors.append(np.mean((targets[one] - mean - (inputs[one] - middle) @ weights) ** 2))
        return np.mean(errors)

    assert penalty == min(ridge._PENALTIES, key=left_out)


@pytest.mark.parametrize("pooling", ["flatten", "average", "max"])
def test_fitted_head_sees_features_as_the_study_s_head_does(small, monkeypatch, pooling):
    study, seen = small("TinyPlain"), []
    monkeypatch.setattr(graft, "_score", lambda vectors, *_: seen.append(vectors))
    scored(study, moved(study), [()], pooling=pooling)
    features = study.backbone.predict_on_batch(study.inputs())
    expected = {"flatten": features.reshape(42, -1), "average": features.mean((1, 2)), "max": features.max((1, 2))}
    np.testing.assert_allclose(seen[0], expected[pooling], rtol=1e-4, atol=1e-6)


def test_validation_labels_have_no_say_in_the_head(small):
    study = small("TinyPlain")
    tuned = moved(study)
    first = scored(study, tuned, [(4, 5)])
    study.image_set.labels[study.part.validation] = 2
    second = scored(study, tuned, [(4, 5)])
    assert first[4, 5].penalty == second[4, 5].penalty


def test_keras_sees_no_leftover_of_a_graft(small):
    study = small("TinyPlain")
    before = study.backbone.predict_on_batch(study.inputs())
    scored(study, moved(study), all_layers(study))
    np.testing.assert_array_equal(study.backbone.predict_on_batch(study.inputs()), before)
    assert isinstance(study.backbone, keras.Model)
