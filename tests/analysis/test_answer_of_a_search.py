"""A search by rounds has an answer of its own, which is recommended unless validation is clearly against it."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import made_rounds
from test_keep_frozen import PROBED, SPREAD, practice, records
from test_recommend import backbone, plan, study

from blocktune.analysis.by_rounds import answering
from blocktune.analysis.recommend import recommendations
from blocktune.analysis.recommend_words import answer

FOUND = made_rounds({"a": (1e-3, (0.7, 0.8))}, strategy="bw")


def recommended(lead, repeats=1):
    """What is recommended where Baseline II's final run is better than the block's by `lead` of the loss."""
    plans = [practice(number) for number in range(repeats)]
    probe = np.linspace(1.1, 2.1, 200)
    everything = np.linspace(0.1, 1.1, 200)
    losses = everything, everything + lead + 0.3 * SPREAD, probe
    runs = {run: record for one in plans for run, record in records(one, losses).items()}
    mine = study(**PROBED, method="race", repeats=repeats)
    found = recommendations(mine, [(backbone(), plans)], runs, {}, {backbone().key: FOUND})[backbone().key]
    return found, answer(mine, backbone(), found)


def test_the_answer_of_the_search_comes_first_although_one_training_is_a_little_worse():
    found, told = recommended(0.03)
    assert (found["best"]["strategy"], found["ranked_first"]) == ("bw", "bw")
    assert found["against_probe"]["more_than_noise"]
    assert [entry["strategy"] for entry in found["others"]] == ["baseline2", "probe"]
    assert "The answer is expected to lose 0.12 points" in told


# Two standard errors of 0.3 / sqrt(200)
@pytest.mark.parametrize(("lead", "best"), [(-0.1, "bw"), (0.042, "bw"), (0.043, "baseline2"), (1.0, "baseline2")])
def test_a_training_that_is_clearly_worse_is_not_handed_over(lead, best):
    assert recommended(lead)[0]["best"]["strategy"] == best


def test_with_repeats_the_means_of_validation_decide():
    assert recommended(0.03, repeats=2)[0]["best"]["strategy"] == "baseline2"


def test_why_a_higher_test_accuracy_is_not_the_answer_stands_beside_it():
    one = practice()
    runs = records(one, (np.full(200, 0.5), 0.51 + 0.3 * SPREAD, np.full(200, 2.0)), test=(0.9, 0.8, 0.5))
    mine = study(**PROBED, method="race")
    found = recommendations(mine, [(backbone(), [one])], runs, {}, {backbone().key: FOUND})[backbone().key]
    told = answer(mine, backbone(), found)
    assert "Baseline II has a higher test accuracy (0.900)" in told
    assert "the search chose the answer by all of its trainings together" in told
    assert "prefers the other (loss 0.5" in told


def test_an_arm_that_only_a_baseline_trains_may_be_the_answer():
    final = plan()
    everything = next(entry for entry in final.candidates if entry.strategy == "baseline2")
    specs = {run: replace(spec, unfrozen=(7, 8)) for run, spec in final.runs.items() if run == everything.run}
    final = replace(final, runs=final.runs | specs)
    rate = final.runs[everything.run].training["learning_rate"]
    arm = replace(FOUND.arms[0], run="b", layers=(7, 8), learning_rate=rate)
    other = replace(FOUND, answer="b", arms=(*FOUND.arms, arm))
    assert answering(other, final) == "baseline2"
    assert answering(replace(other, arms=(replace(arm, learning_rate=2 * rate),)), final) is None
    assert answering(FOUND, final) == "bw"
