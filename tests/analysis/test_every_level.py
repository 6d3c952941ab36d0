"""The table of every level of every factor: its numbers are those of the runs, counted here once more."""

import statistics
from collections import defaultdict

import made_up_factors as made_up
import pytest

from blocktune.document.blocks import cells
from blocktune.factors.effect_tables import levels_table
from blocktune.factors.effects import effects
from blocktune.files.design import Design

KEY = "MobileNet-a0.25"


def table_of(rows):
    """Heads, and the cells' texts by factor and level."""
    responses = made_up.responses_frame(rows)
    table = levels_table(effects(responses, made_up.distances_frame([]), Design(**made_up.design(rows)))[KEY]["levels"])
    rows = [[cell.words for cell in cells(row)] for row in table.rows]
    return list(table.head), {(row[0], row[1]): [" ".join(text.split()) for text in row[2:]] for row in rows}


def test_every_level_has_its_mean_and_its_extreme_seeds():
    rows = made_up.responses(made_up.realistic, factors=["optimizer", "learning_rate"])
    heads, found = table_of(rows)
    assert heads == ["Factor", "Level", "Baseline I", "Baseline II", "BW", "mean over strategies"]
    seeds = defaultdict(list)
    for row in rows:
        seeds[row["factor"], row["level"], row["strategy"]].append(float(row["accuracy"]))
    for (factor, word), levels in {
        ("learning_rate", "learning rate"): ["1e-5", "1e-4 (reference)", "1e-3", "1e-2", "1e-1"],
        ("optimizer", "optimizer"): ["adam (reference)", "sgd"],
    }.items():
        assert [level for named, level in found if named == word] == levels
        for level in levels:
            values = [seeds[factor, level.split()[0], strategy] for strategy in made_up.STRATEGIES]
            assert all(len(several) == 3 for several in values)
            assert found[word, level][:3] == [
                f"{statistics.mean(several):.4f} ({min(several):.4f} to {max(several):.4f})" for several in values
            ]
            mean = statistics.mean(map(statistics.mean, values))
            assert float(found[word, level][3].split()[0]) == pytest.approx(mean, abs=6e-5)


def test_one_seed_has_no_spread():
    rows = made_up.responses(made_up.realistic, factors=["optimizer"], seeds=(7,), everywhere=[])
    _, found = table_of(rows)
    assert all(len(text.split()) == 1 and 0 < float(text) < 1 for texts in found.values() for text in texts)


def test_a_level_that_a_strategy_lacks_is_said():
    rows = made_up.responses(made_up.realistic, factors=["optimizer"], everywhere=[])
    rows = [row for row in rows if (row["strategy"], row["level"]) != ("bw", "sgd")]
    _, found = table_of(rows)
    assert found["optimizer", "sgd"][2] == "n/a"
    assert found["optimizer", "adam (reference)"][2] != "n/a"
