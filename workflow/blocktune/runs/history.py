"""The numbers that follow from a run's history."""

import math
from collections.abc import Sequence

import numpy as np

from ..files.history import Epoch
from ..files.record import Metrics, RunRecord


def read_history(text: str, run: str) -> list[Epoch]:
    """Return the epochs of a record's `history`; what is not known of one is None (`validate_every`).

    Raises:
        BlocktuneError: the text is damaged, or no history.
    """
    return Epoch.of_text(text.encode(), f"history.csv of run {run}")


def accuracies(record: RunRecord) -> list[float | None]:
    """Return a run's validation accuracy after every epoch; None after one that was not scored."""
    return [epoch.val_accuracy for epoch in read_history(record["history"], record["run"])]


def validation_loss(record: RunRecord) -> float | None:
    """Return a finished run's loss on the validation images after its last epoch, for `evaluation.choose_by: loss`.

    It is the mean cross-entropy after temperature scaling (`training.temperature`).

    Returns:
        None if the run diverged, if the loss is not finite, or if the run kept nothing of single images.
    """
    losses = record.get("validation_losses")
    if record["metrics"]["diverged"] or not losses:
        return None
    loss = sum(losses) / len(losses)
    return loss if math.isfinite(loss) else None


def validation_right(record: RunRecord) -> np.ndarray | None:
    """Return which validation images a finished run classifies rightly, bool (N,); None if it did not keep that."""
    bits = record.get("validation_right")
    return None if bits is None else which_right(bits, len(record["validation_losses"]))


def which_right(bits: str, images: int) -> np.ndarray:
    """Return which of so many images are classified rightly, bool (images,), from a record's hexadecimal digits."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(bits), np.uint8), count=images).astype(bool)


def epochs_to(accuracies: Sequence[float | None], share: float = 0.95) -> int | None:
    """Return the first epoch, counted from 1, whose accuracy reaches a share of the final one's.

    Args:
        accuracies: validation accuracy of every epoch; the last one is the final one. Epochs with None are passed over.
        share: of the final accuracy, 0 to 1.

    Returns:
        None without an epoch, or if the final accuracy is no number: the run diverged.
    """
    if not accuracies or math.isnan(accuracies[-1]):
        return None
    goal = share * accuracies[-1]
    known = ((epoch, accuracy) for epoch, accuracy in enumerate(accuracies, 1) if accuracy is not None)
    return next((epoch for epoch, accuracy in known if accuracy >= goal), None)


def metrics_of(epochs: Sequence[Epoch], diverged: bool) -> Metrics:
    """Return a run's numbers: accuracies by epoch selection, or none if it diverged; the best of those validated."""
    scores = [epoch.val_accuracy for epoch in epochs]
    best = max((score for score in scores if score is not None), default=None)
    usable = best is not None and not diverged
    return {
        "diverged": diverged,
        "epochs": len(epochs),
        "last_accuracy": scores[-1] if usable else None,
        "best_accuracy": best if usable else None,
        # The first of several equally good epochs
        "best_epoch": scores.index(best) + 1 if usable else None,
    }


def first_epochs(record: RunRecord, count: int) -> RunRecord:
    """Return the record of a finished run as it would stand after `count` epochs, at least 1.

    A run that stopped earlier had diverged by then; one that was found diverged at its end had not yet. Resources stay
    those of the whole run.
    """
    epochs = read_history(record["history"], record["run"])
    if len(epochs) <= count:
        return record
    metrics = record["metrics"] | metrics_of(epochs[:count], diverged=False)
    # What the validation images said is known of the last epoch alone
    then = {key: value for key, value in record.items() if not key.startswith("validation_")}
    return then | {"metrics": metrics, "history": Epoch.table(epochs[:count])}
