"""The analysis of factors on made-up numbers whose answer is known: what was planted is found, luck is not."""

from pathlib import Path

import made_up_factors as made_up
import numpy as np
import pytest

from blocktune.factors.crossing import SCORE, crossed, scored
from blocktune.factors.effect_tables import effects_table
from blocktune.factors.effects import analyse, effects
from blocktune.factors.levels import by_seed, ranges, rows_of
from blocktune.factors.strata import strata
from blocktune.factors.tables import read_design, read_distances, read_responses
from blocktune.factors.terms import SEED, effect_size, explain, one_hot, split

FEW = ["learning_rate", "optimizer"]
KEY = "MobileNet-a0.25"
ALIKE = [("", "")]
"""The group of a row where all rows spread alike, so that the test is the F test."""


@pytest.fixture
def read(tmp_path):
    """Made-up rows as the analysis reads them."""

    def build(rows, kind="screening", **changes):
        design = read_design(made_up.write_json(tmp_path / "design.json", made_up.design(rows, kind, **changes)))
        return read_responses(made_up.write_csv(tmp_path / "responses.csv", rows)), design

    return build


@pytest.fixture
def away(tmp_path):
    """Made-up distances as the analysis reads them."""
    return lambda rows: read_distances(made_up.write_csv(tmp_path / "distances.csv", rows))


def flat(strategy, setting):
    return 0.7


def only_tuning_everything_breaks(strategy, setting):
    return 0.7 - 0.3 * (strategy == "baseline2" and setting["learning_rate"] == "1e-1")


def verdicts(tests):
    return {" x ".join(entry["term"]): entry["larger_than_noise"] for entry in tests}


def test_where_all_spread_alike_tests_are_those_of_statsmodels():
    # An unbalanced table: half of the cells have one run more
    import pandas as pd
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    luck = np.random.default_rng(1)
    rows = [(a, b) for a in "xyz" for b in "pq" for _ in range(3 + (a < "z") * (b == "p"))]
    frame = pd.DataFrame(rows, columns=["a", "b"]).assign(y=luck.normal(size=len(rows)))
    frame["y"] += (frame["a"] == "x") * (1 + (frame["b"] == "q"))
    columns = {("a",): one_hot(frame["a"]), ("b",): one_hot(frame["b"]), ("a", "b"): one_hot(rows)}
    found, unknown = explain(frame["y"].to_numpy(), split(columns, ALIKE * len(rows)), {})
    table = anova_lm(ols("y ~ C(a) * C(b)", frame).fit(), typ=2)
    assert unknown == []
    for entry, theirs in zip(found, ["C(a)", "C(b)", "C(a):C(b)"], strict=True):
        assert (entry["df"], entry["F"], entry["p"]) == pytest.approx(tuple(table.loc[theirs, ["df", "F", "PR(>F)"]]))
        assert entry["rank"] == table.loc[theirs, "df"]
        assert entry["df_residual"] == pytest.approx(table.loc["Residual", "df"])


def test_p_is_adjusted_as_holm_does():
    from statsmodels.stats.multitest import multipletests

    luck = np.random.default_rng(5)
    letters = [luck.choice(list("xyz"), 60).tolist() for _ in range(4)]
    columns = {(str(place),): one_hot(values) for place, values in enumerate(letters)}
    outcome = luck.normal(size=60) + 0.6 * (np.array(letters[0]) == "x")
    found, _ = explain(outcome, split(columns, ALIKE * 60), {})
    p = [entry["p"] for entry in found]
    assert [entry["p_adjusted"] for entry in found] == pytest.approx(multipletests(p, method="holm")[1])


def test_the_size_of_a_known_effect_is_recovered():
    # Three of the variance of ten is the effect's, in a balanced design: half of the runs up, half of them down
    luck = np.random.default_rng(2)
    side = np.tile([1, -1], 3000)
    outcome = np.sqrt(3) * side + np.sqrt(7) * luck.normal(size=6000)
    (found,), _ = explain(outcome, split({("side",): one_hot(side)}, ALIKE * 6000), {})
    assert found["omega_squared"] == pytest.approx(0.3, abs=0.02)
    low, high = found["interval"]
    assert low < 0.3 < high and high - low < 0.06


