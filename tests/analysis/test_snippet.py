"""Snippets that start from the probe or are the probe do what blocktune's own recipe does: run on real digits."""

import io
from contextlib import redirect_stdout

import numpy as np
import pytest
from made_up import made_layer
from sklearn.datasets import load_digits
from test_recommend import backbone

from blocktune.training.process import one_thread_per_process

# Before any test imports Keras
one_thread_per_process()

from blocktune.analysis.layers import Network  # noqa: E402
from blocktune.analysis.snippet import can_be_shown, snippet  # noqa: E402
from blocktune.settings.load import validate  # noqa: E402
from blocktune.settings.model import Settings  # noqa: E402

SIZE = 32
TRAIN, VALIDATION = np.arange(0, 90), np.arange(90, 190)
TRAINED = {"untrained": 0, "repeats": 1}


def settings_of(**training):
    content = {
        "backbones": [{"name": "net.keras", "native": "tf"}],
        "data": {"image_size": SIZE},
        "pixels": {"range": "native"},
        "head": {"units": [], "start": "probe", "pooling": "average"},
        "training": {
            "epochs": 4,
            "batch_size": 8,
            "optimizer": "adamw",
            "schedule": "cosine",
            "warmup": 0.5,
            "batch_norm": "frozen",
            "clip_norm": 1.0,
            "label_smoothing": 0.1,
        }
        | training,
    }
    return validate(Settings, content)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A saved network whose BatchNormalization has statistics of its own."""
    import keras

    inputs, x = keras.Input((SIZE, SIZE, 3)), None
    for place, width in enumerate((8, 16, 24), 1):
        start = keras.initializers.GlorotUniform(seed=place)
        x = keras.layers.Conv2D(width, 3, 2, kernel_initializer=start, name=f"conv{place}")(inputs if x is None else x)
        x = keras.layers.BatchNormalization(name=f"bn{place}")(x)
        x = keras.layers.ReLU(name=f"relu{place}")(x)
    model = keras.Model(inputs, x)
    generator = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            count = layer.gamma.shape[0]
            statistics = generator.normal(0, 0.1, count), generator.uniform(0.3, 1, count)
            layer.set_weights([np.ones(count), np.zeros(count), *statistics])
    file = tmp_path_factory.mktemp("net") / "net.keras"
    model.save(file)
    return file


@pytest.fixture(scope="module", params=[2, 4])
def digits(request):
    """Images uint8 (N, 32, 32, 3) of so many classes, and their labels."""
    images, labels = load_digits(n_class=request.param, return_X_y=True)
    images = np.kron(images.reshape(-1, 8, 8), np.ones((4, 4))) * 15.9
    return np.repeat(images[..., None], 3, axis=3).astype(np.uint8), labels.astype(np.int64), request.param


def own_backbone(file):
    import keras

    layers = tuple(
        made_layer(place, layer.name, type(layer).__name__, layer.count_params(), weighted=bool(layer.weights))
        for place, layer in enumerate(keras.saving.load_model(file).layers)
    )
    return Network("net", str(file), None, "own", "own", "net", layers, "tf")


def blocktunes_own(file, digits, unfrozen, settings, recipe=None):
    """What the study would do: the tuned backbone and head, the history, and the head that it starts with."""
    import keras

    from blocktune.backbones.inspect import layer_table
    from blocktune.candidates.recipe import Recipe
    from blocktune.runs.history import read_history
    from blocktune.runs.spec import Part, run_spec
    from blocktune.training.assemble import ImageSet, new_head
    from blocktune.training.train import train_run

    images, labels, classes = digits
    network, image_set = keras.saving.load_model(file), ImageSet(images, labels)
    part = Part(TRAIN, VALIDATION)
    table = layer_table(network, settings.backbones[0], 1)
    chosen = tuple(place for place, layer in enumerate(network.layers) if layer.name in unfrozen)
    spec = run_spec(settings, table, "d", classes, part, chosen, recipe or Recipe())
    start = None if recipe else new_head(spec, network, image_set, part).get_weights()
    finished = train_run(spec, network, table, image_set, part, 1.0)
    return network, finished.head, read_history(finished.history, "run"), start


def run(code, digits, stop_before=None):
    images, labels, _ = digits
    scope = {
        "pictures": images[TRAIN],
        "labels": labels[TRAIN],
        "validation_pictures": images[VALIDATION],
        "validation_labels": labels[VALIDATION],
    }
    with redirect_stdout(io.StringIO()):
        exec(code if stop_before is None else code.split(stop_before)[0], scope)
    return scope


def test_what_starts_from_the_probe_trains_as_the_study_does(network, digits):
    import keras

    settings = settings_of(learning_rate=1e-3)
    unfrozen = ["conv3", "bn3"]
    entry = TRAINED | {"names": unfrozen, "strategy": "tail", "candidate": 1, "learning_rate": 1e-3}
    code = snippet(own_backbone(network), entry, settings, digits[2])
    assert can_be_shown(own_backbone(network), entry, settings) is None
    assert len(code.splitlines()) <= 60
    theirs, head, history, start = blocktunes_own(network, digits, unfrozen, settings)

    # It starts with the same classifier
    scope = run(code, digits, "model.fit(")
    for ours, expected in zip(scope["classifier"].get_weights(), start, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=0.02, atol=2e-3)

    # In the study's order of the images it ends with the same weights
    for epoch in range(settings.training.epochs):
        order = np.random.default_rng([settings.seed, 1, epoch]).permutation(len(TRAIN))
        given = scope["fed"](scope["pictures"])[order], scope["labels"][order]
        whole = {"batch_size": 8, "initial_epoch": epoch, "epochs": epoch + 1}
        scope["model"].fit(*given, **whole, shuffle=False, verbose=0)
    before = keras.saving.load_model(network)
    for old, new, wanted in zip(before.layers, scope["backbone"].layers, theirs.layers, strict=True):
        for one, other, expected in zip(*(layer.get_weights() for layer in (old, new, wanted)), strict=True):
            far = np.linalg.norm(expected - one)
            assert np.linalg.norm(other - expected) <= 0.02 * far, new.name
    images, labels, _ = digits
    fed = scope["fed"](images[VALIDATION])
    answers, wanted = scope["model"].predict(fed, verbose=0), head.predict(theirs.predict(fed, verbose=0), verbose=0)
    np.testing.assert_allclose(answers, wanted, atol=0.02)
    right = np.mean(answers.argmax(axis=1) == labels[VALIDATION])
    assert right == pytest.approx(history[-1].val_accuracy, abs=0.011)

    # As it is written it trains these layers and no statistics
    after = run(code, digits)["backbone"]
    for old, new in zip(before.layers, after.layers, strict=True):
        for place, (one, other) in enumerate(zip(old.get_weights(), new.get_weights(), strict=True)):
            trains = new.name in unfrozen and not (new.name == "bn3" and place >= 2)
            assert np.array_equal(one, other) != trains, (new.name, place)


def test_the_probe_itself_is_fitted_as_the_study_does(network, digits):
    from blocktune.candidates.recipe import Recipe

    settings = settings_of()
    entry = TRAINED | {"names": [], "strategy": "probe", "candidate": 1, "learning_rate": None}
    code = snippet(own_backbone(network), entry, settings, digits[2])
    assert can_be_shown(own_backbone(network), entry, settings) is None
    assert len(code.splitlines()) <= 60 and "model.fit(" not in code
    theirs, head, history, _ = blocktunes_own(network, digits, [], settings, Recipe(probe=True))
    scope = run(code, digits)
    assert not scope["backbone"].trainable_weights
    images, labels, _ = digits
    fed = scope["fed"](images[VALIDATION])
    answers = scope["model"].predict(fed, verbose=0)
    np.testing.assert_allclose(answers, head.predict(theirs.predict(fed, verbose=0), verbose=0), atol=5e-3)
    assert np.mean(answers.argmax(axis=1) == labels[VALIDATION]) == pytest.approx(history[-1].val_accuracy, abs=0.011)


def test_many_layers_are_listed_on_few_lines(network):
    import keras

    names = [f"{layer.name}" for layer in keras.applications.MobileNet(weights=None, include_top=False).layers]
    names.append('a "quoted" name')
    entry = TRAINED | {"names": names, "strategy": "baseline2", "candidate": 1, "learning_rate": 1e-3}
    code = snippet(backbone(), entry, settings_of(), 5)
    scope = {}
    exec(code[code.index("unfrozen =") : code.index("backbone =")], scope)
    assert scope["unfrozen"] == set(names)
    assert max(map(len, code.splitlines())) <= 120 and len(code.splitlines()) < 75


def test_what_no_snippet_can_do_is_said():
    settings, changed, adapt = settings_of(), settings_of(augmentation={"flip": True}), settings_of(batch_norm="adapt")
    assert can_be_shown(backbone(), TRAINED | {"strategy": "bw"}, settings) is None
    assert "training.augmentation" in can_be_shown(backbone(), TRAINED | {"strategy": "bw"}, changed)
    assert "no switch of Keras" in can_be_shown(backbone(), TRAINED | {"strategy": "bw"}, adapt)
    assert "more than one step" in can_be_shown(backbone(), TRAINED | {"strategy": "lpft"}, settings)
    # Nothing of these touches the probe
    assert can_be_shown(backbone(), TRAINED | {"strategy": "probe"}, changed) is None
