"""Feeding images or features to Keras in an order that depends on seed and epoch alone."""

from collections.abc import Callable, Iterator

import numpy as np

from ..known_keras import keras
from .augment import Augment


class Feed(keras.utils.PyDataset):
    """Batches of (inputs float32, labels int64).

    With a seed every epoch has a new random order, from (seed, epoch): all candidates of a study see the
    images in the same order, and an epoch's order can be had without the epochs before it. Without a seed the
    order is fixed.
    """

    def __init__(
        self,
        values: np.ndarray,
        rows: np.ndarray,
        labels: np.ndarray,
        batch_size: int,
        transform: Callable[[np.ndarray], np.ndarray] | None = None,
        seed: int | None = None,
        remainder_rows: np.ndarray | None = None,
        augment: Augment | None = None,
    ) -> None:
        """Make a feed.

        Args:
            values: images uint8 (N, H, W, 3) or features float32 (N, ...).
            rows: which of them, in their fixed order.
            labels: class of each of `rows`, (len(rows),), or the classes' shares, (len(rows), classes).
            batch_size: images per batch; the last one may be smaller.
            transform: from values to what the network takes.
            seed: see above.
            remainder_rows: the same images in the values of a last batch that is smaller, if they differ there.
            augment: changes images before they are transformed, anew in every epoch.
        """
        super().__init__(workers=1, use_multiprocessing=False)
        self._values, self._rows, self._labels = values, rows, labels
        self._batch_size, self._transform, self._seed = batch_size, transform, seed
        self._augment = augment
        self._remainder_rows = rows if remainder_rows is None else remainder_rows
        self.begin_epoch(0)

    def __len__(self) -> int:
        return -(-len(self._rows) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[batch * self._batch_size : (batch + 1) * self._batch_size]
        return self._of(chosen, self._rows if len(chosen) == self._batch_size else self._remainder_rows)

    def stacks(self, most_bytes: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the same batches in the same order, several at once: inputs and labels (batches, images, ...).

        Args:
            most_bytes: how much memory the inputs of a stack take at most; one batch may take more.
        """
        image = np.float32().itemsize * int(np.prod(self._values.shape[1:]))
        whole, size = len(self._rows) // self._batch_size, self._batch_size
        count = max(1, most_bytes // (image * size))
        for first in range(0, whole, count):
            last = min(first + count, whole)
            inputs, labels = self._of(self._order[first * size : last * size], self._rows)
            yield _stacked(inputs, last - first), _stacked(labels, last - first)
        if whole < len(self):
            inputs, labels = self[whole]
            yield _stacked(inputs, 1), _stacked(labels, 1)

    def _of(self, chosen: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values = self._values[rows[chosen]]
        if self._augment is not None:
            values = self._augment(values, rows[chosen], self._epoch)
        return (values if self._transform is None else self._transform(values)), self._labels[chosen]

    def begin_anew(self, seed: int, augment: Augment | None) -> None:
        """Feed another run: in the order of its seed, with images changed as it changes them."""
        self._seed, self._augment = seed, augment
        self.begin_epoch(0)

    def begin_epoch(self, epoch: int) -> None:
        """Draw the order of an epoch (counted from 0)."""
        self._epoch = epoch
        if self._seed is None:
            self._order = np.arange(len(self._rows))
        else:
            self._order = np.random.default_rng([self._seed, 1, epoch]).permutation(len(self._rows))


def _stacked(values: np.ndarray, batches: int) -> np.ndarray:
    return values.reshape(batches, -1, *values.shape[1:])
