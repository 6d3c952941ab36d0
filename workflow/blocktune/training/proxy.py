"""What the cheaper searches share: one ordinary training whose head is kept, and scores with their price."""

import time
from dataclasses import dataclass, replace

from ..errors import BlocktuneError
from ..files.history import Epoch
from ..files.layers import LayerTable
from ..files.spec import RunSpec
from ..known_keras import keras
from ..runs.spec import Part
from .assemble import ImageSet, assemble, feature_segments, new_head
from .compiled import Compiled
from .freeze import unfreeze_only
from .phases import phases_of
from .prefix import cut_of
from .record import Recorder
from .train import batch_norm_of, fit


@dataclass(frozen=True)
class Trained:
    """A finished training and the head that it ended with; the backbone it was given holds the fine-tuned weights.

    Attributes:
        head: the trained head, from the backbone's output to class probabilities.
        epochs: its history.
    """

    head: keras.Model
    epochs: list[Epoch]


class Stopwatch:
    """Processor seconds of this process, all its threads included, since it was made."""

    def __init__(self) -> None:
        self._begun = time.process_time()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return time.process_time() - self._begun


def train_with_head(
    spec: RunSpec,
    unfrozen: tuple[int, ...],
    backbone: keras.Model,
    table: LayerTable,
    image_set: ImageSet,
    part: Part,
    memory_gb: float,
) -> Trained:
    """Train as the run of the same specification does, number for number, and keep the head.

    Args:
        spec: any run of the study on this part; only what it unfreezes is replaced.
        unfrozen: indices of the layers that train: none for Baseline I, all with weights for Baseline II.
        backbone: the network with its pre-trained weights; its weights are changed.
        table: its layer table.
        image_set: all of them.
        part: the rows that are trained on and scored.
        memory_gb: memory for the features of the frozen prefix in GB (10^9 bytes).

    Raises:
        BlocktuneError: the training diverged, so nothing can be learned from it.
    """
    spec = replace(spec, unfrozen=unfrozen, phases=None, rates=None)
    unfreeze_only(backbone, unfrozen, batch_norm_of(spec))
    held = sum(segment.count for segment in feature_segments(part, spec.training["batch_size"]))
    cut = cut_of(spec, table, unfrozen, held, memory_gb)
    head = new_head(spec, backbone, image_set, part)
    compiled = Compiled(spec, backbone, head, cut, assemble(spec, backbone, head, image_set, part, cut, None))
    recorder = Recorder(len(part.train), len(part.validation))
    (phase,) = phases_of(spec)
    fit(compiled, recorder, spec, phase, None, [])
    if recorder.diverged:
        which = "Baseline II" if unfrozen else "Baseline I"
        raise BlocktuneError(
            f"{table.backbone.key}: {which} diverged after {len(recorder.epochs)} epochs at learning rate "
            f"{spec.training['learning_rate']:g}; search.method exhaustive copes with that"
        )
    return Trained(head, recorder.epochs)


def weighted_layers(table: LayerTable) -> tuple[int, ...]:
    """Indices of all layers with weights: what Baseline II unfreezes."""
    return tuple(layer.index for layer in table.layers if layer.weighted)
