"""The analysis of factors on made-up numbers whose answer is known: what was planted is found."""

import made_up_factors as made_up
import numpy as np
import pytest

from blocktune.factors.crossing import SCORE, by_backbone, crossed, scored
from blocktune.factors.effect_tables import effects_table
from blocktune.factors.effects import analyse, effects
from blocktune.factors.levels import by_seed, rows_of
from blocktune.factors.mixed import over_backbones
from blocktune.factors.terms import SEED


def test_f_freedom_and_p_of_a_term_are_one_test(read):
    from scipy import stats

    responses, design = read(
        made_up.responses(made_up.only_tuning_everything_breaks, factors=made_up.FEW, everywhere=[])
    )
    for entry in analyse(crossed(scored(responses, design)), SCORE, design)["tests"]:
        assert entry["p"] == pytest.approx(stats.f.sf(entry["F"], entry["df"], entry["df_residual"]))
        (row,) = effects_table([entry]).rows
        assert [cell.sort for cell in row[1:4]] == [entry["F"], entry["df"], entry["p_adjusted"]]


def test_a_strategy_that_a_factor_does_not_touch_leaves_its_other_levels_to_the_others(read):
    # The head alone has no BatchNormalization that trains: all policies are one run of it
    def frozen_helps(strategy, setting):
        return 0.6 + 0.1 * (strategy != "baseline1") + 0.1 * (setting["batch_norm"] == "frozen")

    told = []
    for truth in (made_up.flat, frozen_helps):
        rows = made_up.responses(truth, factors=["batch_norm", "learning_rate"], shared=0.8, everywhere=[])
        same = {row["seed"]: row["run"] for row in rows if row["strategy"] == "baseline1" and row["reference"]}
        alone = [row["strategy"] == "baseline1" and row["factor"] == "batch_norm" for row in rows]
        rows = [row | {"run": same[row["seed"]]} if one else row for row, one in zip(rows, alone, strict=True)]
        responses, design = read(rows)
        found = analyse(crossed(scored(responses, design)), SCORE, design)
        assert found["unknown"] == []
        told.append(made_up.verdicts(found["tests"]))
    assert not any(told[0].values())
    assert told[1]["batch_norm"] and told[1]["strategy"] and not told[1]["learning_rate"]


def test_a_planted_interaction_is_found_and_nothing_else(read):
    responses, design = read(made_up.responses(made_up.only_tuning_everything_breaks, factors=made_up.FACTORS[:5]))
    found = effects(responses, made_up.distances_frame([]), design)[made_up.KEY]
    told = made_up.verdicts(found["tests"])
    assert told.pop("learning_rate x strategy") and told.pop("learning_rate") and told.pop("strategy")
    assert not any(told.values())
    rate = found["ranges"]["learning_rate"]
    assert rate["baseline2"]["range"] == pytest.approx(0.3, abs=0.03)
    assert rate["baseline2"]["lowest"] == "1e-1" and rate["baseline2"]["larger_than_noise"]
    assert not rate["baseline1"]["larger_than_noise"]


def test_a_diverged_run_counts_as_guessing(read):
    rows = made_up.responses(
        made_up.flat,
        factors=made_up.FEW,
        diverged=lambda strategy, setting: strategy == "baseline2" and setting["learning_rate"] == "1e-1",
    )
    responses, design = read(rows)
    found = effects(responses, made_up.distances_frame([]), design)[made_up.KEY]
    assert found["diverged"] == [
        {"factor": "learning_rate", "level": "1e-1", "strategy": "baseline2", "runs": 3, "of": 3}
    ]
    assert found["ranges"]["learning_rate"]["baseline2"]["range"] == pytest.approx(0.5, abs=0.02)
    assert made_up.verdicts(found["tests"])["learning_rate x strategy"]


def test_one_seed_gives_differences_but_no_verdict(read):
    responses, design = read(made_up.responses(made_up.only_tuning_everything_breaks, seeds=(1,)))
    found = effects(responses, made_up.distances_frame([]), design)[made_up.KEY]
    assert found["tests"] == [] and "one seed" in found["why_no_tests"]
    assert found["where"]["tests"] == []
    entry = found["ranges"]["learning_rate"]["baseline2"]
    assert entry["range"] > 0.2 and entry["noise"] is None and entry["larger_than_noise"] is None
    assert all(level["interval"] is None for level in found["levels"]["learning_rate"]["baseline2"])


