"""The learning rate of a run's steps, where it depends on the step alone."""

from typing import Any

from ..files.spec import RunSpec
from ..known_keras import keras

LearningRate = float | keras.optimizers.schedules.LearningRateSchedule


class LaterSteps(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule from some step on, for a phase of a run: its optimizer is new and counts from 0."""

    def __init__(self, whole: keras.optimizers.schedules.LearningRateSchedule, first: int) -> None:
        """Begin the whole schedule at the step `first`."""
        self.whole, self.first = whole, first

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step of the phase."""
        return self.whole(step + self.first)

    def get_config(self) -> dict[str, Any]:
        """Return what it was made from."""
        return {"whole": self.whole, "first": self.first}


def rate_of(
    spec: RunSpec, steps: int, epochs_before: int = 0, highest: float | keras.Variable | None = None
) -> LearningRate:
    """Return the learning rate that a run's optimizer is made with.

    One schedule spans the whole run, whatever its phases: the rate of an epoch is the same for every strategy.

    Args:
        spec: gives rate, epochs, schedule and warm-up.
        steps: of one epoch.
        epochs_before: of the run, before the phase that the optimizer is for.
        highest: stands for the specification's learning rate in a schedule; a variable can be changed later.
    """
    training = spec.training
    rate, total = training["learning_rate"], steps * training["epochs"]
    schedule, warmup = training.get("schedule", "plateau"), training.get("warmup", 0.0)
    if schedule == "plateau" or (schedule == "constant" and not warmup):
        return rate
    rate = rate if highest is None else highest
    # A cosine that ends at its own height is constant
    lowest = 1.0 if schedule == "constant" else 0.0
    cosine = keras.optimizers.schedules.CosineDecay
    if warmup:
        rising = min(max(round(warmup * steps), 1), total - 1)
        whole = cosine(0.0, total - rising, lowest, warmup_target=rate, warmup_steps=rising)
    else:
        whole = cosine(rate, total, lowest)
    return LaterSteps(whole, steps * epochs_before) if epochs_before else whole