def test_the_interval_of_an_effect_covers_it_as_often_as_it_says():
    luck = np.random.default_rng(3)
    groups = np.repeat(np.arange(4), 6)
    means = np.array([-1, 0, 0, 1]) * 0.8
    true = np.var(means) / (np.var(means) + 1)
    covered, terms = 0, split({("g",): one_hot(groups)}, ALIKE * 24)
    for _ in range(200):
        (found,), _ = explain(means[groups] + luck.normal(size=24), terms, {})
        covered += found["interval"][0] <= true <= found["interval"][1]
    # 95 % of 200 is 190, with a standard deviation of 3
    assert 181 <= covered <= 198


@pytest.mark.parametrize("ratio", [0.01, 1.0, 20.0, 500.0, 5000.0, 1e7])
def test_no_effect_is_too_small_or_too_large_for_an_interval(ratio):
    from statsmodels.stats.oneway import confint_noncentrality

    omega, (low, high) = effect_size(ratio, 4, 4, 60, 65)
    assert 0 <= low <= high < 1
    theirs = confint_noncentrality(ratio, (4, 60))
    if ratio <= 500:
        assert [low, high] == pytest.approx(list(theirs / (theirs + 65)), abs=1e-3)
    else:
        assert low < omega < high


def test_partial_omega_squared_is_that_of_a_design_of_several_factors():
    # Two factors and their interaction, balanced: what each explains, without what noise alone gives it, beside noise
    luck = np.random.default_rng(8)
    rows = [(a, b) for a in "xyz" for b in "pq" for _ in range(5)]
    outcome = luck.normal(size=30) + np.array([(a == "x") + 2 * (b == "q") for a, b in rows])
    a, b = zip(*rows, strict=True)
    columns = {("a",): one_hot(a), ("b",): one_hot(b), ("a", "b"): one_hot(rows)}
    found, _ = explain(outcome, split(columns, ALIKE * 30), {})
    cells = outcome.reshape(3, 2, 5)
    noise = cells.var(axis=2, ddof=1).mean()
    for entry, means, count in zip(
        found[:2], (cells.mean(axis=(1, 2)), cells.mean(axis=(0, 2))), (10, 15), strict=True
    ):
        above = count * np.sum((means - outcome.mean()) ** 2) - entry["rank"] * noise
        assert entry["omega_squared"] == pytest.approx(above / (above + 30 * noise))


def test_factors_are_judged_between_plots_and_strategies_within():
    """The tests of a split-plot design, put together from statsmodels' table of one with seeds and plots as terms."""
    import pandas as pd
    from scipy import stats
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    luck = np.random.default_rng(9)
    plots = {(seed, rate): luck.normal(0, 2) for seed in range(4) for rate in "xyz"}
    rows = [(*plot, strategy) for plot in plots for strategy in "pqr"]
    frame = pd.DataFrame(rows, columns=["seed", "rate", "strategy"])
    frame["y"] = [plots[seed, rate] + (rate == "x") * (2 + (strategy == "p")) for seed, rate, strategy in rows]
    frame["y"] += luck.normal(size=len(rows))
    table = anova_lm(ols("y ~ C(seed) * C(rate) + C(strategy) * C(rate)", frame).fit())
    apart = strata([row[:2] for row in rows], [""] * len(rows))
    columns = {
        SEED: one_hot(frame["seed"]),
        ("strategy",): one_hot(frame["strategy"]),
        ("rate",): one_hot(frame["rate"]),
    }
    columns["rate", "strategy"] = one_hot([row[1:] for row in rows])
    turned = {term: apart.turn @ values for term, values in columns.items()}
    units = apart.units(columns)
    found, _ = explain(apart.turn @ frame["y"].to_numpy(), split(turned, apart.groups, apart.constant), units)
    plot, run = table.loc["C(seed):C(rate)"], table.loc["Residual"]
    theirs = {
        "strategy": ("C(strategy)", run),
        "rate": ("C(rate)", plot),
        "rate x strategy": ("C(strategy):C(rate)", run),
    }
    for entry in found:
        name, noise = theirs[" x ".join(entry["term"])]
        ratio = table.loc[name, "mean_sq"] / noise["mean_sq"]
        assert entry["F"] == pytest.approx(ratio)
        assert (entry["df"], entry["df_residual"]) == pytest.approx((table.loc[name, "df"], noise["df"]))
        assert entry["p"] == pytest.approx(stats.f.sf(ratio, table.loc[name, "df"], noise["df"]))
    assert units == {SEED: 12, ("rate",): 12, ("strategy",): 36, ("rate", "strategy"): 36}


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


