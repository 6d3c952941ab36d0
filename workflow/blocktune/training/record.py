"""What is written down of a training."""

import csv
import io
import math
import time
from typing import Any

import keras
import numpy as np

_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")


class Recorder(keras.callbacks.Callback):
    """Collects every epoch; stops at the first loss that is no number.

    Attributes:
        epochs: one dict an epoch with loss and accuracy of both parts and the learning rate it was trained at.
        seconds: wall time of each epoch.
        diverged: whether a loss or a weight became NaN or infinite.
    """

    def __init__(self, train_count: int, validation_count: int) -> None:
        super().__init__()
        self._counts = {"accuracy": train_count, "val_accuracy": validation_count}
        self.epochs: list[dict[str, Any]] = []
        self.seconds: list[float] = []
        self.diverged = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self._begun = time.perf_counter()
        self._rate = _shortest(self.model.optimizer.learning_rate)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop as soon as the running loss is no number."""
        if logs and not math.isfinite(float(logs.get("loss", 0.0))):
            self._give_up()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Look for weights that are no numbers: ReLU can hide them from the loss."""
        if not all(np.isfinite(weight.numpy()).all() for weight in self.model.trainable_weights):
            self.diverged = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the epoch down."""
        self.seconds.append(time.perf_counter() - self._begun)
        values = {name: _shortest((logs or {}).get(name, math.nan)) for name in _COLUMNS[1:5]}
        if not all(math.isfinite(value) for value in values.values()):
            self._give_up()
        if self.diverged:
            return
        for name, count in self._counts.items():
            # Keras' float32 mean stands for a whole number of photographs
            values[name] = round(values[name] * count) / count
        self.epochs.append({"epoch": epoch + 1, **values, "learning_rate": self._rate})

    def _give_up(self) -> None:
        self.diverged = True
        self.model.stop_training = True


def _shortest(value: Any) -> float:
    """Return a float32 as the shortest decimal that reads back as the same float32."""
    return float(str(np.float32(float(value))))


def history_csv(epochs: list[dict[str, Any]]) -> str:
    """Return the history as CSV text; floats are written so that they read back exactly."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(epochs)
    return text.getvalue()


def metrics_of(epochs: list[dict[str, Any]], diverged: bool) -> dict[str, Any]:
    """Return a run's numbers: accuracies by epoch that counts, or none if it diverged."""
    accuracies = [epoch["val_accuracy"] for epoch in epochs]
    usable = bool(accuracies) and not diverged
    return {
        "diverged": diverged,
        "epochs": len(epochs),
        "last_accuracy": accuracies[-1] if usable else None,
        "best_accuracy": max(accuracies) if usable else None,
        # The first of several equally good epochs
        "best_epoch": accuracies.index(max(accuracies)) + 1 if usable else None,
    }
