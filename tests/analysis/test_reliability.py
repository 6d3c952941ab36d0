"""What repeats say: spreads kept apart, paired differences, stable winners, and what they can't say."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import made_layer, made_study

from blocktune.analysis.layers import Network
from blocktune.analysis.reliability import Repeat, reliability
from blocktune.analysis.scores import Score, Scores

LAYERS = tuple(made_layer(index, f"layer{index}", weighted=index > 0) for index in range(7))


def backbone(key):
    return Network(key, key, None, "none", "none", key, LAYERS)


def final(accuracies, repeat=0):
    return [
        Score(key, strategy, 1, 1, 2, 2, 20, f"{key}-{strategy}-{repeat}", accuracy, 1)
        for key, by_strategy in accuracies.items()
        for strategy, accuracy in by_strategy.items()
    ]


def blocks(key, *accuracies):
    """A search's three blocks, nearest the head first: layers 5-6, 3-4, 1-2."""
    order = sorted(range(3), key=lambda place: -accuracies[place])
    return [
        Score(
            key,
            "bw",
            place + 1,
            5 - 2 * place,
            6 - 2 * place,
            2,
            20,
            f"s{place}",
            accuracies[place],
            order.index(place) + 1,
        )
        for place in range(3)
    ]


def repeat(accuracies, *searches, number=0):
    rows = [row for entry in searches for row in entry]
    return Repeat(Scores(rows), Scores(final(accuracies, number)))


def test_spread_over_backbones_and_over_repeats_are_kept_apart():
    ups = {"A": {"baseline1": 0.5, "baseline2": 0.6, "bw": 0.7}, "B": {"baseline1": 0.1, "baseline2": 0.2, "bw": 0.7}}
    downs = {"A": {"baseline1": 0.5, "baseline2": 0.6, "bw": 0.5}, "B": {"baseline1": 0.3, "baseline2": 0.2, "bw": 0.5}}
    found = reliability(made_study(), [backbone("A"), backbone("B")], [repeat(ups), repeat(downs, number=1)], {})
    bw, first = found["strategies"]["bw"], found["strategies"]["baseline1"]
    assert bw["mean"] == pytest.approx(0.6)
    assert bw["variance_over_backbones"] == pytest.approx(0)
    assert bw["variance_over_repeats"] == pytest.approx(0.02)
    assert first["variance_over_backbones"] == pytest.approx(np.var([0.5, 0.2], ddof=1))
    assert first["variance_over_repeats"] == pytest.approx(np.mean([0, 0.02]))
    assert (first["worst_backbone"], first["worst_mean"]) == ("B", pytest.approx(0.2))
    assert bw["backbones"]["A"]["sd"] == pytest.approx(np.std([0.7, 0.5], ddof=1))


def test_differences_are_paired_within_a_repeat():
    # The same gain of ten points in repeats that differ by much: pairing sees through it
    repeats = [
        repeat({"A": {"baseline1": base, "baseline2": base, "bw": base + 0.1}}, number=number)
        for number, base in enumerate((0.2, 0.5, 0.8))
    ]
    found = reliability(made_study(), [backbone("A")], repeats, {})["differences"]["baseline2"]["bw"]["A"]
    assert found["points"] == pytest.approx(10)
    assert found["interval"] == pytest.approx([10, 10])
    assert found["interval_over"] == "repeats"


def test_two_repeats_that_differ_prove_little():
    repeats = [
        repeat({"A": {"baseline1": 0.5, "baseline2": 0.5, "bw": bw}}, number=number)
        for number, bw in enumerate((0.58, 0.62))
    ]
    found = reliability(made_study(), [backbone("A")], repeats, {})["differences"]["baseline2"]["bw"]["A"]
    # Student's t for one degree of freedom
    assert found["interval"] == pytest.approx([10 - 12.706 * 2, 10 + 12.706 * 2], abs=0.01)


def test_with_a_test_part_the_interval_is_over_its_images():
    generator = np.random.default_rng(3)
    hard = generator.random(400)
    right = {"A-baseline2-0": hard < 0.6, "A-baseline1-0": hard < 0.3, "A-bw-0": hard < 0.65}
    accuracies = {"A": {key.split("-")[1]: float(values.mean()) for key, values in right.items()}}
    found = reliability(made_study(), [backbone("A")], [repeat(accuracies)], right)
    paired = found["differences"]["baseline2"]["bw"]["A"]
    low, high = paired["interval"]
    assert paired["interval_over"] == "images"
    assert low < paired["points"] < high
    # Only the images between 0.6 and 0.65 tell the two apart, so the pair is known far better than each alone
    alone = 100 * 1.96 * np.sqrt(2 * 0.6 * 0.4 / 400)
    assert (high - low) / 2 < alone / 2
    assert low > 0


