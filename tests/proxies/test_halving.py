"""Successive halving: rounds, who goes on, and the replay on an exhaustive map, checked by hand."""

import numpy as np
import pytest
from made_up import made_candidate, made_epoch, made_plan

from blocktune.errors import BlocktuneError
from blocktune.files.history import Epoch
from blocktune.files.plan import ScoredImages
from blocktune.search.evidence import beat_guessing, differ, scored_by
from blocktune.search.halving import halve, halving_ranked, survivors
from blocktune.search.rounds import Rules, ends_at, share_of
from blocktune.settings.load import validate
from blocktune.settings.model import Settings
from blocktune.watch.expected import round_ends


def plan(strategies, images, largest_class):
    """A plan from runs by strategy, in search order."""
    candidates = [
        made_candidate(strategy, number, run, (number,))
        for strategy, runs in strategies.items()
        for number, run in enumerate(runs, 1)
    ]
    return made_plan(candidates, scored=ScoredImages(images, largest_class))


def halving_settings(epochs, factor, top=1, counts="last"):
    return validate(
        Settings,
        {
            "backbones": [{"name": "TinyPlain", "weights": "none"}],
            "training": {"epochs": epochs, "counts": counts},
            "search": {"method": "halving", "halving": {"factor": factor}, "top_k": [top]},
        },
    )


def recorded(run, history, diverged):
    """The record of a run, from its validation accuracy by epoch."""
    epochs = [made_epoch(number, val_accuracy=accuracy) for number, accuracy in enumerate(history, 1)]
    return {"run": run, "metrics": {"diverged": diverged}, "history": Epoch.table(epochs)}


def halved(
    histories, strategies, epochs=4, factor=2.0, top=1, counts="last", scored=(1000, 50), diverged=(), rounds=None
):
    """Halving of runs that are scored on so many images, so many of them of the largest class."""
    settings = halving_settings(epochs, factor, top, counts)
    records = {run: recorded(run, history, run in diverged) for run, history in histories.items()}
    return halve(records, plan(strategies, *scored), settings, rounds)


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
    assert ends_at(range(1, 11), 3, 1) == (1, 3, 10)
    assert ends_at(range(1, 51), 3, 1) == (1, 4, 14, 50)
    assert ends_at(range(1, 10), 3, 1) == (1, 3, 9)
    assert ends_at(range(1, 9), 2, 2) == (2, 4, 8)
    assert ends_at(range(1, 3), 3, 1) == (2,)
    assert ends_at(range(1, 2), 3, 1) == (1,)
    assert [share_of(103, 3.0**-step) for step in range(4)] == [103, 35, 12, 4]
    assert [share_of(2, 3.0**-step) for step in range(3)] == [2, 1, 1]


def test_with_a_small_factor_no_two_rounds_end_after_the_same_epoch():
    settings = halving_settings(50, 1.5)
    ends = (1, 2, 4, 6, 9, 14, 21, 32, 50)
    assert Rules.of(settings).ends == round_ends(settings) == ends
    # Everyone is equally good: each round trains, and the last one is the ninth
    found = halved({run: [0.5] * 50 for run in "abc"}, {"bw": "abc"}, epochs=50, factor=1.5)
    assert tuple(epochs for epochs, _ in found.rungs) == ends


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
    found = halved(HISTORIES, {"lw": "abcd", "bw": "be", "baseline1": "x"})
    # Round 1 trains all; lw keeps c, a; bw keeps b. Round 2 trains a, b, c: lw has b .9, a .6, c .55 and keeps b
    # (which bw paid for), bw keeps b. Round 3 trains b alone.
    assert found.rungs == [(1, 5), (2, 3), (4, 1)]
    assert found.epochs_by_run == {"a": 2, "b": 4, "c": 2, "d": 1, "e": 1}
    assert {run: found.rounds_of(run) for run in "abcde"} == {"a": 2, "b": 3, "c": 2, "d": 1, "e": 1}
    assert [one["run"] for one in found.ranking["lw"]] == ["b", "a", "c", "d"]
    assert {strategy: ranked[0]["run"] for strategy, ranked in found.ranking.items()} == {"lw": "b", "bw": "b"}
    alone = halved(HISTORIES, {"lw": "abcd"})
    assert alone.ranking["lw"][0]["run"] == "a"
    assert alone.ranking["lw"][0]["accuracy"] == 0.58
    assert sum(alone.epochs_by_run.values()) == 4 + 2 + 2


