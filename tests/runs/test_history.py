"""Numbers that follow from a run's history."""

import pytest
from made_up import made_epoch

from blocktune.errors import BlocktuneError
from blocktune.files.history import Epoch
from blocktune.runs.history import accuracies, epochs_to, metrics_of, read_history


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
        # Epochs that were not scored
        ([None, 0.78, None, 0.8], 0.95, 2),
        ([None, 0.5, None, 0.8], 0.95, 4),
    ],
)
def test_epochs_to_a_share_of_the_final_accuracy(accuracies, share, expected):
    assert epochs_to(accuracies, share) == expected


def epoch(number, score):
    val_loss = None if score is None else 1 - score
    return made_epoch(number, loss=1.0 / number, val_loss=val_loss, val_accuracy=score, learning_rate=0.1)


def test_epochs_that_were_not_scored_are_empty_and_read_back():
    epochs = [epoch(number, score) for number, score in enumerate([None, 0.25, None, 0.5], 1)]
    text = Epoch.table(epochs)
    assert text.splitlines()[1:3] == ["1,1.0,0.5,,,0.1", "2,0.5,0.5,0.75,0.25,0.1"]
    assert read_history(text, "r1") == epochs
    assert Epoch.table(read_history(text, "r1")) == text
    assert accuracies({"run": "r1", "history": text}) == [None, 0.25, None, 0.5]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2,0.5,", "2,x,", "line 3 is no history of a run of this version of blocktune: loss: must be a number"),
        ("2,0.5,", "2,", "line 3 is no history .*: it has 5 cells, not 6"),
        ("accuracy", "acuracy", "is no history .*: accuracy is missing; unknown key acuracy .did you mean"),
        ("0.75,0.1\n", "0.75,0.1", "it ends too early"),
    ],
)
def test_a_damaged_history_is_one_error(old, new, said):
    text = Epoch.table([epoch(1, None), epoch(2, 0.75)])
    with pytest.raises(BlocktuneError, match=rf"^(can't read )?history\.csv of run r1.*{said}"):
        read_history(text.replace(old, new, 1), "r1")


def test_the_best_epoch_is_the_first_best_of_those_that_were_scored():
    found = metrics_of([epoch(number, score) for number, score in enumerate([None, 0.6, None, 0.6, 0.4], 1)], False)
    assert found == {
        "diverged": False,
        "epochs": 5,
        "last_accuracy": 0.4,
        "best_accuracy": 0.6,
        "best_epoch": 2,
    }
    diverged = metrics_of([epoch(1, None)], True)
    assert (diverged["epochs"], diverged["last_accuracy"], diverged["best_epoch"]) == (1, None, None)
