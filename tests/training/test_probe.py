"""The linear probe is scikit-learn's logistic regression, scored and handed over as one Dense layer."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from test_train import CLASSES, SIZE, columns, make_images, settings_of

from blocktune.backbones.build import build_backbone
from blocktune.backbones.inspect import layer_table
from blocktune.candidates.recipe import Recipe
from blocktune.data.prepared import Prepared
from blocktune.deliver.export import export_run
from blocktune.deliver.network import deliverable
from blocktune.errors import BlocktuneError
from blocktune.files.spec import RunSpec
from blocktune.runs.spec import Part, run_spec
from blocktune.settings.head import Head
from blocktune.training.assemble import ImageSet, new_head
from blocktune.training.probe import fit_probe
from blocktune.training.train import train_run

PART = Part(np.arange(0, 27), np.arange(27, 34), np.arange(34, 42))


def softmax(scores):
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def made_up(count=60, features=5, classes=3, seed=0):
    """Features of images that differ a little by class, one that never moves, one far from 0."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    values = generator.normal(size=(count, features)) + 0.7 * generator.normal(size=(classes, features))[labels]
    values[:, 0] = 3
    values[:, 1] = 100 + 0.1 * values[:, 1]
    return values.astype(np.float32), labels


@pytest.mark.parametrize(("features", "classes"), [(5, 3), (5, 2), (90, 4), (9000, 2)])
def test_it_is_scikit_learns_logistic_regression_on_standardised_features(features, classes):
    values, labels = made_up(features=features, classes=classes)
    found = fit_probe(values, labels, classes)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=found.strength, tol=1e-8, max_iter=10_000))
    expected = theirs.fit(values.astype(np.float64), labels).predict_proba(values)
    assert (found.kernel.shape, found.bias.shape) == ((features, classes), (classes,))
    assert found.kernel.dtype == found.bias.dtype == np.float32
    np.testing.assert_allclose(softmax(values @ found.kernel + found.bias), expected, atol=2e-3)


def test_cross_validation_inside_the_training_set_chooses_the_penalty():
    values, labels = made_up(count=90, features=12)
    found = fit_probe(values, labels, 3)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    standardised = StandardScaler().fit_transform(values.astype(np.float64))

    def loss(strength):
        model = LogisticRegression(C=strength, max_iter=2000)
        return -cross_val_score(model, standardised, labels, cv=folds, scoring="neg_log_loss").mean()

    assert found.strength == pytest.approx(min(np.logspace(-5, 2, 15), key=loss))
    assert 1e-5 < found.strength < 100


def test_the_same_images_give_the_same_probe():
    values, labels = made_up()
    first, again = (fit_probe(values, labels, 3) for _ in range(2))
    assert first.kernel.tobytes() == again.kernel.tobytes()
    assert first.bias.tobytes() == again.bias.tobytes()


def test_the_smallest_class_bounds_the_folds_and_one_image_is_too_few():
    values, labels = made_up()
    few = np.concatenate([np.flatnonzero(labels < 2), np.flatnonzero(labels == 2)[:3]])
    assert fit_probe(values[few], labels[few], 3).folds == 3
    with pytest.raises(BlocktuneError, match=r"2 images of each class.*class number 2 has 1"):
        fit_probe(values[few[:-2]], labels[few[:-2]], 3)


def planned(part=PART, recipe=None, **head):
    settings = settings_of("TinyResidual").model_copy(update={"head": Head(pooling="average", **head)})
    entry = settings.backbones[0]
    backbone = build_backbone(entry, SIZE, 7)
    table = layer_table(backbone, entry, 7)
    return run_spec(settings, table, "d", CLASSES, part, (), recipe or Recipe(probe=True)), backbone, table


def run(image_set=None, part=PART):
    spec, backbone, table = planned(part)
    return train_run(spec, backbone, table, image_set or make_images(), part, 1.0), backbone


# What it finds is looked at, never changed
usual = cache(run)


@pytest.mark.parametrize("features", [3, 300])
def test_features_that_are_all_the_same_tell_the_classes_shares_alone(features):
    labels = np.repeat([0, 1], [15, 5])
    probe = fit_probe(np.full((20, features), 0.5, np.float32), labels, 2)
    assert not probe.kernel.any()
    assert np.exp(probe.bias[0] - probe.bias[1]) == pytest.approx(3, rel=1e-3)


