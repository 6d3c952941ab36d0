"""Ranking: best first, ties to the target end, diverged last."""

import csv
import io
import math

import pytest
from made_up import made_candidate, made_epoch, made_plan

from blocktune.candidates.candidate import Candidate
from blocktune.errors import BlocktuneError
from blocktune.files.history import Epoch
from blocktune.runs.history import metrics_of
from blocktune.search.ranking import proxy_rows, ranked, score_rows, scores_csv, winner
from blocktune.search.schedule import search_candidates


def plan_of(**strategies):
    """A plan whose candidates (one layer each, counted from the target end) have runs named after them."""
    candidates = [
        made_candidate(strategy, number, layers=(10 - number,), parameters=number)
        for strategy, count in strategies.items()
        for number in range(1, count + 1)
    ]
    return made_plan(candidates, backbone="VGG16-none")


def searched(plan):
    """The candidates behind a plan."""
    return [
        Candidate(entry.strategy, entry.candidate, entry.layers, entry.first, entry.last) for entry in plan.candidates
    ]


def record_of(*epochs, diverged=False):
    """Record of a run from (validation accuracy, validation loss) of its epochs."""
    rows = [made_epoch(number, val_loss=loss, val_accuracy=right) for number, (right, loss) in enumerate(epochs, 1)]
    metrics = metrics_of(rows, diverged)
    return {"metrics": metrics, "history": Epoch.table(rows), "validation_losses": [epochs[-1][1]]}


def records_of(last, best=None, losses=None, strategy="lw"):
    """Records of the strategy's runs from their accuracies; None is diverged."""
    every = zip(last, best or last, losses or [1.0] * len(last), strict=True)
    return {
        f"{strategy}{number}": record_of((top or 0.0, 0.5), (score or 0.0, loss), diverged=score is None)
        for number, (score, top, loss) in enumerate(every, 1)
    }


def order(last, best=None, counts="last", losses=None, choose_by="accuracy"):
    rows = score_rows(plan_of(lw=len(last)), records_of(last, best, losses), counts, choose_by=choose_by)
    return [row["candidate"] for row in ranked(rows, "lw")]


def test_the_best_comes_first():
    assert order([0.2, 0.9, 0.5]) == [2, 3, 1]


def test_ties_go_to_the_layer_nearer_the_target_end():
    assert order([0.5, 0.7, 0.7, 0.5]) == [2, 3, 1, 4]


def test_diverged_runs_come_last_even_behind_an_accuracy_of_zero():
    assert order([None, 0.0, None, 0.3]) == [4, 2, 1, 3]


def test_a_strategy_of_which_every_run_diverged_still_has_an_order():
    assert order([None, None]) == [1, 2]


def test_the_setting_says_which_epoch_counts():
    last, best = [0.2, 0.9, 0.5], [0.95, 0.9, 0.6]
    assert order(last, best, "last") == [2, 3, 1]
    assert order(last, best, "best") == [1, 2, 3]


def test_by_loss_the_lowest_of_the_last_epoch_comes_first():
    assert order([0.9, 0.2, 0.5], losses=[0.7, 0.6, 0.65], choose_by="loss") == [2, 3, 1]
    assert order([0.9, 0.2, 0.5], losses=[0.7, 0.6, 0.65], choose_by="accuracy") == [1, 3, 2]


def test_by_loss_ties_go_to_the_head_and_what_is_no_number_or_diverged_comes_last():
    assert order([0.1, 0.2, 0.3], losses=[0.6, 0.5, 0.5], choose_by="loss") == [2, 3, 1]
    assert order([None, 0.9, 0.1, 0.2], losses=[0.1, math.nan, 0.5, math.inf], choose_by="loss") == [3, 2, 4, 1]


def test_each_strategy_has_ranks_of_its_own():
    records = records_of([0.1, 0.2]) | records_of([0.9, 0.8, 0.95], strategy="bw")
    rows = score_rows(plan_of(lw=2, bw=3), records, "last")
    assert [(row["strategy"], row["candidate"], row["rank"]) for row in rows] == [
        ("lw", 1, 2),
        ("lw", 2, 1),
        ("bw", 1, 2),
        ("bw", 2, 3),
        ("bw", 3, 1),
    ]


def test_the_winner_is_the_first_of_the_ranking():
    plan = plan_of(lw=3)
    best = winner(score_rows(plan, records_of([0.2, 0.9, 0.9]), "last"), "lw", searched(plan))
    assert (best.strategy, best.number, best.layers, best.first, best.last) == ("lw", 2, (8,), 8, 8)


