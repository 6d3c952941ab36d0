"""What a study of factors measured, as frames: levels as numbers, and text that stays text."""

import made_up_factors as made_up
import numpy as np
import pytest
import synthetic

from blocktune.factors.levels import number_of


@pytest.mark.parametrize(
    ("level", "number"), [("1e-4", 1e-4), ("50", 50), ("rotate 0.5", 0.5), ("2 classes, same total", 2), ("all", None)]
)
def test_levels_are_read_as_numbers_where_they_are_some(level, number):
    found = number_of(level)
    assert np.isnan(found) if number is None else found == number


def test_levels_and_seeds_are_text_and_what_is_missing_is_no_number():
    rows = made_up.responses(made_up.flat, factors=["learning_rate"], diverged=lambda strategy, _: strategy == "bw")
    found = made_up.responses_frame(rows)
    assert set(found["level"]) > {"1e-5", "1e-1"} and set(found["seed"]) == {"1", "2", "3"}
    assert found["accuracy"].isna().equals(found["diverged"]) and found["value"].isna().any()
    assert (found["strategy"][found["diverged"]] == "bw").all() and found["reference"].dtype == bool


def test_frames_of_nothing_have_all_columns():
    whole, nothing = made_up.layers(made_up.responses(made_up.flat), synthetic.vgg16()), made_up.layers_frame([])
    assert list(nothing) == list(whole[0])
    assert nothing["unfrozen"].dtype == bool and nothing["cka"].dtype == float
