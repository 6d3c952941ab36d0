"""What is written down of a training."""

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..files.history import Epoch
from ..files.record import Metrics, Tested, TestedEpochs, Validation
from ..known_keras import keras
from .feed import Feed
from .temperature import scaled_losses


class Recorder(keras.callbacks.Callback):
    """Collects every epoch; stops after the first whose loss is no number.

    Attributes:
        epochs: every epoch; what the validation part says is None where Keras did not validate.
        seconds: wall time of each epoch.
        cpu_seconds: processor time of each epoch.
        diverged: whether a loss or a weight became NaN or infinite.
    """

    def __init__(
        self, train_count: int, validation_count: int, pauses: bool = False, test: "TestScore | None" = None
    ) -> None:
        """Make a recorder.

        Args:
            train_count: images that are trained on.
            validation_count: images that are scored.
            pauses: the training is resumed later, so its end is not judged yet.
            test: scores images that nothing else reads, at the epochs that count.
        """
        super().__init__()
        self._pauses, self.test = pauses, test
        self._counts = {"accuracy": train_count, "val_accuracy": validation_count}
        self.epochs: list[Epoch] = []
        self.seconds: list[float] = []
        self.cpu_seconds: list[float] = []
        self.diverged = False

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self._begun, self._processor = time.perf_counter(), time.process_time()
        self._rate = _shortest(self.model.optimizer.learning_rate)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Look for weights that are no numbers: ReLU can hide them from the loss."""
        if not self._pauses and not all(np.isfinite(w.numpy()).all() for w in self.model.trainable_weights):
            self.diverged = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the epoch down."""
        self.seconds.append(time.perf_counter() - self._begun)
        self.cpu_seconds.append(time.process_time() - self._processor)
        logs = logs or {}
        names = ["loss", "accuracy"] + (["val_loss", "val_accuracy"] if "val_loss" in logs else [])
        seen = {name: _shortest(logs.get(name, math.nan)) for name in names}
        if not all(math.isfinite(value) for value in seen.values()):
            self._give_up()
        if self.diverged:
            return
        for name, count in self._counts.items():
            if name in seen:
                # Keras' float32 mean stands for a whole number of images
                seen[name] = round(seen[name] * count) / count
        self.epochs.append(Epoch(epoch=epoch + 1, **seen, learning_rate=self._rate))
        if self.test is not None:
            self.test.look(self.model, [epoch.val_accuracy for epoch in self.epochs])

    def test_metrics(self) -> Metrics:
        """Return what the test part says of the epochs that count, by `last` and `best`; empty without such a part."""
        if self.test is None:
            return {}
        return {"test": None if self.diverged else self.test.found}

    def _give_up(self) -> None:
        self.diverged = True
        self.model.stop_training = True


class TestScore:
    """Scores the test part at the epochs that count: the last one, and the best by validation.

    Attributes:
        feed: the part, as the model that trains at the moment takes it.
        found: by `last` and `best`: accuracy, and for each image whether it was classified rightly (bits in the
            order of the rows, as hexadecimal digits).
    """

    # pytest collects classes of this name
    __test__ = False

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self.feed: Feed | None = None
        self.found: TestedEpochs = {}

    def look(self, model: keras.Model, scores: Sequence[float | None]) -> None:
        """Look after an epoch if it counts so far; whether it does is told by validation accuracies alone.

        Args:
            model: as it is after the epoch.
            scores: validation accuracies of all epochs so far, None where there is none; such an epoch never counts.
        """
        *before, now = scores
        if now is None:
            return
        # The first of several equally good epochs counts, as in a run's metrics
        best = max((score for score in before if score is not None), default=-1.0)
        counts = {"last": len(scores) == self._epochs, "best": now > best}
        if not any(counts.values()):
            return
        score = test_score(np.concatenate([_right(model, *self.feed[batch]) for batch in range(len(self.feed))]))
        self.found |= {which: score for which, is_so in counts.items() if is_so}


def test_score(right: np.ndarray) -> Tested:
    """Return how a test part is scored; `right`: bool (N,), whether each image was classified rightly."""
    return {"accuracy": float(np.mean(right)), "right": np.packbits(right).tobytes().hex()}


def validation_scores(probabilities: np.ndarray, labels: np.ndarray) -> Validation:
    """Return what a run keeps of the images that chose, each in the order of the rows, to rank and to compare in pairs.

    Args:
        probabilities: the classifier's after the last epoch, (N, classes).
        labels: the true classes, (N,).

    Returns:
        `losses` after temperature scaling with four significant digits, that `temperature`, and `right` (whether each
        image was classified rightly) as bits in hexadecimal digits.
    """
    losses, temperature = scaled_losses(probabilities, labels)
    return {
        "losses": [float(f"{loss:.4g}") for loss in losses],
        "temperature": float(f"{temperature:.4g}"),
        "right": test_score(probabilities.argmax(axis=1) == labels)["right"],
    }


def last_validation(model: keras.Model, feed: Feed, labels: np.ndarray) -> Validation:
    """Return `validation_scores` of a model after its last epoch; `labels`: the true ones of the feed, (N,)."""
    batches = [model.predict_on_batch(feed[batch][0]) for batch in range(len(feed))]
    return validation_scores(np.concatenate(batches), labels)


def _right(model: keras.Model, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.argmax(model.predict_on_batch(inputs), axis=-1) == labels


def _shortest(value: Any) -> float:
    """Return a float32 as the shortest decimal that reads back as the same float32."""
    return float(str(np.float32(float(value))))
