"""What other programs are shown of a study: each run that was to be trained, once, as far as it came."""

import json

import pytest
from made_runs import KEY, RUN, STUDY
from made_up import made_plan

from blocktune.errors import BlocktuneError
from blocktune.runs.entries import flat, plans_below, read_study, repeat_key_of
from blocktune.runs.store import Store


@pytest.fixture(scope="module")
def shown(study):
    plans = plans_below(study / "results" / "plan")
    return read_study(STUDY, {"data": {"name": "x", "path": None}, "list": [1, 2]}, plans, Store(study / "data/store"))


@pytest.fixture(scope="module")
def entries(shown):
    return {entry.run: entry for entry in shown.entries}


def test_every_run_is_an_entry_once_and_one_that_is_not_there_is_named(shown, entries):
    assert len(entries) == len(shown.entries)
    assert set(entries) == {RUN[name] for name in ("bw", "lw", "discarded", "diverged", "arm")}
    assert shown.missing == (RUN["open"],)
    # Strategy after strategy, as the plans have them
    assert [entry.strategy for entry in shown.entries] == ["lw", "lw", "bw", "bw", "bw"]


def test_an_entry_says_what_was_trained_and_what_came_out(entries):
    entry = entries[RUN["bw"]]
    assert entry.about["stages"] == "search, final" and entry.about["state"] == "finished"
    # It is the candidate of two strategies, and belongs to the first
    assert (entry.strategy, entry.about["candidates"]) == ("lw", "lw 2, bw 1")
    assert (entry.about["backbone"], entry.about["repeat"]) == (KEY, 1)
    assert entry.settings["training.learning_rate"] == 1e-3 and entry.settings["training.augmentation.flip"] is True
    assert entry.curves["loss"] == {1: 2.0, 2: 1.0, 3: 0.5}
    # An epoch that was not validated is left out
    assert entry.curves["val_accuracy"] == {1: 0.25, 3: 0.75}
    assert entry.scores["score/last_accuracy"] == 0.75 and entry.scores["score/test_last_accuracy"] == 0.625
    assert entry.scores["score/parameters_trained"] == 30 and entry.scores["cost/seconds"] == 60
    assert [entry.ended - entry.after(epoch) for epoch in (0, 1, 2, 3)] == [60, 50, 30, 0]


def test_runs_that_are_not_as_the_others_say_so(entries):
    states = {name: entries[RUN[name]].about["state"] for name in ("discarded", "diverged", "arm")}
    assert states == {"discarded": "paused", "diverged": "diverged", "arm": "finished"}
    assert entries[RUN["discarded"]].epochs == 1
    assert entries[RUN["arm"]].about["candidates"] == "bw with optimizer sgd"
    assert entries[RUN["diverged"]].diverged and "score/last_accuracy" not in entries[RUN["diverged"]].scores


def test_nested_settings_have_dotted_keys(shown):
    assert shown.settings == {"data.name": "x", "data.path": None, "list": "[1, 2]"}
    assert flat({"a": {"b": {"c": 1}}, "d": (1.5, "ü")}) == {"a.b.c": 1, "d": '[1.5, "ü"]'}


def test_repeats_and_other_ranges_are_told_by_their_folder(tmp_path):
    plan = made_plan([])
    for name in ("net~2@unit/search", "net~2/search", "net/arms/all", "net/factors/own", "net/final", "net/rung10"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        plan.write(tmp_path / f"{name}.json")
    (tmp_path / "net" / "layers.json").write_text("{}")
    (tmp_path / "settings" / "code").mkdir(parents=True)
    (tmp_path / "settings" / "search-code.json").write_text("{}")
    found = [path.relative_to(tmp_path).as_posix().removesuffix(".json") for path in plans_below(tmp_path)]
    assert found[:3] == ["net~2/search", "net/rung10", "net/final"] and found[-1] == "net~2@unit/search"
    assert [repeat_key_of(tmp_path / f"{name}.json") for name in found[-3:]] == ["net", "net", "net~2@unit"]


def test_a_folder_without_a_study_is_one_error(tmp_path):
    with pytest.raises(BlocktuneError, match=r"no plans in .*run `snakemake` first"):
        plans_below(tmp_path)


def test_what_is_no_plan_is_named(tmp_path, study):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "search.json").write_text(json.dumps({"stage": "search"}))
    with pytest.raises(BlocktuneError, match=r"search\.json is no plan of a stage"):
        read_study("x", {}, plans_below(tmp_path), Store(study / "data/store"))