def test_the_winner_of_a_search_over_rates_is_a_candidate_at_a_rate(make_study, table):
    study = make_study(search={"rates": [1e-3, 1e-4], "strategies": ["bw"]})
    planned = search_candidates(study.settings, table)
    plan = study.plan("search", "search", table, planned)
    # Every run guesses, but the second block at the second rate
    best = next(
        candidate
        for candidate in planned
        if (candidate.strategy, candidate.number, candidate.recipe.learning_rate) == ("bw", 2, 1e-4)
    )
    run = next(entry.run for entry, candidate in zip(plan.candidates, planned, strict=True) if candidate is best)
    records = {name: record_of((0.9 if name == run else 0.2, 1.0)) for name in plan.runs}
    rows = score_rows(plan, records, "last")
    assert winner(rows, "bw", planned) == best
    assert ranked(rows, "bw")[0]["learning_rate"] == 1e-4
    # Of equals the first rate that was named
    assert winner(rows, "baseline2", planned).recipe.learning_rate == 1e-3
    # The lowest loss chooses candidate and rate alike
    records = {name: record_of((0.2, 0.4) if name == run else (0.9, 0.5)) for name in plan.runs}
    assert winner(score_rows(plan, records, "last", choose_by="loss"), "bw", planned) == best


def test_a_run_that_kept_no_losses_is_named():
    records = records_of([0.9, 0.2])
    del records["lw2"]["validation_losses"]
    with pytest.raises(BlocktuneError, match="run lw2 of VGG16-none was stored by an earlier version"):
        score_rows(plan_of(lw=2), records, "last", choose_by="loss")
    assert [row["loss"] for row in score_rows(plan_of(lw=2), records, "last")] == [1.0, None]


def test_a_search_is_ranked_by_validation_even_where_its_runs_have_a_test_part():
    plan = plan_of(lw=2)
    records = records_of([0.9, 0.2], losses=[0.7, 0.6])
    for number, tested in ((1, 0.1), (2, 0.8)):
        records[f"lw{number}"]["metrics"]["test"] = {"last": {"accuracy": tested}}
    assert [row["accuracy"] for row in score_rows(plan, records, "last")] == [0.9, 0.2]
    assert [row["accuracy"] for row in score_rows(plan, records, "last", stage="final")] == [0.1, 0.8]
    for stage in ("search", "final"):
        rows = score_rows(plan, records, "last", stage, choose_by="loss")
        assert [(row["loss"], row["rank"]) for row in rows] == [(0.7, 2), (0.6, 1)]


def test_scores_of_a_cheaper_search_rank_like_accuracies():
    # Layer 7 could not be scored; 8 and 9 are candidates of both strategies; a baseline is nothing to rank
    plan = plan_of(baseline1=1, lw=3, bw=2)
    rows = proxy_rows(plan, {(9,): 0.5, (8,): 7.0, (7,): None})
    assert [(row["strategy"], row["candidate"], row["rank"]) for row in rows] == [
        ("lw", 1, 2),
        ("lw", 2, 1),
        ("lw", 3, 3),
        ("bw", 1, 2),
        ("bw", 2, 1),
    ]
    assert winner(rows, "lw", searched(plan)).layers == (8,)
    assert {row["loss"] for row in rows} == {None}


def test_a_run_that_is_missing_is_named():
    records = records_of([0.2, 0.9])
    del records["lw2"]
    with pytest.raises(BlocktuneError, match=r"run lw2 of VGG16-none \(search\) has not been trained"):
        score_rows(plan_of(lw=2), records, "last")


def test_the_table_keeps_numbers_exactly_and_leaves_unknown_ones_empty():
    rows = score_rows(plan_of(lw=2), records_of([0.1 + 0.2, None], losses=[0.1 + 0.7, 1.0]), "last")
    read = list(csv.DictReader(io.StringIO(scores_csv(rows))))
    assert [float(read[0]["accuracy"]), read[1]["accuracy"]] == [0.1 + 0.2, ""]
    assert [float(read[0]["loss"]), read[1]["loss"]] == [0.1 + 0.7, ""]
    assert [row["diverged"] for row in read] == ["0", "1"]
    assert [row["rank"] for row in read] == ["1", "2"]
    assert {(row["backbone"], row["stage"], row["strategy"]) for row in read} == {("VGG16-none", "search", "lw")}


def test_the_table_may_name_another_stage():
    rows = score_rows(plan_of(lw=1), records_of([0.5]), "last", stage="final")
    assert [row["stage"] for row in rows] == ["final"]