def test_f_freedom_and_p_of_a_term_are_one_test(read):
    from scipy import stats

    responses, design = read(made_up.responses(only_tuning_everything_breaks, factors=FEW, everywhere=[]))
    for entry in analyse(crossed(scored(responses, design)), SCORE, design)["tests"]:
        assert entry["p"] == pytest.approx(stats.f.sf(entry["F"], entry["df"], entry["df_residual"]))
        table = effects_table([entry])[0]
        assert [cell.sort for cell in table[1:4]] == [entry["F"], entry["df"], entry["p_adjusted"]]


def test_a_strategy_that_a_factor_does_not_touch_leaves_its_other_levels_to_the_others(read):
    # The head alone has no BatchNormalization that trains: all policies are one run of it
    def frozen_helps(strategy, setting):
        return 0.6 + 0.1 * (strategy != "baseline1") + 0.1 * (setting["batch_norm"] == "frozen")

    told = []
    for truth in (flat, frozen_helps):
        rows = made_up.responses(truth, factors=["batch_norm", "learning_rate"], shared=0.8, everywhere=[])
        same = {row["seed"]: row["run"] for row in rows if row["strategy"] == "baseline1" and row["reference"]}
        alone = [row["strategy"] == "baseline1" and row["factor"] == "batch_norm" for row in rows]
        rows = [row | {"run": same[row["seed"]]} if one else row for row, one in zip(rows, alone, strict=True)]
        responses, design = read(rows)
        found = analyse(crossed(scored(responses, design)), SCORE, design)
        assert found["unknown"] == []
        told.append(verdicts(found["tests"]))
    assert not any(told[0].values())
    assert told[1]["batch_norm"] and told[1]["strategy"] and not told[1]["learning_rate"]


def test_a_planted_interaction_is_found_and_nothing_else(read):
    responses, design = read(made_up.responses(only_tuning_everything_breaks, factors=made_up.FACTORS[:5]))
    found = effects(responses, None, design)["backbones"][KEY]
    told = verdicts(found["tests"])
    assert told.pop("learning_rate x strategy") and told.pop("learning_rate") and told.pop("strategy")
    assert not any(told.values())
    rate = found["ranges"]["learning_rate"]
    assert rate["baseline2"]["range"] == pytest.approx(0.3, abs=0.03)
    assert rate["baseline2"]["lowest"] == "1e-1" and rate["baseline2"]["larger_than_luck"]
    assert not rate["baseline1"]["larger_than_luck"]


def test_noise_is_seldom_taken_for_an_effect(read):
    # Holm's bound: in one of twenty studies of pure luck anything at all may be called larger than noise
    fooled = 0
    for number in range(20):
        responses, design = read(made_up.responses(flat, noise=number, factors=made_up.FACTORS[:5], everywhere=[]))
        fooled += any(verdicts(analyse(crossed(scored(responses, design)), SCORE, design)["tests"]).values())
    assert fooled <= 2


def test_a_rate_that_only_spreads_more_is_not_an_effect(read):
    def wild_at_the_highest_rate(strategy, setting):
        return 0.1 if setting["learning_rate"] == "1e-1" else 0.01

    ours, told = 0, 0
    factors = ["learning_rate", "photographs", "imbalance"]
    for number in range(20):
        rows = made_up.responses(flat, sd=wild_at_the_highest_rate, noise=number, factors=factors, everywhere=[])
        responses, design = read(rows)
        found = analyse(crossed(scored(responses, design)), SCORE, design)
        rate = next(entry for entry in found["tests"] if entry["term"] == ["learning_rate", "strategy"])
        ours += rate["p"] < 0.05
        told += found["residuals"]["p"] < 0.05
    assert ours <= 4
    assert told >= 15
    assert found["residuals"]["widest"]["learning_rate"] == "1e-1"


