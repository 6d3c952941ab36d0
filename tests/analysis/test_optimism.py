"""Selection optimism: winners on the photographs that chose them, and on others."""

import pytest

from blocktune.analysis.optimism import optimism


def plan(repeat, backbone="A"):
    names = ("baseline1", "bw")
    return {"backbone": backbone, "candidates": [{"strategy": name, "run": f"{name}{repeat}"} for name in names]}


def metrics(selected, unseen, diverged=False):
    scores = {"last": {"accuracy": unseen}, "best": {"accuracy": unseen}}
    return {
        "diverged": diverged,
        "last_accuracy": selected,
        "best_accuracy": selected,
        "test": None if diverged else scores,
    }


def test_the_difference_has_the_binomial_error_of_both_parts():
    runs = {"baseline10": metrics(0.5, 0.5), "bw0": metrics(0.8, 0.7)}
    found = optimism([plan(0)], runs, "last", chosen=400, unseen=1600)["backbones"]["A"]
    assert (found["bw"]["selected"], found["bw"]["unseen"]) == (0.8, 0.7)
    assert found["bw"]["points"] == pytest.approx(10)
    reach = 196 * (0.8 * 0.2 / 400 + 0.7 * 0.3 / 1600) ** 0.5
    assert found["bw"]["interval"] == pytest.approx([10 - reach, 10 + reach], rel=1e-3)
    assert found["baseline1"]["points"] == 0


def test_more_repeats_on_the_same_photographs_make_no_narrower_interval():
    runs = {f"{name}{repeat}": metrics(0.8, 0.7) for name in ("baseline1", "bw") for repeat in range(5)}
    one = optimism([plan(0)], runs, "last", 400, 1600)["backbones"]["A"]["bw"]
    five = optimism([plan(repeat) for repeat in range(5)], runs, "last", 400, 1600)["backbones"]["A"]["bw"]
    assert five["interval"] == pytest.approx(one["interval"])
    assert len(five["by_repeat"]) == 5


def test_a_diverged_run_leaves_no_number():
    runs = {"baseline10": metrics(0.5, 0.5), "bw0": metrics(None, None, diverged=True)}
    found = optimism([plan(0)], runs, "last", 400, 1600)["backbones"]["A"]
    assert found["bw"]["points"] is None and found["bw"]["interval"] is None
    assert found["baseline1"]["points"] == 0
