"""Tests of terms and sizes of effects are those of statsmodels, SciPy and the books."""

import numpy as np
import pytest

from blocktune.factors.strata import strata
from blocktune.factors.terms import SEED, one_hot, split
from blocktune.factors.verdicts import effect_size, explain

ALIKE = [("", "")]
"""The group of a row where all rows spread alike, so that the test is the F test."""


def test_where_all_spread_alike_tests_are_those_of_statsmodels():
    # An unbalanced table: half of the cells have one run more
    import pandas as pd
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    rng = np.random.default_rng(1)
    rows = [(a, b) for a in "xyz" for b in "pq" for _ in range(3 + (a < "z") * (b == "p"))]
    frame = pd.DataFrame(rows, columns=["a", "b"]).assign(y=rng.normal(size=len(rows)))
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

    rng = np.random.default_rng(5)
    letters = [rng.choice(list("xyz"), 60).tolist() for _ in range(4)]
    columns = {(str(place),): one_hot(values) for place, values in enumerate(letters)}
    outcome = rng.normal(size=60) + 0.6 * (np.array(letters[0]) == "x")
    found, _ = explain(outcome, split(columns, ALIKE * 60), {})
    p = [entry["p"] for entry in found]
    assert [entry["p_adjusted"] for entry in found] == pytest.approx(multipletests(p, method="holm")[1])


def test_the_size_of_a_known_effect_is_recovered():
    # Three of the variance of ten is the effect's, in a balanced design: half of the runs up, half of them down
    rng = np.random.default_rng(2)
    side = np.tile([1, -1], 3000)
    outcome = np.sqrt(3) * side + np.sqrt(7) * rng.normal(size=6000)
    (found,), _ = explain(outcome, split({("side",): one_hot(side)}, ALIKE * 6000), {})
    assert found["omega_squared"] == pytest.approx(0.3, abs=0.02)
    low, high = found["interval"]
    assert low < 0.3 < high and high - low < 0.06


def test_the_interval_of_an_effect_covers_it_as_often_as_it_says():
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(4), 6)
    means = np.array([-1, 0, 0, 1]) * 0.8
    true = np.var(means) / (np.var(means) + 1)
    covered, terms = 0, split({("g",): one_hot(groups)}, ALIKE * 24)
    for _ in range(200):
        (found,), _ = explain(means[groups] + rng.normal(size=24), terms, {})
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
    rng = np.random.default_rng(8)
    rows = [(a, b) for a in "xyz" for b in "pq" for _ in range(5)]
    outcome = rng.normal(size=30) + np.array([(a == "x") + 2 * (b == "q") for a, b in rows])
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

    rng = np.random.default_rng(9)
    plots = {(seed, rate): rng.normal(0, 2) for seed in range(4) for rate in "xyz"}
    rows = [(*plot, strategy) for plot in plots for strategy in "pqr"]
    frame = pd.DataFrame(rows, columns=["seed", "rate", "strategy"])
    frame["y"] = [plots[seed, rate] + (rate == "x") * (2 + (strategy == "p")) for seed, rate, strategy in rows]
    frame["y"] += rng.normal(size=len(rows))
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