def test_a_diverged_run_counts_as_guessing(read):
    rows = made_up.responses(
        flat,
        factors=FEW,
        diverged=lambda strategy, setting: strategy == "baseline2" and setting["learning_rate"] == "1e-1",
    )
    responses, design = read(rows)
    found = effects(responses, None, design)["backbones"][KEY]
    assert found["diverged"] == [
        {"factor": "learning_rate", "level": "1e-1", "strategy": "baseline2", "runs": 3, "of": 3}
    ]
    assert found["ranges"]["learning_rate"]["baseline2"]["range"] == pytest.approx(0.5, abs=0.02)
    assert verdicts(found["tests"])["learning_rate x strategy"]
    # Without the number of classes there is nothing to count it as: it is left out, and the rest stays as it is
    responses, design = read(rows, classes=None)
    found = effects(responses, None, design)["backbones"][KEY]
    assert [entry["level"] for entry in found["levels"]["learning_rate"]["baseline2"]] == [
        "1e-5",
        "1e-4",
        "1e-3",
        "1e-2",
    ]
    assert not verdicts(found["tests"])["learning_rate x strategy"]


def test_one_seed_gives_differences_but_no_verdict(read):
    responses, design = read(made_up.responses(only_tuning_everything_breaks, seeds=(1,)))
    found = effects(responses, None, design)["backbones"][KEY]
    assert found["tests"] == [] and "one seed" in found["why_no_tests"]
    assert found["where"]["tests"] == []
    entry = found["ranges"]["learning_rate"]["baseline2"]
    assert entry["range"] > 0.2 and entry["luck"] is None and entry["larger_than_luck"] is None
    assert all(level["interval"] is None for level in found["levels"]["learning_rate"]["baseline2"])


def test_a_factor_that_was_left_out_is_no_term(read):
    responses, design = read(made_up.responses(flat, factors=FEW))
    found = effects(responses, None, design)["backbones"][KEY]
    assert set(found["levels"]) == set(found["ranges"]) == set(FEW)
    assert found["distance"] is None
    assert "photographs" not in verdicts(found["tests"])


def test_only_strategies_at_the_reference(read):
    responses, design = read(made_up.responses(lambda s, c: 0.7 + 0.1 * (s == "bw"), factors=[]))
    found = effects(responses, None, design)["backbones"][KEY]
    assert found["why_no_tests"] == "nothing was measured"
    assert verdicts(found["where"]["tests"]) == {"strategy": True}
    assert found["where"]["range"]["highest"] == "bw" and found["where"]["range"]["larger_than_luck"]


def test_a_grid_tells_how_two_factors_act_together(read):
    def sgd_needs_the_high_rate(strategy, setting):
        high = setting["learning_rate"] == "1e-2"
        return 0.7 + 0.1 * (high if setting["optimizer"] == "sgd" else not high)

    levels = made_up.LEVELS | {"learning_rate": ["1e-4", "1e-2"]}
    rows = made_up.responses(sgd_needs_the_high_rate, factors=FEW, design="grid", levels=levels)
    responses, design = read(rows, "grid")
    found = effects(responses, None, design)["backbones"][KEY]
    told = verdicts(found["tests"])
    assert told.pop("learning_rate x optimizer")
    assert not any(told.values())
    # Over both optimizers the rates are even, which a sweep at Adam alone would not have shown
    assert found["ranges"]["learning_rate"]["every"]["range"] < 0.02
    rows = made_up.responses(sgd_needs_the_high_rate, factors=FEW, levels=levels)
    assert ["learning_rate", "optimizer"] not in [
        entry["term"] for entry in effects(*_with_none(read(rows)))["backbones"][KEY]["tests"]
    ]


def _with_none(read):
    responses, design = read
    return responses, None, design


def test_luck_is_what_equal_levels_stay_below(read):
    below = 0
    for number in range(40):
        rows = made_up.responses(flat, noise=number, factors=["learning_rate"], strategies=["bw"], everywhere=[])
        responses, design = read(rows)
        below += not ranges(rows_of(responses, "learning_rate", design), "accuracy")["bw"]["larger_than_luck"]
    assert below >= 34