def test_parts_drawn_anew_widen_the_interval_for_their_overlap():
    repeats = [
        repeat({"A": {"baseline1": 0.5, "baseline2": 0.5, "bw": bw}}, number=number)
        for number, bw in enumerate((0.58, 0.6, 0.62))
    ]
    right = {"A-bw-0": np.ones(4, bool)}
    study = made_study(each_repeat="new", images={"search": 100, "final": 500, "validation": 250})
    found = reliability(study, [backbone("A")], repeats, right)["differences"]["baseline2"]["bw"]["A"]
    reach = 4.3027 * np.sqrt((1 / 3 + 0.5) * 4)
    assert found["interval"] == pytest.approx([10 - reach, 10 + reach], abs=0.01)
    assert found["interval_over"] == "parts"


def test_one_repeat_without_a_test_part_has_no_interval_and_no_stability():
    accuracies = {"A": {"baseline1": 0.5, "baseline2": 0.6, "bw": 0.7}}
    found = reliability(made_study(), [backbone("A")], [repeat(accuracies, blocks("A", 0.5, 0.6, 0.4))], {})
    assert found["differences"]["baseline1"]["bw"]["A"]["interval"] is None
    assert found["strategies"]["bw"]["variance_over_repeats"] is None
    assert found["strategies"]["bw"]["variance_over_backbones"] is None
    stable = found["winners"]["bw"]["A"]
    assert (stable["winners"], stable["share"], stable["jaccard"]) == ([2], None, None)


def test_stability_of_winners_and_maps():
    accuracies = {"A": {"baseline1": 0.5, "baseline2": 0.6, "bw": 0.7}}
    searches = [blocks("A", 0.5, 0.6, 0.4), blocks("A", 0.5, 0.7, 0.3), blocks("A", 0.4, 0.5, 0.6)]
    repeats = [repeat(accuracies, search, number=number) for number, search in enumerate(searches)]
    stable = reliability(made_study(), [backbone("A")], repeats, {})["winners"]["bw"]["A"]
    assert stable["winners"] == [2, 2, 3]
    assert (stable["most_frequent"], stable["share"]) == (2, pytest.approx(2 / 3))
    # Equal, disjoint, disjoint; the first two maps rank alike, the third puts the last block first
    assert stable["jaccard"] == pytest.approx(1 / 3)
    assert stable["rank_correlation"] == pytest.approx((1 + -0.5 + -0.5) / 3)


def test_maps_are_compared_by_what_ranks_them():
    accuracies = {"A": {"baseline1": 0.5, "baseline2": 0.6, "bw": 0.7}}
    losses = [(0.3, 0.2, 0.1), (0.6, 0.5, 0.4)]
    searches = [
        [replace(score, loss=loss) for score, loss in zip(blocks("A", *right), mine, strict=True)]
        for right, mine in zip([(0.5, 0.6, 0.7), (0.7, 0.6, 0.5)], losses, strict=True)
    ]
    repeats = [repeat(accuracies, search, number=number) for number, search in enumerate(searches)]
    found = {
        by: reliability(made_study(choose_by=by), [backbone("A")], repeats, {})["winners"]["bw"]["A"][
            "rank_correlation"
        ]
        for by in ("accuracy", "loss")
    }
    assert found == {"accuracy": pytest.approx(-1), "loss": pytest.approx(1)}


def test_a_diverged_run_is_no_zero():
    accuracies = {
        "A": {"baseline1": 0.5, "baseline2": None, "bw": 0.7},
        "B": {"baseline1": 0.5, "baseline2": 0.6, "bw": 0.7},
    }
    found = reliability(
        made_study(), [backbone("A"), backbone("B")], [repeat(accuracies), repeat(accuracies, number=1)], {}
    )
    assert found["strategies"]["baseline2"]["mean"] is None
    assert found["strategies"]["baseline2"]["worst_backbone"] is None
    assert found["differences"]["baseline2"]["bw"]["A"]["points"] is None
    assert found["differences"]["baseline2"]["bw"]["B"]["points"] == pytest.approx(10)
    assert found["over_backbones"]["friedman_p"] is None


def test_five_backbones_cannot_reach_significance_in_pairs():
    accuracies = {key: {"baseline1": 0.5, "baseline2": 0.6, "bw": 0.7} for key in "ABCDE"}
    found = reliability(made_study(), [backbone(key) for key in "ABCDE"], [repeat(accuracies)], {})["over_backbones"]
    assert found["least_wilcoxon_p"] == 0.0625
    # All five rank the three alike: chi-squared 10 with two degrees of freedom
    assert found["friedman_p"] == pytest.approx(np.exp(-5))


def test_variances_over_backbones_are_tested_against_both_baselines():
    accuracies = {
        key: {"baseline1": value, "baseline2": 0.2 + value / 9, "bw": 0.8 + place / 99}
        for place, (key, value) in enumerate(zip("ABCDE", (0.1, 0.5, 0.3, 0.8, 0.2), strict=True))
    }
    tests = reliability(made_study(), [backbone(key) for key in "ABCDE"], [repeat(accuracies)], {})["variance_tests"]
    assert tests["baseline1"]["bw"] < 0.001 < 0.05 < tests["baseline2"]["bw"]
