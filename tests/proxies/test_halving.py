"""Successive halving: rounds, who goes on, and the replay on an exhaustive map, checked by hand."""

import pytest

from blocktune.errors import BlocktuneError
from blocktune.search.halving_schedule import Rung, halving_ranked, rungs, simulate, survivors


def plan(strategies, epochs):
    """A plan from runs by strategy, in search order."""
    return {
        "backbone": "Tiny",
        "candidates": [
            {"strategy": strategy, "candidate": number, "run": run, "layers": [number]}
            for strategy, runs in strategies.items()
            for number, run in enumerate(runs, 1)
        ],
        "runs": {run: {"training": {"epochs": epochs}} for runs in strategies.values() for run in runs},
    }


def row(number, accuracy, strategy="lw", **changes):
    return {
        "strategy": strategy,
        "candidate": number,
        "run": f"{strategy}{number}",
        "accuracy": accuracy,
        "diverged": int(accuracy is None),
        **changes,
    }


def numbers(rows):
    return [found["candidate"] for found in rows]


def test_rounds_end_with_all_epochs_and_at_least_one_candidate():
    assert rungs(10, 54) == [Rung(1, 54), Rung(3, 18), Rung(10, 6)]
    assert rungs(50, 103) == [Rung(1, 103), Rung(4, 35), Rung(14, 12), Rung(50, 4)]
    assert rungs(9, 2) == [Rung(1, 2), Rung(3, 1), Rung(9, 1)]
    assert rungs(8, 9, keep=0.5, first=2) == [Rung(2, 9), Rung(4, 5), Rung(8, 3)]
    assert rungs(2, 5) == [Rung(2, 5)]
    assert rungs(1, 5) == [Rung(1, 5)]


@pytest.mark.parametrize("changes", [{"keep": 1.0}, {"keep": 0.0}, {"first": 0}, {"first": 11}])
def test_settings_out_of_range_are_named(changes):
    with pytest.raises(BlocktuneError, match=next(iter(changes))):
        rungs(10, 5, **changes)


def test_best_share_of_each_strategy_goes_on_with_ties_in_search_order():
    rows = [row(1, 0.5), row(2, 0.7), row(3, 0.5), row(4, 0.6), row(1, 0.1, "bw"), row(2, 0.2, "bw"), row(1, 0.9, "x")]
    kept = survivors(rows, ["lw", "bw"], 0.5)
    assert {strategy: numbers(found) for strategy, found in kept.items()} == {"lw": [2, 4], "bw": [2]}
    assert numbers(survivors(rows, ["lw"], 0.01, {"lw": 3})["lw"]) == [2, 4, 1]
    assert numbers(survivors(rows, ["bw"], 0.01, {"lw": 3})["bw"]) == [2]


def test_diverged_runs_never_go_on():
    rows = [row(1, None), row(2, 0.1), row(3, None)]
    assert numbers(survivors(rows, ["lw"], 1.0)["lw"]) == [2]
    assert survivors(rows[:1], ["lw"], 1.0)["lw"] == []


def test_longer_trained_stands_before_shorter():
    rows = [row(1, 0.9, epochs=1), row(2, 0.4, epochs=3), row(3, 0.5, epochs=3), row(4, None, epochs=3)]
    assert numbers(halving_ranked(rows, "lw")) == [3, 2, 1, 4]


HISTORIES = {
    # epoch      1    2    3    4
    "a": [0.50, 0.60, 0.55, 0.58],
    "b": [0.40, 0.90, 0.90, 0.90],  # best in the end, dropped at once
    "c": [0.60, 0.55, 0.50, 0.45],
    "d": [0.30, 0.30, 0.30, 0.30],
    "e": [0.10, 0.20, 0.30, 0.70],
}


def test_replay_by_hand():
    # Rounds end after 1, 2 and 4 epochs; lw keeps 2 of 4, then 1; bw keeps 1 of 2, then 1
    found = simulate(HISTORIES, plan({"lw": "abcd", "bw": "be", "baseline1": "x"}, 4), keep=0.5)
    # Round 1 trains all; lw keeps c, a; bw keeps b. Round 2 trains a, b, c: lw has b .9, a .6, c .55 and keeps b
    # (which bw paid for), bw keeps b. Round 3 trains b alone.
    assert found.rungs == [(1, 5), (2, 3), (4, 1)]
    assert found.epochs_by_run == {"a": 2, "b": 4, "c": 2, "d": 1, "e": 1}
    assert found.epochs == 10
    assert found.exhaustive_epochs == 20
    assert [one["run"] for one in found.ranking["lw"]] == ["b", "a", "c", "d"]
    assert [one["rank"] for one in found.ranking["lw"]] == [1, 2, 3, 4]
    assert {strategy: one["run"] for strategy, one in found.winners.items()} == {"lw": "b", "bw": "b"}
    alone = simulate(HISTORIES, plan({"lw": "abcd"}, 4), keep=0.5)
    assert alone.winners["lw"]["run"] == "a"
    assert alone.winners["lw"]["accuracy"] == 0.58
    assert alone.epochs == 4 + 2 + 2


def test_minimum_keeps_enough_for_the_ranked_sets():
    found = simulate(HISTORIES, plan({"lw": "abcde"}, 4), keep=0.5, minimum={"lw": 3})
    assert found.rungs == [(1, 5), (2, 3), (4, 3)]
    assert [one["run"] for one in found.ranking["lw"]] == ["b", "a", "c", "d", "e"]


def test_best_epoch_counts_only_up_to_the_pause():
    histories = {"a": [0.8, 0.1, 0.1, 0.2], "b": [0.5, 0.6, 0.7, 0.7]}
    strategies = plan({"lw": "ab"}, 4)
    assert simulate(histories, strategies, keep=0.9, counts="best").winners["lw"]["run"] == "a"
    assert simulate(histories, strategies, keep=0.9, counts="last").winners["lw"]["run"] == "b"


def test_runs_that_diverge_drop_out_when_it_shows():
    histories = {"a": [0.9, 0.9], "b": [0.5, 0.5, 0.5, 0.5], "c": [0.8, 0.8, 0.8, 0.8]}
    found = simulate(histories, plan({"lw": "abc"}, 4), keep=0.5, minimum={"lw": 3})
    assert [one["run"] for one in found.ranking["lw"]] == ["c", "b", "a"]
    assert found.epochs == 10 == found.exhaustive_epochs
    unseen = simulate(histories, plan({"lw": "abc"}, 4), keep=0.5, minimum={"lw": 3}, diverged=["c"])
    assert unseen.winners["lw"]["run"] == "b"
    hopeless = simulate({"a": []}, plan({"lw": "a"}, 4))
    assert hopeless.winners["lw"] is None


def test_missing_history_or_strategies_are_named():
    with pytest.raises(BlocktuneError, match="run b"):
        simulate({"a": [0.1]}, plan({"lw": "ab"}, 1))
    with pytest.raises(BlocktuneError, match="no candidates"):
        simulate({}, plan({"baseline1": "a"}, 1))