def test_the_mean_over_strategies_does_not_hang_on_which_are_missing(read):
    rows = made_up.responses(lambda s, c: 0.5 + 0.4 * (s == "bw"), sd=0, factors=FEW, everywhere=[])
    kept = [row for row in rows if not (row["strategy"] == "bw" and row["level"] == "sgd" and row["seed"] == 2)]
    responses, design = read(kept)
    every = by_seed(rows_of(responses, "optimizer", design), "accuracy")["every"]
    assert sorted(every["sgd"]) == ["1", "3"]
    assert every["sgd"]["1"] == pytest.approx(every["adam"]["1"], abs=1e-9)


def test_accuracy_falls_with_distance_more_for_one_strategy(read, away):
    def truth(strategy, setting):
        return 0.8 - (0.08 if strategy == "baseline1" else 0.02) * (made_up.emd_of(setting["target"]) - 1)

    responses, design = read(made_up.responses(truth, factors=["target"]))
    found = effects(responses, away(made_up.distances()), design)["backbones"][KEY]["distance"]
    assert found["span"] == [0.0, 3.6] and len(found["targets"]) == 11
    assert found["slopes"]["baseline1"]["change"] == pytest.approx(-0.08 * 3.6, abs=0.02)
    low, high = found["slopes"]["bw"]["interval"]
    assert low < -0.02 * 3.6 < high < 0
    assert verdicts(found["tests"]) == {"distance": True, "distance x strategy": True}


def test_targets_not_trainings_are_counted_for_a_distance(read, away):
    # Every target is easy or hard by itself, whatever the distance: many seeds make that sure, but no slope
    easy = dict(zip(made_up.LEVELS["target"], np.random.default_rng(4).normal(0, 0.05, 11), strict=True))
    rows = made_up.responses(
        lambda s, c: 0.7 + easy[c["target"]], sd=0.001, factors=["target"], seeds=range(12), everywhere=[]
    )
    responses, design = read(rows)
    found = effects(responses, away(made_up.distances()), design)["backbones"][KEY]
    assert verdicts(found["tests"])["target"]
    assert verdicts(found["distance"]["tests"]) == {"distance": False, "distance x strategy": False}


def test_too_few_targets_have_no_slope(read, away):
    levels = made_up.LEVELS | {"target": ["own", "rotate 0.5", "rotate 1"]}
    responses, design = read(made_up.responses(flat, factors=["target"], levels=levels))
    measured = away(made_up.distances(targets=levels["target"]))
    found = effects(responses, measured, design)["backbones"][KEY]["distance"]
    assert found["slopes"] == {} and found["why_not"].startswith("3 targets at different distances are too few")
    nothing = effects(responses, None, design)["backbones"][KEY]["distance"]
    assert nothing["why_not"] == "no distance was measured" and nothing["unknown"] == levels["target"]


def test_backbones_are_put_together_from_five_on(read):
    def rows(count):
        return [
            row
            for number in range(count)
            for row in made_up.responses(
                lambda s, c, n=number: only_tuning_everything_breaks(s, c) - 0.08 * (n - 2),
                key=f"net{number}",
                factors=FEW,
                everywhere=[],
            )
        ]

    responses, design = read(rows(4))
    found = effects(responses, None, design)
    assert len(found["backbones"]) == 4 and found["over_backbones"] is None
    responses, design = read(rows(5))
    over = effects(responses, None, design)["over_backbones"]
    assert over["between_sd"] == pytest.approx(0.08 * np.std([-2, -1, 0, 1, 2], ddof=1), rel=0.05)
    assert over["within_sd"] == pytest.approx(0.01, rel=0.2)
    told = verdicts(over["tests"])
    assert told["learning_rate x strategy"] and not told["optimizer"] and not told["optimizer x strategy"]


def test_strategies_that_are_the_same_runs_are_named(read):
    rows = made_up.responses(flat, factors=["optimizer"])
    bw = {row["seed"]: row for row in rows if row["factor"] == "where" and row["strategy"] == "bw"}
    rows = [row | {"run": bw[row["seed"]]["run"]} if row["strategy"] == "lw" else row for row in rows]
    responses, design = read(rows)
    assert effects(responses, None, design)["backbones"][KEY]["where"]["same_runs"] == [["lw", "bw"]]


def test_seeds_are_blocks_and_no_term(read):
    responses, design = read(made_up.responses(flat, factors=FEW))
    assert list(SEED) not in [
        entry["term"] for entry in analyse(crossed(scored(responses, design)), SCORE, design)["tests"]
    ]
