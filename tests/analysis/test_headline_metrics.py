"""metrics.json: the headline numbers."""

import json

import pytest

from blocktune.analysis.metrics import headline


def numbers(inputs):
    return headline(inputs.study, inputs.backbones, inputs.search, inputs.final).content()


def test_accuracies_gains_and_the_winner(paper_study):
    vgg = numbers(paper_study)["backbones"]["VGG16"]["strategies"]
    assert vgg["lw"]["final"]["accuracy"] == 0.864668
    assert vgg["lw"]["final"]["gain_over_baseline1_points"] == pytest.approx(15.0772)
    assert vgg["lw"]["final"]["gain_over_baseline2_points"] == pytest.approx(-0.9083)
    winner = paper_study.search.winner("VGG16", "bw")
    assert vgg["bw"]["search"]["accuracy"] == winner.accuracy
    assert vgg["bw"]["first"] == {"index": winner.first, "name": paper_study.backbones[0].layer_name(winner.first)}
    assert vgg["bw"]["candidates"] == 5
    assert vgg["baseline1"]["first"] is None


def test_over_the_backbones(paper_study):
    found = numbers(paper_study)
    assert found["strategies"]["bw"]["final"]["mean"] == pytest.approx(0.851771, abs=1.5e-6)
    assert found["strategies"]["bw"]["final"]["variance"] == pytest.approx(0.001318, abs=1.5e-6)
    assert found["strategies"]["bw"]["final"]["backbones"] == 5
    # Random layers run in the search only.
    assert found["strategies"]["random3"]["search"]["mean"] is not None
    assert found["strategies"]["random3"]["final"]["mean"] is None


def test_what_does_not_exist_is_null_and_the_json_is_plain(make):
    inputs = make(("VGG16",), diverged=("lw",))
    text = json.dumps(numbers(inputs), sort_keys=True, allow_nan=False)
    lw = json.loads(text)["backbones"]["VGG16"]["strategies"]["lw"]["final"]
    assert (lw["accuracy"], lw["diverged"], lw["gain_over_baseline1_points"]) == (None, True, None)
    assert json.loads(text)["strategies"]["bw"]["final"]["variance"] is None


def test_no_headline_chooses_among_test_scores(make):
    images = {"search": 367, "final": 2018, "validation": 551, "test": 1101}
    assert [key for key in numbers(make(images=images)) if "best" in key] == []


def test_a_strategy_without_every_backbone_has_no_mean(make):
    def only_one(name, values):
        return {**values, "lw": 0.99} if name == "VGG16" else {k: v for k, v in values.items() if k != "lw"}

    found = numbers(make(change=only_one))
    assert found["strategies"]["lw"]["final"] == {"mean": None, "variance": None, "backbones": 1}


def test_random_weights_are_flagged(make):
    found = numbers(make(about={"MobileNet": {"weights": "none", "weights_kind": "none"}}))
    assert found["random_weights"] == ["MobileNet"]
    assert [found["backbones"][key]["random_weights"] for key in ("VGG16", "MobileNet")] == [False, True]