def test_round_by_round_needs_only_the_histories_so_far():
    strategies = {"lw": "abcd", "bw": "be", "baseline1": "x"}
    seen, trained = {}, []
    for rounds in range(4):
        found = halved(seen, strategies, rounds=rounds)
        if rounds == 3:
            break
        trained.append("".join(sorted(found.alive)))
        seen |= {run: HISTORIES[run][: (1, 2, 4)[rounds]] for run in found.alive}
    assert trained == ["abcde", "abc", "b"]
    assert found.ranking == halved(HISTORIES, strategies).ranking
    with pytest.raises(BlocktuneError, match="run a"):
        halved({}, strategies, rounds=1)


def test_scores_put_longer_trained_above_shorter_and_diverged_nowhere():
    histories = {"a": [1.0, 1.0, 0.0, 0.0], "b": [0.9, 0.0], "c": [0.1]}
    found = halved(histories, {"lw": "abc"})
    scores = found.scores()
    assert found.epochs_by_run == {"a": 4, "b": 2, "c": 1}
    assert scores[(1,)] > scores[(2,)] > scores[(3,)]
    assert halved({"a": [0.5], "b": [0.4] * 4}, {"lw": "ab"}, top=2).scores() == {(1,): None, (2,): 4.2}


def test_enough_layers_stay_in_for_the_ranked_sets():
    found = halved(HISTORIES, {"lw": "abcde"}, top=3)
    assert found.rungs == [(1, 5), (2, 3), (4, 3)]
    assert [one["run"] for one in found.ranking["lw"]] == ["b", "a", "c", "d", "e"]


def test_best_epoch_counts_only_up_to_the_pause():
    histories = {"a": [0.8, 0.1, 0.1, 0.2], "b": [0.5, 0.6, 0.7, 0.7]}
    assert halved(histories, {"lw": "ab"}, top=2, counts="best").ranking["lw"][0]["run"] == "a"
    assert halved(histories, {"lw": "ab"}, top=2, counts="last").ranking["lw"][0]["run"] == "b"


def test_runs_that_diverge_drop_out_when_it_shows():
    histories = {"a": [0.9, 0.9], "b": [0.5, 0.5, 0.5, 0.5], "c": [0.8, 0.8, 0.8, 0.8]}
    found = halved(histories, {"lw": "abc"}, top=3)
    assert [one["run"] for one in found.ranking["lw"]] == ["c", "b", "a"]
    assert sum(found.epochs_by_run.values()) == 10
    unseen = halved(histories, {"lw": "abc"}, top=3, diverged=["c"])
    assert unseen.ranking["lw"][0]["run"] == "b"
    hopeless = halved({"a": []}, {"lw": "a"})
    assert hopeless.ranking["lw"][0]["diverged"]


def test_missing_history_or_strategies_are_named():
    with pytest.raises(BlocktuneError, match="run b"):
        halved({"a": [0.1]}, {"lw": "ab"}, epochs=1)
    with pytest.raises(BlocktuneError, match="no candidates"):
        halved({}, {"baseline1": "a"}, epochs=1)


# ------------------------------------------------------------------------------------------------------------------
# rounds that say nothing yet


def spread(low, high, count):
    """Accuracies at equal distances."""
    return [low + (high - low) * place / (count - 1) for place in range(count)]


def trained(*accuracies_by_epoch):
    """Histories of runs r0, r1, ..., from the accuracies of all runs at each epoch."""
    return {f"r{number}": list(history) for number, history in enumerate(zip(*accuracies_by_epoch, strict=True))}


