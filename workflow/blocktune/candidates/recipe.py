"""How a candidate's layers train, where that is more than all of them from the first epoch to the last."""

from dataclasses import dataclass

from ..files.spec import Phase, Rate


@dataclass(frozen=True)
class Recipe:
    """What a training does otherwise than fine-tuning one set of layers at one rate.

    Attributes:
        phases: one after the other; none: one phase of all epochs.
        rates: of layers whose learning rate is not the head's.
        probe: nothing trains by steps: the classifier is fitted to the frozen backbone's features.
        learning_rate: the head's, and that of all layers without one of their own; None: what the settings say.
        lora: rank of the updates that train in place of weight matrices; None: the weights train.
        seed: of head, order and dropout; None: the study's.
    """

    phases: tuple[Phase, ...] = ()
    rates: tuple[Rate, ...] = ()
    probe: bool = False
    learning_rate: float | None = None
    lora: int | None = None
    seed: int | None = None
