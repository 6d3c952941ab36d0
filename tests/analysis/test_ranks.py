"""Strategies over backbones: tests run only where so many backbones can show anything, and say so where they can't."""

import itertools

import numpy as np
import pytest
from scipy import stats

from blocktune.analysis.ranks import critical_difference, equal_variances, over_backbones


def columns(backbones, *accuracies):
    return {
        f"s{place}": [value + 0.001 * number for number in range(backbones)] for place, value in enumerate(accuracies)
    }


@pytest.mark.parametrize(
    # Demsar (2006), table 5: quantiles 2.343 (three), 2.728 (five), 2.949 (seven) and 3.164 (ten strategies)
    ("strategies", "quantile"),
    [(3, 2.343), (5, 2.728), (7, 2.949), (10, 3.164)],
)
def test_the_critical_difference_is_the_published_one(strategies, quantile):
    assert critical_difference(strategies, 9) == pytest.approx(
        quantile * (strategies * (strategies + 1) / 54) ** 0.5, rel=1e-3
    )


def test_pairs_are_compared_only_where_a_difference_can_be_found():
    few = over_backbones(columns(3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.4, 0.3))
    assert few["critical_difference"] < few["greatest_difference"] == 6
    assert few["nemenyi_p"]["s4"]["s6"] < 0.05 < few["nemenyi_p"]["s4"]["s3"]
    fewer = over_backbones(columns(2, 0.5, 0.6, 0.7, 0.8, 0.9, 0.4, 0.3))
    assert fewer["critical_difference"] > fewer["greatest_difference"]
    assert fewer["nemenyi_p"] is None
    assert fewer["mean_ranks"]["s4"] == 1 and fewer["mean_ranks"]["s6"] == 7


def test_the_matrix_knows_every_pair_both_ways():
    found = over_backbones(columns(6, 0.5, 0.7, 0.9))["nemenyi_p"]
    for one, other in itertools.permutations(found, 2):
        assert found[one][other] == found[other][one]


@pytest.mark.parametrize(
    "given",
    [
        {"a": [0.5], "b": [0.6], "c": [0.7]},
        {"a": [0.5, 0.5], "b": [0.6, 0.6]},
        {"a": [0.5, None], "b": [0.6, 0.6], "c": [0.7, 0.7]},
    ],
)
def test_one_backbone_two_strategies_or_a_missing_number_allow_no_test(given):
    found = over_backbones(given)
    assert (found["friedman_p"], found["mean_ranks"], found["nemenyi_p"]) == (None, None, None)


def test_equal_scores_give_equal_ranks_and_no_p():
    found = over_backbones({"a": [0.5] * 6, "b": [0.5] * 6, "c": [0.5] * 6})
    assert found["mean_ranks"] == {"a": 2, "b": 2, "c": 2}
    assert found["friedman_p"] is None and found["nemenyi_p"] is None


def test_variances_are_compared_in_pairs():
    generator = np.random.default_rng(0)
    base = generator.normal(0.6, 0.1, 12)
    steady = 0.7 + 0.1 * (base - 0.6)
    other = generator.normal(0.7, 0.1, 12)
    found = equal_variances(base, {"steady": steady, "other": other, "same": base + 0.1})
    # A tenth of the spread on the same backbones: sums and differences rise together
    assert found["steady"] == pytest.approx(2 * stats.pearsonr(base + steady, steady - base).pvalue)
    assert found["steady"] < 0.001
    # Holm leaves the largest as it is
    assert found["other"] == pytest.approx(stats.pearsonr(base + other, other - base).pvalue)
    # The same distance on every backbone: nothing to be tested
    assert found["same"] is None


def test_two_backbones_or_a_diverged_run_allow_no_test_of_variances():
    assert equal_variances([0.5, 0.6], {"bw": [0.1, 0.9]}) == {"bw": None}
    assert equal_variances([0.5, 0.6, None], {"bw": [0.1, 0.9, 0.2]}) == {"bw": None}
    assert equal_variances([0.5, 0.6, 0.7], {"bw": [0.1, None, 0.2]}) == {"bw": None}
