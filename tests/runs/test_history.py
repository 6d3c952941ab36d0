"""Numbers that follow from a run's history."""

import pytest

from blocktune.runs.history import epochs_to


@pytest.mark.parametrize(
    ("accuracies", "share", "expected"),
    [
        ([0.2, 0.5, 0.76, 0.7, 0.8], 0.95, 3),
        ([0.2, 0.5, 0.75, 0.7, 0.8], 0.95, 5),
        # A run that got worse reached what it ended with long before
        ([0.9, 0.8, 0.6], 0.95, 1),
        ([0.2, 0.4, 0.5], 0.5, 2),
        ([0.2, 0.4, 0.5], 1.0, 3),
        ([0.7], 0.95, 1),
        ([0.0, 0.0], 0.95, 1),
        ([], 0.95, None),
        ([0.5, float("nan")], 0.95, None),
        ([float("nan"), 0.5], 0.95, 2),
    ],
)
def test_epochs_to_a_share_of_the_final_accuracy(accuracies, share, expected):
    assert epochs_to(accuracies, share) == expected
