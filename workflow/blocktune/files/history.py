"""The history of a run: a line for each epoch."""

from typing import ClassVar

from .kind import CsvFile, part


@part(kw_only=True)
class Epoch(CsvFile):
    """An epoch of a run; after one that was not validated what the validation set says is empty.

    Attributes:
        epoch: its number, from 1.
        loss: on the training set, mean over the epoch.
        accuracy: there, mean over the epoch.
        val_loss: on the validation set after the epoch.
        val_accuracy: share of the validation set classified rightly after the epoch.
        learning_rate: what it was trained at; 0 for a linear probe, which takes no step.
    """

    called: ClassVar[str] = "history of a run"
    place: ClassVar[str] = "data/store/{run}/history.csv"
    writer: ClassVar[str] = "train"

    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None = None
    val_accuracy: float | None = None
    learning_rate: float
