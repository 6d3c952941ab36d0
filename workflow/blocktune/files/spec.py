"""The specification of a run: everything that can change its numbers, and the id that follows from it."""

import hashlib
import json
from typing import Any, ClassVar, Literal, NamedTuple, NotRequired

from .kind import Closed, JsonFile, left_out, part

RUN_ID_DIGITS = 16


class Phase(NamedTuple):
    """Consecutive epochs in which the same layers train; a new phase starts with a new optimizer and plateau.

    Attributes:
        epochs: how many.
        unfrozen: indices of the backbone's layers that train beside the head.
    """

    epochs: int
    unfrozen: tuple[int, ...]


class Rate(NamedTuple):
    """The learning rate of a layer as a share of the head's.

    Attributes:
        layer: index of the layer.
        share: of the head's rate.
    """

    layer: int
    share: float


class TrainedBackbone(Closed):
    """What a run starts from.

    Attributes:
        name: its constructor; `own` for a network of the user's own, whose name changes no number.
        alpha: width multiplier, if it has one.
        weights: sha256 over its pre-trained weights.
        architecture: only of a network of the user's own: sha256 over its layers' settings and connections.
        native: only of one that is fed it: the range that it was trained on.
    """

    name: str
    alpha: float | None
    weights: str
    architecture: NotRequired[str]
    native: NotRequired[str]


class TrainedHead(Closed):
    """The new classifier.

    Attributes:
        pooling: how the feature map becomes a vector.
        units: of the hidden layers.
        dropout: only with hidden layers: share of the first one's units that is dropped in training.
        start: only where it is not random: what the first weights are.
    """

    pooling: str
    units: list[int]
    dropout: NotRequired[float]
    start: NotRequired[str]


class TrainedPlateau(Closed):
    """When the learning rate falls.

    Attributes:
        monitor: what has to improve.
        factor: the learning rate is multiplied by this.
        patience: epochs without improvement before that.
        min_delta: what counts as an improvement.
        cooldown: epochs to wait after a reduction.
        min_learning_rate: the learning rate never falls below this.
    """

    monitor: str
    factor: float
    patience: int
    min_delta: float
    cooldown: int
    min_learning_rate: float


class Augmented(Closed):
    """How images are changed at random.

    Attributes:
        flip: whether they are mirrored, every other time.
        crop: largest share of the area that is cut out.
        colour: largest change of brightness, contrast and saturation.
    """

    flip: bool
    crop: float
    colour: float


class Trained(Closed, total=False):
    """How a run trains; a key that is missing has the paper's value. Empty for a probe.

    Attributes:
        optimizer: what changes the weights.
        weight_decay: of the optimizer adamw.
        learning_rate: the head's, at first.
        schedule: how the learning rate changes.
        warmup: epochs in which the rate rises from 0.
        clip_norm: longest gradient of a step, over all weights that train.
        batch_size: images per step.
        epochs: passes over the training set.
        validate_every: after how many epochs each time the validation set is scored.
        plateau: when the rate falls, for that schedule.
        label_smoothing: share of each label that is spread over all classes.
        batch_norm: what BatchNormalization layers do that are not frozen.
        augmentation: how images are changed.
    """

    optimizer: str
    weight_decay: float
    learning_rate: float
    schedule: str
    warmup: float
    clip_norm: float
    batch_size: int
    epochs: int
    validate_every: int
    plateau: TrainedPlateau
    label_smoothing: float
    batch_norm: str
    augmentation: Augmented


@part
class RunSpec(JsonFile):
    """Everything that can change a run's numbers and nothing else: no label, path, core count or memory size.

    Attributes:
        protocol: version of the training code.
        backend: Keras' backend; initial weights differ between them.
        backbone: architecture name, width, digest of the pre-trained weights; of a network of the user's own also the
            digest of its architecture and, where it is fed that, the range it was trained on.
        image_size: side of the images in pixels.
        pixel_range: `unit` or `native`.
        data: digest of the prepared images and labels.
        classes: number of classes.
        train_rows: digest of the rows that are trained on.
        validation_rows: digest of the rows that are scored after `validated_epochs`, for the learning rate and to
            choose.
        unfrozen: indices of the backbone's layers that train.
        head: settings of the head that change it.
        training: learning rate, batch size, epochs, plateau or another schedule; the optimizer, unless it is Adam; what
            BatchNormalization does, unless it is Keras' own way; how labels are smoothed and images changed, if
            they are; after how many epochs each time the validation rows are scored, unless after each.
        seed: seed of head, order and dropout.
        test_rows: digest of the rows that are only scored, at the epochs that count; None without such a part.
        phases: epochs in which different layers train, one after the other; None where all of `unfrozen` always do.
        rates: of layers whose learning rate is not the head's; None where there are none.
        probe: version of the linear probe's code, for a run that is a probe (then `training` is empty and `seed` is 0:
            neither changes it) or whose head starts as one; None, and not written, for all others.
        lora: rank of the updates that train in place of the weight matrices of `unfrozen`; None, and not written, where
            the weights themselves train.
    """

    called: ClassVar[str] = "specification of a run"
    place: ClassVar[str] = "data/store/{run}/spec.json"
    writer: ClassVar[str] = "train"

    protocol: int
    backend: str
    backbone: TrainedBackbone
    image_size: int
    pixel_range: Literal["unit", "native"]
    data: str
    classes: int
    train_rows: str
    validation_rows: str
    unfrozen: tuple[int, ...]
    head: TrainedHead
    training: Trained
    seed: int
    test_rows: str | None = None
    phases: tuple[Phase, ...] | None = None
    rates: tuple[Rate, ...] | None = None
    # As before there were any, byte for byte
    probe: int | None = left_out()
    lora: int | None = left_out()

    @property
    def is_probe(self) -> bool:
        """Whether nothing trains by steps."""
        return not self.training

    @property
    def validated_epochs(self) -> list[int]:
        """Epochs of a run that is no probe, counted from 1, after which the validation rows are scored."""
        return validated_epochs(self.training["epochs"], self.training.get("validate_every", 1))

    @property
    def run_id(self) -> str:
        """Hash of the whole specification, 16 hexadecimal digits."""
        content = self.content()
        # Runs from before there were these keep their ids
        for name in ("test_rows", "phases", "rates"):
            if content[name] is None:
                del content[name]
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:RUN_ID_DIGITS]

    @property
    def graph(self) -> str | None:
        """What runs have in common that can be trained one after the other without tracing a graph anew.

        They differ in learning rate and seed alone. None for a run that shares nothing: a probe, a run in phases, one
        of LoRA, which adds variables to the network, or one of a backend that turns the rate into a constant.
        """
        if self.is_probe or self.phases is not None or self.lora is not None or self.backend != "tensorflow":
            return None
        content: dict[str, Any] = self.content()
        del content["seed"], content["training"]["learning_rate"]
        return json.dumps(content, sort_keys=True)

    @property
    def part_rows(self) -> tuple[str, str, str | None]:
        """Digests of the rows that are trained on, scored, and only scored at the end."""
        return self.train_rows, self.validation_rows, self.test_rows


def validated_epochs(epochs: int, every: int) -> list[int]:
    """Return after which epochs, counted from 1, the validation part is scored: every so many, back from the last."""
    return list(range(epochs, 0, -every))[::-1]