def test_a_factor_that_was_left_out_is_no_term(read):
    responses, design = read(made_up.responses(made_up.flat, factors=made_up.FEW))
    found = effects(responses, made_up.distances_frame([]), design)[made_up.KEY]
    assert set(found["levels"]) == set(found["ranges"]) == set(made_up.FEW)
    assert found["distance"] is None
    assert "images" not in made_up.verdicts(found["tests"])


def test_only_strategies_at_the_reference(read):
    responses, design = read(made_up.responses(lambda s, c: 0.7 + 0.1 * (s == "bw"), factors=[]))
    found = effects(responses, made_up.distances_frame([]), design)[made_up.KEY]
    assert found["why_no_tests"] == "nothing was measured"
    assert made_up.verdicts(found["where"]["tests"]) == {"strategy": True}
    assert found["where"]["range"]["highest"] == "bw" and found["where"]["range"]["larger_than_noise"]


def test_a_grid_tells_how_two_factors_act_together(read):
    def sgd_needs_the_high_rate(strategy, setting):
        high = setting["learning_rate"] == "1e-2"
        return 0.7 + 0.1 * (high if setting["optimizer"] == "sgd" else not high)

    levels = made_up.LEVELS | {"learning_rate": ["1e-4", "1e-2"]}
    rows = made_up.responses(sgd_needs_the_high_rate, factors=made_up.FEW, design="grid", levels=levels)
    responses, design = read(rows, "grid")
    found = effects(responses, made_up.distances_frame([]), design)[made_up.KEY]
    told = made_up.verdicts(found["tests"])
    assert told.pop("learning_rate x optimizer")
    assert not any(told.values())
    # Over both optimizers the rates are even, which a sweep at Adam alone would not have shown
    assert found["ranges"]["learning_rate"]["every"]["range"] < 0.02
    rows = made_up.responses(sgd_needs_the_high_rate, factors=made_up.FEW, levels=levels)
    responses, design = read(rows)
    swept = effects(responses, made_up.distances_frame([]), design)[made_up.KEY]
    assert ["learning_rate", "optimizer"] not in [entry["term"] for entry in swept["tests"]]


def test_the_mean_over_strategies_does_not_hang_on_which_are_missing(read):
    rows = made_up.responses(lambda s, c: 0.5 + 0.4 * (s == "bw"), sd=0, factors=made_up.FEW, everywhere=[])
    kept = [row for row in rows if not (row["strategy"] == "bw" and row["level"] == "sgd" and row["seed"] == 2)]
    responses, design = read(kept)
    every = by_seed(rows_of(responses, "optimizer", design), "accuracy")["every"]
    assert sorted(every["sgd"]) == ["1", "3"]
    assert every["sgd"]["1"] == pytest.approx(every["adam"]["1"], abs=1e-9)


def test_backbones_are_put_together_from_five_on(read):
    def rows(count):
        return [
            row
            for number in range(count)
            for row in made_up.responses(
                lambda s, c, n=number: made_up.only_tuning_everything_breaks(s, c) - 0.08 * (n - 2),
                key=f"net{number}",
                factors=made_up.FEW,
                everywhere=[],
            )
        ]

    def together(backbones):
        responses, design = read(rows(backbones))
        return over_backbones({key: crossed(mine) for key, mine in by_backbone(responses, design).items()}, design)

    assert together(4) is None
    over = together(5)
    assert over["between_sd"] == pytest.approx(0.08 * np.std([-2, -1, 0, 1, 2], ddof=1), rel=0.05)
    assert over["within_sd"] == pytest.approx(0.01, rel=0.2)
    told = made_up.verdicts(over["tests"])
    assert told["learning_rate x strategy"] and not told["optimizer"] and not told["optimizer x strategy"]


def test_strategies_that_are_the_same_runs_are_named(read):
    rows = made_up.responses(made_up.flat, factors=["optimizer"])
    bw = {row["seed"]: row for row in rows if row["factor"] == "where" and row["strategy"] == "bw"}
    rows = [row | {"run": bw[row["seed"]]["run"]} if row["strategy"] == "lw" else row for row in rows]
    responses, design = read(rows)
    assert effects(responses, made_up.distances_frame([]), design)[made_up.KEY]["where"]["same_runs"] == [["lw", "bw"]]


def test_seeds_are_blocks_and_no_term(read):
    responses, design = read(made_up.responses(made_up.flat, factors=made_up.FEW))
    assert list(SEED) not in [
        entry["term"] for entry in analyse(crossed(scored(responses, design)), SCORE, design)["tests"]
    ]
