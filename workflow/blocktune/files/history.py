"""The history of a run: a line for each epoch."""

from typing import Annotated, ClassVar

from .kind import CsvFile, part


@part(kw_only=True)
class Epoch(CsvFile):
    """An epoch of a run; after one that was not validated what the validation set says is empty."""

    called: ClassVar[str] = "history of a run"
    place: ClassVar[str] = "data/store/{run}/history.csv"
    writer: ClassVar[str] = "train"

    epoch: Annotated[int, "its number, from 1"]
    loss: Annotated[float, "on the training set, mean over the epoch"]
    accuracy: Annotated[float, "there, mean over the epoch"]
    val_loss: Annotated[float | None, "on the validation set after the epoch"] = None
    val_accuracy: Annotated[float | None, "share of the validation set classified rightly after the epoch"] = None
    learning_rate: Annotated[float, "what it was trained at; 0 for a linear probe, which takes no step"]