def test_a_probe_is_a_run_like_every_other():
    image_set = make_images()
    finished, backbone = usual()
    untouched = build_backbone(settings_of("TinyResidual").backbones[0], SIZE, 7)
    for before, after in zip(untouched.weights, backbone.weights, strict=True):
        np.testing.assert_array_equal(before.numpy(), after.numpy())

    # What is handed over answers as it was scored
    model = deliverable(backbone, finished.head, "TinyResidual", "unit")
    probabilities = np.asarray(model.predict_on_batch(image_set.images.astype(np.float32)))
    right = probabilities.argmax(axis=1) == image_set.labels
    losses = -np.log(probabilities[np.arange(42), image_set.labels])
    history = columns(finished.history)
    assert history["epoch"].tolist() == [1]
    assert history["learning_rate"].tolist() == [0]
    for name, rows in (("", PART.train), ("val_", PART.validation)):
        assert history[f"{name}accuracy"] == pytest.approx(right[rows].mean())
        assert history[f"{name}loss"] == pytest.approx(losses[rows].mean(), rel=1e-4)
    assert history["accuracy"] > 0.6

    metrics = finished.metrics
    assert metrics["last_accuracy"] == metrics["best_accuracy"] == history["val_accuracy"]
    assert (metrics["epochs"], metrics["best_epoch"], metrics["diverged"]) == (1, 1, False)
    assert metrics["test"]["last"] == metrics["test"]["best"]
    bits = np.frombuffer(bytes.fromhex(metrics["test"]["last"]["right"]), np.uint8)
    assert np.unpackbits(bits, count=8).tolist() == right[PART.test].astype(int).tolist()
    assert (metrics["parameters_backbone"], metrics["parameters_trained"]) == (0, 12 * CLASSES + CLASSES)
    temperature = finished.validation["temperature"]
    powers = probabilities[PART.validation] ** (1 / temperature)
    scaled = -np.log((powers / powers.sum(axis=1, keepdims=True))[np.arange(7), image_set.labels[PART.validation]])
    assert finished.validation["losses"] == pytest.approx(scaled, rel=5e-3, abs=1e-6)
    assert scaled.mean() <= losses[PART.validation].mean() + 1e-6
    bits = np.frombuffer(bytes.fromhex(finished.validation["right"]), np.uint8)
    assert np.unpackbits(bits, count=7).tolist() == right[PART.validation].astype(int).tolist()
    assert run(image_set, replace(PART, test=None))[0].validation == finished.validation
    json.dumps(metrics)
    again, _ = run(image_set)
    assert (again.metrics, again.history) == (metrics, finished.history)


@pytest.mark.parametrize("counts", ["last", "best"])
def test_a_probe_is_exported_as_the_study_fitted_it(counts, tmp_path):
    image_set = make_images()
    finished, _ = usual()
    spec, backbone, table = planned()
    classes = tuple(f"class {number}" for number in range(CLASSES))
    prepared = Prepared(image_set.images, image_set.labels, classes, "d", SIZE)
    parts = {"search": PART.train, "final": PART.train, "validation": PART.validation, "test": PART.test}
    names = [f"{row}.png" for row in range(42)]
    file, known = tmp_path / "model.keras", finished.metrics
    exported = export_run(spec, known, table, backbone, prepared, parts, names, 1.0, counts, file)
    assert file.is_file()
    assert exported.repeated
    assert exported.scored == "test"
    assert exported.evaluation["accuracy"] == finished.metrics["test"]["last"]["accuracy"]


def test_a_probe_and_a_head_that_starts_as_one_are_the_same():
    finished, _ = usual()
    spec, backbone, _ = planned(recipe=Recipe(), units=(), start="probe")
    start = new_head(spec, backbone, make_images(), PART)
    for one, other in zip(finished.head.get_weights(), start.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert RunSpec.of_text(spec.text().encode(), "spec.json") == spec
    assert not spec.is_probe


def test_only_the_training_set_is_fitted_to():
    image_set = make_images()
    elsewhere = image_set.labels.copy()
    elsewhere[27:] = (elsewhere[27:] + 1) % CLASSES
    relabelled, _ = run(ImageSet(image_set.images, elsewhere))
    for one, other in zip(usual()[0].head.get_weights(), relabelled.head.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_probe_of_features_that_are_no_numbers_has_diverged():
    spec, backbone, table = planned()
    kernel = backbone.layers[1].kernel
    kernel.assign(np.full(kernel.shape, np.nan, np.float32))
    finished = train_run(spec, backbone, table, make_images(), PART, 1.0)
    assert finished.metrics["diverged"] is True
    assert finished.metrics["last_accuracy"] is finished.metrics["test"] is None


def test_a_probe_is_known_by_what_can_change_it_and_by_nothing_else():
    spec, _, _ = planned()
    ordinary, _, _ = planned(recipe=Recipe())
    assert spec.run_id != ordinary.run_id
    assert RunSpec.of_text(spec.text().encode(), "spec.json") == spec
    assert "probe" not in ordinary.content()
    assert planned(dropout=0.1, units=(4, 4))[0].run_id == spec.run_id
    settings = settings_of("TinyResidual", learning_rate=1e-2, epochs=9)
    settings = settings.model_copy(update={"head": Head(pooling="average"), "seed": 5})
    _, _, table = planned()
    other = run_spec(settings, table, "d", CLASSES, PART, (), Recipe(probe=True))
    assert other.run_id == spec.run_id
    assert replace(spec, head={**spec.head, "pooling": "max"}).run_id != spec.run_id
    assert planned(replace(PART, train=PART.train[:-1]))[0].run_id != spec.run_id
