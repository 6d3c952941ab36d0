"""Reading what a study of factors measured: levels as numbers, and wrong tables named with their line."""

import made_up_factors as made_up
import numpy as np
import pytest

from blocktune.errors import BlocktuneError
from blocktune.factors.levels import number_of
from blocktune.factors.tables import read_responses


def flat(strategy, setting):
    return 0.7


@pytest.mark.parametrize(
    ("level", "number"), [("1e-4", 1e-4), ("50", 50), ("rotate 0.5", 0.5), ("2 classes, same total", 2), ("all", None)]
)
def test_levels_are_read_as_numbers_where_they_are_some(level, number):
    found = number_of(level)
    assert np.isnan(found) if number is None else found == number


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"factor": "phase of the moon"}, "line 2: factor is 'phase of the moon', allowed are learning_rate, "),
        ({"accuracy": 1.2}, "line 2: accuracy is 1.2, a number from 0 to 1 is allowed"),
        ({"accuracy": ""}, "line 2: diverged is 0, but the run has no accuracy"),
        ({"diverged": 1}, "line 2: diverged is 1, but the run has an accuracy"),
        ({"accuracy": "high"}, "line 2: accuracy is 'high', a number is needed"),
        ({"reference": "yes"}, "line 2: reference is 'yes', allowed are 0, 1"),
    ],
)
def test_a_wrong_table_is_named_with_its_line(tmp_path, changes, message):
    (first, *rest) = made_up.responses(flat, factors=["optimizer"])
    with pytest.raises(BlocktuneError, match=message):
        read_responses(made_up.write_csv(tmp_path / "responses.csv", [first | changes, *rest]))


def test_a_missing_column_and_a_missing_table_are_named(tmp_path):
    rows = made_up.responses(flat, factors=["optimizer"])
    path = made_up.write_csv(tmp_path / "responses.csv", [{k: v for k, v in row.items() if k != "run"} for row in rows])
    with pytest.raises(BlocktuneError, match=r"responses.csv: column run is missing"):
        read_responses(path)
    with pytest.raises(BlocktuneError, match=r"nothing.csv"):
        read_responses(tmp_path / "nothing.csv")
