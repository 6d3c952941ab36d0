"""The recommendation: chosen by validation, told with its noise, and code that unfreezes exactly these layers."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import made_candidate, made_epoch, made_layer, made_plan, made_rounds, made_spec, made_study

from blocktune.analysis.layers import Network
from blocktune.analysis.recommend import recommendations
from blocktune.analysis.recommend_words import answer
from blocktune.analysis.snippet import snippet
from blocktune.files.history import Epoch
from blocktune.settings.load import validate
from blocktune.settings.model import Settings

TRAINED = {"untrained": 0, "repeats": 1}
IMAGES = {"search": 100, "final": 500, "validation": 200, "test": 300}


def study(**changes):
    return made_study(**{"images": IMAGES} | changes)


def backbone():
    names = ["input", "conv1", "conv1_bn", "conv1_relu", "conv_dw_1", "conv_dw_1_bn", "conv_pw_1"]
    weighted = {"conv1", "conv1_bn", "conv_dw_1", "conv_dw_1_bn", "conv_pw_1"}
    layers = tuple(made_layer(index, name, "X", weighted=name in weighted) for index, name in enumerate(names))
    return Network("MobileNet-a0.25", "MobileNet", 0.25, "none", "none", "MobileNet 0.25", layers)


def plan(bw=("conv_dw_1", "conv_dw_1_bn"), again=""):
    """The plan of final runs, whose ids end in `again`."""
    names = {"baseline1": [], "baseline2": [layer.name for layer in backbone().weighted], "bw": list(bw)}
    candidates = [
        made_candidate(strategy, 2, f"{strategy}{bw[0]}{again}", names=tuple(found), parameters=10 * len(found))
        for strategy, found in names.items()
    ]
    return made_plan(candidates, {entry.run: made_spec({"learning_rate": 1e-4}) for entry in candidates})


def records(plan, validation, test, seconds=(1, 10, 4)):
    found = {}
    for entry, chosen, tested, spent in zip(plan.candidates, validation, test, seconds, strict=True):
        metrics = {"diverged": chosen is None, "last_accuracy": chosen, "test": {"last": {"accuracy": tested}}}
        # No loss chooses unless a test says so
        history = Epoch.table([made_epoch()])
        found[entry.run] = {
            "run": entry.run,
            "metrics": metrics,
            "history": history,
            "resources": {"cpu_seconds": spent},
        }
    return found


def recommendation(plans, runs, right, of=None):
    return recommendations(of or study(), [(backbone(), plans)], runs, right)[backbone().key]


def test_validation_chooses_and_the_test_part_only_scores():
    runs = records(plan(), validation=(0.5, 0.7, 0.8), test=(0.5, 0.9, 0.6))
    found = recommendation([plan()], runs, {})
    assert found["best"]["strategy"] == "bw"
    assert (found["best"]["accuracy"], found["scored"]) == (0.6, "test")
    assert [entry["strategy"] for entry in found["others"]] == ["baseline2", "baseline1"]
    told = answer(study(), backbone(), found)
    assert "unfreeze 2 layers with weights from conv_dw_1 to conv_dw_1_bn (BW, number 2 from the head)" in told
    assert "test accuracy 0.600 (95 % interval 0.544 to 0.654)" in told
    assert (
        "-30.0 points on Baseline II, 0.900, with 40.0 % of its parameters unfrozen, at 40 % of its processor time"
        in told
    )


def test_an_answer_that_is_baseline_2_itself_is_not_compared_with_it():
    found = recommendation([plan()], records(plan(), validation=(0.5, 0.7, 0.8), test=(0.5, 0.9, 0.9)), {})
    (everything,) = (entry for entry in found["others"] if entry["strategy"] == "baseline2")
    told = answer(study(), backbone(), found | {"best": found["best"] | {"runs": everything["runs"]}})
    assert "That is the same training as Baseline II (everything)." in told and "points on Baseline II" not in told


def test_of_equals_the_one_that_trains_less():
    runs = records(plan(), validation=(0.8, 0.8, 0.8), test=(0.5, 0.9, 0.6))
    assert recommendation([plan()], runs, {})["best"]["strategy"] == "baseline1"


def test_the_difference_is_called_noise_where_it_is():
    right = {"baseline2conv_dw_1": np.arange(300) < 200, "bwconv_dw_1": np.arange(300) < 201}
    runs = records(plan(), validation=(0.5, 0.7, 0.8), test=(0.5, 200 / 300, 201 / 300))
    told = answer(study(), backbone(), recommendation([plan()], runs, right))
    assert "+0.3 points (-0.3 to +1.0: not more than the noise of the test images) on Baseline II" in told
    assert "There is one repeat, so the intervals leave out the noise of training." in told


def test_what_repeats_disagree_about_is_no_verdict():
    first, second = plan(), plan(bw=("conv_pw_1",))
    tests = ((0.5, 0.7, 0.9), (0.5, 0.7, 0.72))
    runs = records(first, (0.5, 0.7, 0.8), tests[0]) | records(second, (0.5, 0.7, 0.8), tests[1])
    right = {
        f"{name}{block}": np.arange(300) < round(300 * accuracy)
        for block, accuracies in zip(("conv_dw_1", "conv_pw_1"), tests, strict=True)
        for name, accuracy in zip(("baseline1", "baseline2", "bw"), accuracies, strict=True)
    }
    found = recommendation([first, second], runs, right)
    low, high = found["best"]["above_baseline2"]["interval"]
    # The images alone say more than noise; +20 and +2 points of two repeats do not
    assert low < 0 < high
    told = answer(study(), backbone(), found)
    assert "not more than noise) on Baseline II" in told and "one repeat" not in told
    # The score itself is no better known than the images and the repeats let it be
    alone = recommendation([first, first], runs, right)["best"]["interval"]
    assert found["best"]["interval"][0] < alone[0] and found["best"]["interval"][1] == 1.0


# 60 of the 300 test images are of the most frequent class
FIVE_CLASSES = {"most_frequent": {"validation": 40, "test": 60}}


def told_of(validation, test, repeats=((),), **changes):
    """The answer to one repeat with these accuracies, or to several given as (validation, test)."""
    given = repeats if repeats != ((),) else ((validation, test),)
    plans, runs, right = [], {}, {}
    for number, (chosen, tested) in enumerate(given):
        one = plan(again=f"-{number}")
        found = records(one, chosen, tested)
        right |= {
            run: np.arange(300) < round(300 * (record["metrics"]["test"]["last"]["accuracy"] or 0))
            for run, record in found.items()
        }
        plans.append(one)
        runs |= found
    mine = study(**FIVE_CLASSES | changes)
    return answer(mine, backbone(), recommendation(plans, runs, right, mine))


def test_no_difference_to_a_baseline_that_has_learnt_nothing_is_praised():
    told = told_of((0.5, 0.2, 0.8), (0.5, 0.21, 0.6))
    assert "Baseline II (everything), 0.210, is untrained: not better than always answering" in told
    assert "it is left out of comparisons" in told and "(0.200;" in told
    assert "points" not in told and "more than" not in told
    assert "+10.0 points" in told_of((0.5, 0.6, 0.8), (0.5, 0.5, 0.6))


def test_what_has_learnt_nothing_in_one_repeat_is_no_yardstick_either():
    both = ((0.5, 0.7, 0.8), (0.5, 0.6, 0.7)), ((0.5, 0.2, 0.8), (0.5, 0.2, 0.7))
    told = told_of(None, None, both)
    assert "Baseline II (everything), 0.400, is untrained in 1 of 2 repeats" in told
    assert "noise" not in told


def test_an_answer_that_has_learnt_nothing_in_one_repeat_is_not_praised():
    both = ((0.5, 0.4, 0.8), (0.5, 0.4, 0.8)), ((0.5, 0.4, 0.5), (0.5, 0.4, 0.2))
    told = told_of(None, None, both)
    assert "It is untrained in 1 of 2 repeats: not better than always answering" in told
    assert "points" not in told and "more than" not in told


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (0, "linear probe 0.210 (+60.0 points, +50.0 to +70.0)"),
        (1, "0.210, is untrained: not better than always"),
    ],
)
def test_a_probe_that_has_learnt_nothing_is_no_yardstick(failed, told):
    one = plan()
    mine = study(**FIVE_CLASSES, strategies=("baseline1", "baseline2", "bw", "probe"))
    found = recommendation([one], records(one, (0.5, 0.4, 0.8), (0.5, 0.4, 0.81)), {}, mine)
    probe = {**found["others"][0], "strategy": "probe", "names": [], "accuracy": 0.21, "untrained": failed}
    found["others"].append(probe)
    found["best"]["above_probe"] = {"points": 60.0, "interval": [50.0, 70.0]}
    said = answer(mine, backbone(), found)
    assert told in said and ("60.0" in said) == (not failed)


def test_nothing_is_recommended_where_nothing_was_learnt():
    told = told_of((0.2, 0.21, 0.22), (0.2, 0.21, 0.22))
    assert "nothing can be recommended" in told and "came out best and is untrained" in told
    assert "training.learning_rate" in told and "pixels.range" in told
    assert "Next best" not in told and "points" not in told


def test_a_search_by_rounds_says_how_sure_it_is_unless_nothing_has_learnt():
    searched = {backbone().key: made_rounds({"a": (1e-3, (0.7, 0.8)), "b": (1e-3, (0.5,))}, strategy="bw")}
    for scored, sure in ((0.8, True), (0.2, False)):
        runs = records(plan(), (scored, scored, scored), (scored, scored, scored))
        mine = study(**FIVE_CLASSES, method="race")
        found = recommendations(mine, [(backbone(), [plan()])], runs, {}, searched)[backbone().key]
        assert found["search"]["strategy"] == "bw" and found["search"]["trainings"] == 5
        told = answer(mine, backbone(), found)
        assert "The search by race ended after 5 of at most 8 trainings" in told
        assert ("The answer is expected to lose 0.12 points" in told) == sure
        assert ("with probability 0.71, is itself the best with probability 0.62" in told) == sure
    # Without one there is nothing to say
    assert "search" not in recommendation([plan()], runs, {})


def test_an_untrained_run_is_not_the_next_best():
    told = told_of((0.21, 0.2, 0.8), (0.2, 0.2, 0.6))
    assert "Next best" not in told
    assert "Next best: nothing but the new head" in told_of((0.5, 0.2, 0.8), (0.5, 0.2, 0.6))


def test_why_the_answer_is_not_the_highest_of_the_table_stands_beside_it():
    told = told_of((0.5, 0.7, 0.8), (0.5, 0.9, 0.6))
    assert "Baseline II has a higher test accuracy (0.900). The test set does not choose; " in told
    assert "the validation set prefers the answer (accuracy 0.800 against 0.700)" in told
    tie = told_of((0.5, 0.8, 0.8), (0.5, 0.9, 0.6))
    assert "the validation set prefers neither (accuracy 0.800), and the answer has fewer parameters to train" in tie
    assert "higher" not in told_of((0.5, 0.7, 0.8), (0.5, 0.6, 0.6))


def test_with_repeats_the_table_shows_the_first_and_the_answer_rests_on_all():
    both = ((0.5, 0.7, 0.6), (0.5, 0.7, 0.6)), ((0.5, 0.5, 0.8), (0.5, 0.5, 0.8))
    told = told_of(None, None, both)
    assert "Table I shows the first repeat, in which Baseline II is higher; the mean of all 2 repeats decides" in told


def test_mostly_diverged_runs_are_counted_with_what_to_look_at():
    told = told_of((None, None, 0.8), (None, None, 0.6))
    assert "2 of 3 final runs diverged. Look at training.learning_rate" in told and "pixels.range" in told
    assert "final runs diverged" not in told_of((0.5, None, 0.8), (0.5, None, 0.6))


def test_repeats_say_how_often_the_same_layers_won():
    first, second = plan(), plan(bw=("conv_pw_1",))
    runs = records(first, (0.5, 0.7, 0.8), (0.5, 0.7, 0.8)) | records(second, (0.5, 0.7, 0.9), (0.5, 0.7, 0.7))
    found = recommendation([first, second], runs, {})
    assert found["best"]["validation"] == pytest.approx(0.85)
    assert "The same layers won in 1 of 2 repeats" in answer(study(), backbone(), found)


def test_nothing_is_recommended_where_all_diverged():
    runs = records(plan(), (None, None, None), (None, None, None))
    assert recommendation([plan()], runs, {}) is None


MODERN = {
    "optimizer": "adamw",
    "weight_decay": 0.1,
    "schedule": "cosine",
    "warmup": 0.5,
    "clip_norm": 1.0,
    "label_smoothing": 0.1,
}


@pytest.mark.parametrize(("units", "training"), [([128, 64], {}), ([], MODERN | {"batch_size": 1})])
def test_the_snippet_trains_exactly_these_layers(units, training):
    import keras

    content = {
        "backbones": [{"name": "MobileNet", "alpha": 0.25, "weights": "none"}],
        "data": {"image_size": 32},
        "pixels": {"range": "native"},
        "head": {"units": units},
        "training": {"epochs": 1, **training},
    }
    settings = validate(Settings, content)
    runs = records(plan(), validation=(0.5, 0.7, 0.8), test=(0.5, 0.9, 0.6))
    best = recommendation([plan()], runs, {})["best"]
    pictures = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
    keras.utils.set_random_seed(1)
    scope = {
        "pictures": pictures,
        "labels": np.array([0, 1, 2, 3]),
        "validation_pictures": pictures,
        "validation_labels": np.array([0, 1, 2, 3]),
    }
    before = keras.applications.MobileNet
    made = {}
    try:
        # The same network, seen before it trains
        keras.applications.MobileNet = lambda **given: made.setdefault("network", before(**given))
        exec(snippet(backbone(), best, settings, classes=5), scope)
    finally:
        keras.applications.MobileNet = before
    trained = {layer.name for layer in made["network"].layers if layer.trainable_weights}
    assert trained == set(best["names"])
    assert scope["fed"](pictures).min() >= -1 and scope["fed"](pictures).max() <= 1
    model = scope["model"]
    assert model.output_shape == (None, 5)
    assert [layer.units for layer in model.layers if isinstance(layer, keras.layers.Dense)] == [*units, 5]
    assert type(model.optimizer) is (keras.optimizers.AdamW if training else keras.optimizers.Adam)
    if training:
        rate = model.optimizer._learning_rate
        # Four steps: two of warm-up, two of the cosine
        assert [float(rate(step)) for step in range(5)] == pytest.approx([0, 5e-5, 1e-4, 5e-5, 0], abs=1e-9)
        smoothed = [[0.92 if place == label else 0.02 for place in range(5)] for label in range(4)]
        assert scope["labels"] == pytest.approx(np.array(smoothed))
        assert scope["validation_labels"].tolist() == np.eye(5)[:4].tolist()


@pytest.mark.parametrize("name", ["their nets/mine.keras", "theirs:net"])
def test_the_snippet_for_a_network_of_ones_own_loads_it(tmp_path, monkeypatch, name):
    import keras

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    inputs = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(2, 3, name="conv1")(inputs)
    network = keras.Model(inputs, keras.layers.Conv2D(2, 3, name="conv_dw_1")(x))
    network.trainable = False
    (tmp_path / "their nets").mkdir()
    network.save(tmp_path / "their nets" / "mine.keras")
    (tmp_path / "theirs.py").write_text(
        "import keras\ndef net(shape):\n    assert shape == (32, 32, 3)\n"
        "    return keras.saving.load_model('their nets/mine.keras')\n"
    )
    content = {"backbones": [{"name": name, "native": "tf"}], "data": {"image_size": 32}, "training": {"epochs": 1}}
    settings = validate(Settings, content | {"pixels": {"range": "native"}})
    theirs = replace(backbone(), name=name, alpha=None, weights="own", weights_kind="own", trained_on="tf")
    code = snippet(theirs, {"names": ["conv_dw_1"], "strategy": "lw", "learning_rate": None}, settings, classes=5)
    scope = {}
    # That it trains what is unfrozen is shown above
    exec(code.split("model.fit(")[0], scope)
    tuned, model = scope["backbone"], scope["model"]
    assert {layer.name for layer in tuned.layers if layer.trainable_weights} == {"conv_dw_1"}
    assert {weight.path.split("/")[0] for weight in model.trainable_weights} >= {"conv_dw_1"}
    assert model.input_shape == (None, 32, 32, 3) and model.output_shape == (None, 5)
    np.testing.assert_array_equal(tuned.get_layer("conv1").kernel, network.get_layer("conv1").kernel)
    assert scope["fed"](np.zeros((1, 32, 32, 3), np.uint8)).max() == -1


def test_the_next_best_is_something_else():
    entry = TRAINED | {"candidate": 1, "accuracy": 0.5, "interval": [0.4, 0.6], "parameters": 5, "accuracies": [0.5]}
    best, same, other = (
        entry | {"strategy": strategy, "names": names}
        for strategy, names in (("bw", ["a", "b"]), ("bwsw", ["a", "b"]), ("lw", ["b"]))
    )
    found = {"best": best, "others": [same, other], "scored": "test", "diverged": 0, "final_runs": 2}
    assert "Next best: b (LW" in answer(study(), backbone(), found)