def test_a_round_of_candidates_that_score_like_guessing_discards_nobody():
    # 17 classes of equal size: one epoch behind a random head, 204 images
    first, later = spread(0.069, 0.16, 30), spread(0.3, 0.8, 30)
    runs = [f"r{number}" for number in range(30)]
    found = halved(trained(first, later[::-1], later[::-1], later[::-1]), {"lw": runs}, factor=2.0, scored=(204, 12))
    assert found.rungs[:2] == [(1, 30), (2, 30)]
    # The worst of the first round is the best in the end
    assert found.ranking["lw"][0]["run"] == "r0"
    assert "like guessing" in found.undecided[0]["lw"]
    assert "guessing 0.059" in found.undecided[0]["lw"]
    assert found.undecided[1:] == [{}, {}]
    assert found.undecided_words() == [f"round 1 (epoch 1): lw: no candidate discarded: {found.undecided[0]['lw']}"]


def test_a_round_of_candidates_that_can_not_be_told_apart_discards_nobody_of_that_strategy():
    histories = {"a": [0.50] * 4, "b": [0.52] * 4, "c": [0.9] * 4, "d": [0.5] * 4}
    found = halved(histories, {"lw": "ab", "bw": "cd"}, scored=(200, 40))
    assert found.rungs == [(1, 4), (2, 3), (4, 3)]
    assert [set(entry) for entry in found.undecided] == [{"lw"}, {"lw"}, set()]
    assert "2 candidates can't be distinguished (0.500 to 0.520, scored on 200 images)" in found.undecided[0]["lw"]
    # The same accuracies on so many images are no noise
    assert halved(histories, {"lw": "ab", "bw": "cd"}, scored=(20_000, 4000)).rungs == [(1, 4), (2, 2), (4, 2)]


def test_who_still_scores_like_guessing_long_after_the_best_may_go():
    dead, alive = [0.06] * 4, [0.3, 0.7, 0.8, 0.9]
    histories = {f"r{number}": dead for number in range(9)} | {"a": alive, "b": [0.25, 0.5, 0.6, 0.6]}
    found = halved(histories, {"lw": [*histories]}, scored=(204, 12))
    assert found.rungs == [(1, 11), (2, 11), (4, 3)]
    assert [set(entry) for entry in found.undecided] == [{"lw"}, set(), set()]


def test_where_nobody_ever_learns_all_train_to_the_end():
    histories = trained(*[spread(0.05, 0.07, 8)] * 4)
    found = halved(histories, {"lw": [*histories]}, scored=(204, 12))
    assert found.rungs == [(1, 8), (2, 8), (4, 8)]


def test_no_test_is_made_where_nobody_would_be_discarded():
    # Three must stay for the ranked set
    found = halved({run: [0.5] * 4 for run in "abc"}, {"lw": "abc"}, top=3)
    assert found.undecided_words() == []


@pytest.mark.parametrize(("accuracy", "images"), [(0.5, 204), (0.1, 1101), (1.0, 60), (0.0, 60)])
def test_equal_candidates_are_seldom_called_different(accuracy, images):
    rng, scored = np.random.default_rng(1), ScoredImages(images, images // 17)
    rounds = [rng.binomial(images, accuracy, 30) / images for _ in range(400)]
    assert np.mean([differ(accuracies.tolist(), scored) for accuracies in rounds]) < 0.09


@pytest.mark.parametrize("images", [60, 204, 1101])
def test_candidates_that_guess_are_seldom_called_better_than_guessing(images):
    rng, scored = np.random.default_rng(1), ScoredImages(images, images // 5)
    rounds = [rng.binomial(images, scored.guessing, 30) / images for _ in range(400)]
    assert np.mean([any(beat_guessing(accuracies.tolist(), scored)) for accuracies in rounds]) < 0.08


def test_a_plan_of_an_older_version_is_one_clear_error():
    with pytest.raises(BlocktuneError, match=r"plan of VGG16 .*has no entry `scored`.*run `snakemake` again"):
        scored_by(made_plan([]))
