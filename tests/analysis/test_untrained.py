"""Which runs have learnt nothing: those that the best constant guess does as well as."""

import pytest
from made_up import made_study
from scipy.stats import binom

from blocktune.analysis.untrained import guess_words, is_untrained
from blocktune.files.study import Study

PARTS = {"search": 300, "final": 900, "validation": 460, "test": 1100}


def study(images=PARTS, **changes):
    shares = {"search": 0.5, "final": 0.5, "validation": 0.5, "test": 0.1}
    most = {part: round(shares[part] * count) for part, count in images.items()}
    return made_study(images=images, most_frequent=most, strategies=("baseline1",), **changes)


def test_the_line_lies_where_guessing_gets_so_many_right_in_one_of_a_hundred():
    # The fewest right answers that constant guessing reaches with at most 1 %
    line = next(right for right in range(1100) if binom.sf(right - 1, 1100, 0.1) <= 0.01)
    assert 110 < line < 150
    assert is_untrained(study(), (line - 1) / 1100)
    assert not is_untrained(study(), line / 1100)


def test_worse_than_guessing_is_untrained_and_diverged_is_not():
    assert is_untrained(study(), 0.0)
    assert not is_untrained(study(), None)


def test_a_run_is_judged_on_the_images_that_score_it():
    assert not is_untrained(study(), 0.5)
    without_test = study({part: count for part, count in PARTS.items() if part != "test"})
    assert is_untrained(without_test, 0.5)


def test_few_images_leave_more_room():
    assert is_untrained(study({**PARTS, "test": 20}), 0.2)
    assert not is_untrained(study({**PARTS, "test": 200}), 0.2)


def test_the_guess_is_the_most_frequent_class_of_the_part(make):
    guess, counts = 771 / 1101, {"search": 300, "final": 2000, "validation": 771}
    found = Study.read(make(("VGG16",), most_frequent=counts).paths[0])
    assert found.guesses["validation"] == pytest.approx(guess)
    assert f"({guess:.3f};" in guess_words(found)
