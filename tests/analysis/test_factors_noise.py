"""How often the analysis of factors calls noise an effect: as often as it says."""

from pathlib import Path

import made_up_factors as made_up
import pytest

from blocktune.factors.crossing import SCORE, crossed, scored
from blocktune.factors.effects import analyse
from blocktune.factors.levels import ranges, rows_of


@pytest.mark.parametrize("shared", [0.0, 0.8])
def test_noise_that_runs_of_a_seed_share_is_called_an_effect_as_seldom_as_any(shared, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    from factors_noise import shares

    found = shares(300, "screening", 3, shared)
    # 5 % of 300 is 15, with a standard deviation of 4
    assert all(4 / 300 <= share <= 28 / 300 for share in found["ours"].values())
    assert found["any"] <= 28 / 300
    # To take runs for independent is wrong as soon as they are not
    assert (found["pooled"]["learning_rate"] > 0.15) == (shared > 0)


def test_noise_is_seldom_taken_for_an_effect(read):
    # Holm's bound: in one of twenty studies of pure noise anything at all may be called larger than noise
    fooled = 0
    for number in range(20):
        responses, design = read(
            made_up.responses(made_up.flat, noise=number, factors=made_up.FACTORS[:5], everywhere=[])
        )
        fooled += any(made_up.verdicts(analyse(crossed(scored(responses, design)), SCORE, design)["tests"]).values())
    assert fooled <= 2


def test_a_rate_that_only_spreads_more_is_not_an_effect(read):
    def wild_at_the_highest_rate(strategy, setting):
        return 0.1 if setting["learning_rate"] == "1e-1" else 0.01

    ours, told = 0, 0
    factors = ["learning_rate", "images", "imbalance"]
    for number in range(20):
        rows = made_up.responses(
            made_up.flat, sd=wild_at_the_highest_rate, noise=number, factors=factors, everywhere=[]
        )
        responses, design = read(rows)
        found = analyse(crossed(scored(responses, design)), SCORE, design)
        rate = next(entry for entry in found["tests"] if entry["term"] == ["learning_rate", "strategy"])
        ours += rate["p"] < 0.05
        told += found["residuals"]["p"] < 0.05
    assert ours <= 4
    assert told >= 15
    assert found["residuals"]["widest"]["learning_rate"] == "1e-1"


def test_noise_is_what_equal_levels_stay_below(read):
    below = 0
    for number in range(40):
        rows = made_up.responses(
            made_up.flat, noise=number, factors=["learning_rate"], strategies=["bw"], everywhere=[]
        )
        responses, design = read(rows)
        below += not ranges(rows_of(responses, "learning_rate", design), "accuracy")["bw"]["larger_than_noise"]
    assert below >= 34
