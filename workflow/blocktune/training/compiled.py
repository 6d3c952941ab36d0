"""What was built and compiled for one run, and serves the next ones that differ in learning rate and seed alone.

Building and tracing a graph takes as long as several epochs of a small training. Weights, optimizer, random states,
order and learning rate are set anew for each run, so that its numbers are those of a run alone, bit for bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..files.spec import RunSpec
from ..known_keras import keras
from .assemble import Assembled
from .augment import augmenter
from .loop import Epochs
from .optimizer import optimizer_of
from .schedule import LearningRate, rate_of


class Compiled:
    """A compiled model with its feeds.

    Attributes:
        head: its head.
        cut: where it begins (`prefix.choose_cut`).
        model: what trains.
        epochs: trains it.
        test: the images that are only scored; None without such a part.
    """

    def __init__(
        self,
        spec: RunSpec,
        backbone: keras.Model,
        head: keras.Model,
        cut: int | None,
        assembled: Assembled,
        epochs_before: int = 0,
    ) -> None:
        """Compile; must come after layers were frozen.

        Args:
            spec: the run.
            backbone: the network; what trains of it is trainable.
            head: the run's, with its initial weights.
            cut: where the part that trains begins.
            assembled: that part, with the head, and its feeds.
            epochs_before: of the run, before the phase that this is for.
        """
        self.head, self.cut = head, cut
        self.model, train, validation, self.test = assembled
        self.epochs = Epochs(self.model, train, validation)
        # On other backends a variable that the optimizer doesn't own is a constant of the graph
        variable = keras.backend.backend() == "tensorflow"
        self._highest = keras.Variable(spec.training["learning_rate"], trainable=False) if variable else None
        rate = rate_of(spec, len(train), epochs_before, self._highest)
        self._scheduled = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
        compile_model(self.model, spec, backbone, rate)
        self.model.optimizer.build(self.model.trainable_variables)

    def variables(self, frozen: Sequence[keras.Layer]) -> list[keras.Variable]:
        """Return all that a training changes, the optimizer's too, without the weights of frozen layers."""
        skip = {id(weight) for layer in frozen for weight in layer.weights}
        mine = [variable for variable in self.model.variables if id(variable) not in skip]
        return mine + list(self.model.optimizer.variables)

    def begin(self, spec: RunSpec, head: keras.Model) -> None:
        """Set everything but the backbone as another run begins.

        Args:
            spec: the run; differs from that before in learning rate and seed alone.
            head: a head of the same form with the run's initial weights and random states.
        """
        for mine, new in zip(self.head.variables, head.variables, strict=True):
            mine.assign(new)
        rate = spec.training["learning_rate"]
        if self._scheduled:
            self._highest.assign(rate)
        else:
            self.model.optimizer.learning_rate = rate
        self.epochs.train.begin_anew(spec.seed, augmenter(spec) if self.cut is None else None)


def compile_model(model: keras.Model, spec: RunSpec, backbone: keras.Model, rate: LearningRate) -> None:
    """Compile what trains as the specification says; must come after layers were frozen."""
    smoothed = "label_smoothing" in spec.training
    model.compile(
        optimizer=optimizer_of(spec, backbone, model, rate),
        loss="categorical_crossentropy" if smoothed else "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        # XLA's compilation costs more than these small trainings on TensorFlow; JAX can't do without
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
    )


@dataclass
class Shared:
    """Hands on what is compiled from one run to the next of the same graph (`RunSpec.graph`), in one process.

    Attributes:
        compiled: of the runs before; None before the first.
    """

    compiled: Compiled | None = None
    _before: Sequence[tuple[keras.Variable, np.ndarray]] = ()

    def keep(self, compiled: Compiled, frozen: Sequence[keras.Layer]) -> None:
        """Remember what is compiled, and its variables as they are before the first training."""
        self.compiled = compiled
        # `begin` sets the head
        head = {id(variable) for variable in compiled.head.variables}
        changed = [variable for variable in compiled.variables(frozen) if id(variable) not in head]
        self._before = [(variable, _compact(variable.numpy())) for variable in changed]

    def restore(self) -> None:
        """Set all variables but the head's back: the backbone has its pre-trained weights again."""
        for variable, value in self._before:
            variable.assign(value)


def _compact(values: np.ndarray) -> np.ndarray:
    """Return the same values; zeros, with which optimizers begin, take no memory."""
    return values if values.any() else np.broadcast_to(values.dtype.type(0), values.shape)
