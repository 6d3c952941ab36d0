"""The epochs of a training: what `keras.Model.fit` does, with less between two steps.

Keras feeds steps through a pipeline that takes 2 to 3 ms a batch, as long as many a step above a cut takes itself. Here
the arrays in memory go straight into a graph that takes many steps one after the other. The steps are Keras' own
`train_step` and `test_step`; the numbers are those of `fit`, bit for bit.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from ..known_keras import keras
from .feed import Feed

_Steps = Callable[..., Any]

# Inputs of as many steps as fit go into the graph at once: calling it costs as much as a tenth of a small step
_STACK_BYTES = 2**25


class Epochs:
    """A compiled model with what it is fed with, and its steps, traced when they are needed first.

    Attributes:
        model: what trains.
        train: the training images.
        validation: the images that choose.
    """

    def __init__(self, model: keras.Model, train: Feed, validation: Feed) -> None:
        self.model, self.train, self.validation = model, train, validation
        self._learn: _Steps | None = None
        self._score: _Steps | None = None

    def run(
        self, callbacks: Sequence[keras.callbacks.Callback], first: int, last: int, validated: Sequence[int]
    ) -> None:
        """Train from the epoch after the first to the last.

        Args:
            callbacks: as for `fit`; of what happens between two batches TensorFlow's are not told.
            first: epochs that are done.
            last: epochs that shall be done.
            validated: after which epochs, counted from 1, the validation images are scored.
        """
        if keras.backend.backend() == "tensorflow":
            self._run(keras.callbacks.CallbackList(callbacks, model=self.model, epochs=last), first, last, validated)
            return
        self.model.fit(
            self.train,
            initial_epoch=first,
            epochs=last,
            validation_data=self.validation,
            validation_freq=list(validated),
            callbacks=callbacks,
            shuffle=False,
            verbose=0,
        )

    def _run(self, callbacks: keras.callbacks.CallbackList, first: int, last: int, validated: Collection[int]) -> None:
        model, logs = self.model, None
        model.stop_training = False
        callbacks.on_train_begin()
        for epoch in range(first, last):
            model.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            for inputs, labels in self.train.stacks(_STACK_BYTES):
                if self._learn is None:
                    _make_metrics(model, labels[0])
                    self._learn = _traced(model.train_step, inputs, labels)
                self._learn(*_tensors(inputs, labels))
            logs = dict(model.get_metrics_result())
            if epoch + 1 in validated:
                logs |= self._scored()
            callbacks.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        callbacks.on_train_end(logs)

    def _scored(self) -> dict[str, Any]:
        self.model.reset_metrics()
        for inputs, labels in self.validation.stacks(_STACK_BYTES):
            if self._score is None:
                self._score = _traced(self.model.test_step, inputs, labels)
            self._score(*_tensors(inputs, labels))
        return {f"val_{name}": value for name, value in self.model.get_metrics_result().items()}


def _make_metrics(model: keras.Model, labels: Any) -> None:
    """Let metrics make their variables, which they do at their first use: within a graph it would be traced twice."""
    outputs = keras.ops.zeros((len(labels), *model.output_shape[1:]))
    model.compute_metrics(None, labels, outputs)
    model.reset_metrics()


def _traced(step: Callable[..., Any], *arrays: Any) -> _Steps:
    """Return a step of a model as a graph over stacks of batches (batches, images, ...) of any size."""
    import tensorflow as tf

    def steps(inputs: Any, labels: Any) -> None:
        def taken(batch: Any) -> tuple[Any]:
            step((inputs[batch], labels[batch]))
            return (batch + 1,)

        count = tf.shape(labels)[0]
        tf.while_loop(lambda batch: batch < count, taken, [tf.constant(0)], parallel_iterations=1)

    specs = [tf.TensorSpec([None, None, *array.shape[2:]], array.dtype) for array in arrays]
    return tf.function(steps, autograph=False).get_concrete_function(*specs)


def _tensors(*arrays: Any) -> list[Any]:
    import tensorflow as tf

    return [tf.constant(array) for array in arrays]
