"""What each stage trains."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from blocktune.errors import BlocktuneError
from blocktune.search.duration import study_seconds
from blocktune.search.schedule import dependent_candidates, search_candidates, strategy_columns


def strategies(candidates):
    return Counter(candidate.strategy for candidate in candidates)


def test_the_search_tries_every_strategy_that_needs_no_result(make_study, table):
    assert strategies(search_candidates(make_study().settings, table)) == {
        "baseline1": 1,
        "baseline2": 1,
        "random3": 1,
        "lw": 5,
        "bw": 4,
        "bwsw": 7,
    }


def test_settings_of_the_search_are_heeded(make_study, table):
    settings = make_study(
        search={"window": 4, "random_layers": 2, "delimiters": ["MaxPooling2D"], "top_k": [2]}
    ).settings
    found = search_candidates(settings, table)
    assert strategies(found) == {"baseline1": 1, "baseline2": 1, "random2": 1, "lw": 5, "bw": 2, "bwsw": 6}
    assert strategies(dependent_candidates(settings, table, [1, 2, 4, 6, 8])) == {"bwt2": 1}
    assert strategy_columns(settings) == ["baseline1", "baseline2", "lw", "bw", "bwt2", "bwsw"]


def test_table_one_has_the_seven_strategies_of_the_paper(make_study):
    columns = strategy_columns(make_study().settings)
    assert columns == ["baseline1", "baseline2", "lw", "bw", "bwt3", "bwt5", "bwsw"]


def test_columns_are_the_strategies_that_are_asked_for(make_study, table):
    settings = make_study(search={"strategies": ["tail", "bw"]}, baselines={"also": ["quarter"]}).settings
    assert strategies(search_candidates(settings, table)) == {
        "baseline1": 1,
        "baseline2": 1,
        "bw": 4,
        "tail": 4,
    }
    assert dependent_candidates(settings, table, []) == []
    assert strategy_columns(settings) == ["baseline1", "baseline2", "tail", "bw", "quarter"]


def test_random_layers_are_drawn_only_beside_single_layers(make_study, table):
    for names, drawn in ((["tail", "bw", "bwsw"], 0), (["bw", "lw"], 1)):
        settings = make_study(search={"strategies": names, "random_layers": 2}).settings
        assert strategies(search_candidates(settings, table))["random2"] == drawn
    # More than the backbone has matters to no study that draws none
    search_candidates(make_study(search={"strategies": ["bw"], "random_layers": 6}).settings, table)


def test_fewer_candidates_are_spread_evenly_and_keep_their_numbers(make_study, table):
    search = {"strategies": ["lw", "bw", "bwsw", "tail"], "candidates": 3}
    settings = make_study(search=search).settings
    found = search_candidates(settings, table)
    numbers = {name: [c.number for c in found if c.strategy == name] for name in search["strategies"]}
    # Of 5 layers, 4 blocks, 7 windows and 4 tails: places 0, (n - 1) / 2 rounded to the even one, n - 1
    assert numbers == {"lw": [1, 3, 5], "bw": [1, 3, 4], "bwsw": [1, 4, 7], "tail": [1, 3, 4]}
    every = search_candidates(make_study(search=search | {"candidates": None}).settings, table)
    assert set(found) <= set(every)
    # As many as there are, or more, is all of them
    assert search_candidates(make_study(search=search | {"candidates": 7}).settings, table) == every


def test_fewer_candidates_are_tried_at_every_rate_and_take_less_time(make_study, table):
    search = {"strategies": ["tail"], "rates": [1e-3, 1e-4]}
    few, every = (make_study(search=search | {"candidates": count}).settings for count in (2, None))
    tried = [(c.number, c.recipe.learning_rate) for c in search_candidates(few, table) if c.strategy == "tail"]
    assert tried == [(1, 1e-3), (1, 1e-4), (4, 1e-3), (4, 1e-4)]
    assert study_seconds(few, table, 1000).most < study_seconds(every, table, 1000).most


def test_tails_share_runs_with_the_last_block_and_with_everything(make_study, table):
    study = make_study(search={"strategies": ["bw", "tail"]})
    found = study.plan("search", "search", table, search_candidates(study.settings, table)).candidates
    runs = {(entry.strategy, entry.candidate): entry.run for entry in found}
    assert runs["tail", 1] == runs["bw", 1]
    assert runs["tail", 4] == runs["baseline2", 1]


def test_spans_share_runs_with_blocks_tails_and_everything(make_study, table):
    study = make_study(search={"strategies": ["bw", "tail", "span"]})
    planned = study.plan("search", "search", table, search_candidates(study.settings, table))
    runs = {(entry.strategy, entry.layers): entry.run for entry in planned.candidates}
    spans = {layers: run for (strategy, layers), run in runs.items() if strategy == "span"}
    others = {layers: run for (strategy, layers), run in runs.items() if strategy in ("bw", "tail", "baseline2")}
    assert len(spans) == 10 and len(others) == 7
    assert all(spans[layers] == run for layers, run in others.items())
    # Beside the spans there is nothing to train but the head alone
    assert {*planned.runs} == {*spans.values(), runs["baseline1", ()]}


def test_spans_are_of_fewer_blocks_where_the_settings_say_so(make_study, table):
    def numbers(**search):
        found = search_candidates(make_study(search={"strategies": ["span"], **search}).settings, table)
        return [candidate.number for candidate in found if candidate.strategy == "span"]

    assert numbers() == [*range(1, 11)]
    # Of 4 blocks two and two: the last two, the first two, all
    assert numbers(span_blocks=2) == numbers(candidates=3) == numbers(span_blocks=3, candidates=5) == [3, 8, 10]
    assert numbers(span_blocks=4) == numbers(candidates=10) == numbers()


def test_every_candidate_and_every_baseline_is_tried_at_each_rate(make_study, table):
    study = make_study(search={"rates": [1e-3, 1e-4], "strategies": ["tail"]}, baselines={"also": ["quarter", "decay"]})
    found = search_candidates(study.settings, table)
    assert strategies(found) == {"baseline1": 2, "baseline2": 2, "tail": 8, "quarter": 2, "decay": 2}
    plan = study.plan("search", "search", table, found)
    rates = {spec.training["learning_rate"] for spec in plan.runs.values()}
    assert rates == {1e-3, 1e-4}
    # At the rate that the settings name anyway it is the run that there was before rates were searched
    plain = make_study(search={"strategies": ["tail"]})
    assert plain.settings.training.learning_rate == 1e-4
    assert set(plain.plan("search", "search", table, search_candidates(plain.settings, table)).runs) < set(plan.runs)


def test_the_ranked_sets_train_at_the_rate_of_the_best_layer(make_study, table):
    settings = make_study(search={"rates": [1e-3, 1e-4]}).settings
    assert {set_.recipe.learning_rate for set_ in dependent_candidates(settings, table, [2, 8, 1, 6, 4], 1e-3)} == {
        1e-3
    }


def test_where_the_search_trains_on_everything_its_runs_are_the_final_ones(make_study, table):
    study = make_study(split={"search": 0.7}, evaluation={"protocol": "holdout"}, search={"strategies": ["bw"]})
    rows = np.arange(55)
    parts = {"search": rows, "final": rows, "validation": np.arange(55, 70), "test": np.arange(70, 100)}
    study = replace(study, parts=parts)
    found = search_candidates(study.settings, table)
    assert study.plan("search", "search", table, found).runs == study.plan("final", "final", table, found).runs


def test_the_ranked_sets_are_the_best_layers_of_the_ranking(make_study, table):
    three, five = dependent_candidates(make_study().settings, table, [2, 8, 1, 6, 4])
    assert (three.strategy, three.layers) == ("bwt3", (1, 2, 8))
    assert (five.strategy, five.layers) == ("bwt5", (1, 2, 4, 6, 8))


@pytest.mark.parametrize(
    ("search", "key"),
    [({"top_k": [3, 6]}, "top_k"), ({"random_layers": 6}, "random_layers"), ({"window": 10}, "window")],
)
def test_what_the_backbone_is_too_small_for_is_known_before_any_training(make_study, table, search, key):
    with pytest.raises(BlocktuneError, match=rf"search\.{key}"):
        search_candidates(make_study(search=search).settings, table)


def test_candidates_of_the_same_weights_are_one_run_across_strategies(make_study, table):
    study = make_study()
    plan = study.plan("search", "search", table, search_candidates(study.settings, table))
    assert len(plan.candidates) == 19
    assert len(plan.runs) == len({entry.layers for entry in plan.candidates})
    by_layers = {}
    for entry in plan.candidates:
        assert by_layers.setdefault(entry.layers, entry.run) == entry.run


def test_a_ranked_set_that_is_everything_shares_the_run_of_baseline_two(make_study, table):
    study = make_study()
    search = study.plan("search", "search", table, search_candidates(study.settings, table))
    ranked = study.plan("dependent", "search", table, dependent_candidates(study.settings, table, [1, 2, 4, 6, 8]))
    everything = next(entry.run for entry in search.candidates if entry.strategy == "baseline2")
    assert next(entry.run for entry in ranked.candidates if entry.strategy == "bwt5") == everything


def test_studies_that_differ_in_name_and_strategies_share_runs(make_study, table):
    first, second = make_study(study="one"), make_study(study="two", search={"window": 2, "top_k": [2]})
    plans = [
        study.plan("search", "search", table, search_candidates(study.settings, table)) for study in (first, second)
    ]
    runs = [set(plan.runs) for plan in plans]
    shared = {run for entry in plans[0].candidates if entry.strategy == "lw" for run in [entry.run]}
    assert shared <= runs[0] & runs[1]


def test_the_two_stages_train_on_different_images(make_study, table):
    study = make_study()
    candidates = search_candidates(study.settings, table)
    search, final = (study.plan(stage, stage, table, candidates) for stage in ("search", "final"))
    assert not set(search.runs) & set(final.runs)
    rows = [{spec.train_rows for spec in plan.runs.values()} for plan in (search, final)]
    assert [len(found) for found in rows] == [1, 1]
    validation = {spec.validation_rows for plan in (search, final) for spec in plan.runs.values()}
    assert len(validation) == 1
