"""The specification of a run: everything that can change its numbers, and the id that follows from it."""

import hashlib
import json
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, NotRequired

from .kind import Closed, JsonFile, left_out, part

RUN_ID_DIGITS = 16


class Phase(NamedTuple):
    """Consecutive epochs in which the same layers train; a new phase starts with a new optimizer and plateau."""

    epochs: Annotated[int, "how many"]
    unfrozen: Annotated[tuple[int, ...], "indices of the backbone's layers that train beside the head"]


class Rate(NamedTuple):
    """The learning rate of a layer as a share of the head's."""

    layer: Annotated[int, "index of the layer"]
    share: Annotated[float, "of the head's rate"]


class TrainedBackbone(Closed):
    """What a run starts from."""

    name: Annotated[str, "its constructor; `own` for a network of the user's own, whose name changes no number"]
    alpha: Annotated[float | None, "width multiplier, if it has one"]
    weights: Annotated[str, "sha256 over its pre-trained weights"]
    architecture: Annotated[
        NotRequired[str], "only of a network of the user's own: sha256 over its layers' settings and connections"
    ]
    native: Annotated[NotRequired[str], "only of one that is fed it: the range that it was trained on"]


class TrainedHead(Closed):
    """The new classifier."""

    pooling: Annotated[str, "how the feature map becomes a vector"]
    units: Annotated[list[int], "of the hidden layers"]
    dropout: Annotated[
        NotRequired[float], "only with hidden layers: share of the first one's units that is dropped in training"
    ]
    start: Annotated[NotRequired[str], "only where it is not random: what the first weights are"]


class TrainedPlateau(Closed):
    """When the learning rate falls."""

    monitor: Annotated[str, "what has to improve"]
    factor: Annotated[float, "the learning rate is multiplied by this"]
    patience: Annotated[int, "epochs without improvement before that"]
    min_delta: Annotated[float, "what counts as an improvement"]
    cooldown: Annotated[int, "epochs to wait after a reduction"]
    min_learning_rate: Annotated[float, "the learning rate never falls below this"]


class Augmented(Closed):
    """How images are changed at random."""

    flip: Annotated[bool, "whether they are mirrored, every other time"]
    crop: Annotated[float, "largest share of the area that is cut out"]
    colour: Annotated[float, "largest change of brightness, contrast and saturation"]


class Trained(Closed, total=False):
    """How a run trains; a key that is missing has the paper's value. Empty for a probe."""

    optimizer: Annotated[str, "what changes the weights"]
    weight_decay: Annotated[float, "of the optimizer adamw"]
    learning_rate: Annotated[float, "the head's, at first"]
    schedule: Annotated[str, "how the learning rate changes"]
    warmup: Annotated[float, "epochs in which the rate rises from 0"]
    clip_norm: Annotated[float, "longest gradient of a step, over all weights that train"]
    batch_size: Annotated[int, "images per step"]
    epochs: Annotated[int, "passes over the training set"]
    validate_every: Annotated[int, "after how many epochs each time the validation set is scored"]
    plateau: Annotated[TrainedPlateau, "when the rate falls, for that schedule"]
    label_smoothing: Annotated[float, "share of each label that is spread over all classes"]
    batch_norm: Annotated[str, "what BatchNormalization layers do that are not frozen"]
    augmentation: Annotated[Augmented, "how images are changed"]


@part
class RunSpec(JsonFile):
    """Everything that can change a run's numbers and nothing else: no label, path, core count or memory size."""

    called: ClassVar[str] = "specification of a run"
    place: ClassVar[str] = "data/store/{run}/spec.json"
    writer: ClassVar[str] = "train"

    protocol: Annotated[int, "version of the training code"]
    backend: Annotated[str, "Keras' backend; initial weights differ between them"]
    backbone: Annotated[
        TrainedBackbone,
        "architecture name, width, digest of the pre-trained weights; of a network of the user's own also the digest "
        "of its architecture and, where it is fed that, the range it was trained on",
    ]
    image_size: Annotated[int, "side of the images in pixels"]
    pixel_range: Annotated[Literal["unit", "native"], "`unit` or `native`"]
    data: Annotated[str, "digest of the prepared images and labels"]
    classes: Annotated[int, "number of classes"]
    train_rows: Annotated[str, "digest of the rows that are trained on"]
    validation_rows: Annotated[
        str, "digest of the rows that are scored after `validated_epochs`, for the learning rate and to choose"
    ]
    unfrozen: Annotated[tuple[int, ...], "indices of the backbone's layers that train"]
    head: Annotated[TrainedHead, "settings of the head that change it"]
    training: Annotated[
        Trained,
        "learning rate, batch size, epochs, plateau or another schedule; the optimizer, unless it is Adam; what "
        "BatchNormalization does, unless it is Keras' own way; how labels are smoothed and images changed, if they "
        "are; after how many epochs each time the validation rows are scored, unless after each",
    ]
    seed: Annotated[int, "seed of head, order and dropout"]
    test_rows: Annotated[
        str | None, "digest of the rows that are only scored, at the epochs that count; None without such a part"
    ] = None
    phases: Annotated[
        tuple[Phase, ...] | None,
        "epochs in which different layers train, one after the other; None where all of `unfrozen` always do",
    ] = None
    rates: Annotated[
        tuple[Rate, ...] | None, "of layers whose learning rate is not the head's; None where there are none"
    ] = None
    # As before there were any, byte for byte
    probe: Annotated[
        int | None,
        "version of the linear probe's code, for a run that is a probe (then `training` is empty and `seed` is 0: "
        "neither changes it) or whose head starts as one; None, and not written, for all others",
    ] = left_out()
    lora: Annotated[
        int | None,
        "rank of the updates that train in place of the weight matrices of `unfrozen`; None, and not written, where "
        "the weights themselves train",
    ] = left_out()

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
