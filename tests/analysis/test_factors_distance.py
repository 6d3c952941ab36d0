"""Whether accuracy falls with the distance of the target, on made-up numbers whose answer is known."""

import made_up_factors as made_up
import numpy as np
import pytest

from blocktune.factors.effects import effects


def test_accuracy_falls_with_distance_more_for_one_strategy(read, away):
    def truth(strategy, setting):
        return 0.8 - (0.08 if strategy == "baseline1" else 0.02) * (made_up.emd_of(setting["target"]) - 1)

    responses, design = read(made_up.responses(truth, factors=["target"]))
    found = effects(responses, away(made_up.distances()), design)[made_up.KEY]["distance"]
    assert found["span"] == [0.0, 3.6] and len(found["targets"]) == 11
    assert found["slopes"]["baseline1"]["change"] == pytest.approx(-0.08 * 3.6, abs=0.02)
    low, high = found["slopes"]["bw"]["interval"]
    assert low < -0.02 * 3.6 < high < 0
    assert made_up.verdicts(found["tests"]) == {"distance": True, "distance x strategy": True}


def test_targets_not_trainings_are_counted_for_a_distance(read, away):
    # Every target is easy or hard by itself, whatever the distance: many seeds make that sure, but no slope
    easy = dict(zip(made_up.LEVELS["target"], np.random.default_rng(4).normal(0, 0.05, 11), strict=True))
    rows = made_up.responses(
        lambda s, c: 0.7 + easy[c["target"]], sd=0.001, factors=["target"], seeds=range(12), everywhere=[]
    )
    responses, design = read(rows)
    found = effects(responses, away(made_up.distances()), design)[made_up.KEY]
    assert made_up.verdicts(found["tests"])["target"]
    assert made_up.verdicts(found["distance"]["tests"]) == {"distance": False, "distance x strategy": False}


def test_too_few_targets_have_no_slope(read, away):
    levels = made_up.LEVELS | {"target": ["own", "rotate 0.5", "rotate 1"]}
    responses, design = read(made_up.responses(made_up.flat, factors=["target"], levels=levels))
    measured = away(made_up.distances(targets=levels["target"]))
    found = effects(responses, measured, design)[made_up.KEY]["distance"]
    assert found["slopes"] == {} and found["why_not"].startswith("3 targets at different distances are too few")
    nothing = effects(responses, away([]), design)[made_up.KEY]["distance"]
    assert nothing["why_not"] == "no distance was measured" and nothing["unknown"] == levels["target"]
