"""A Keras snippet that does what a study recommends, as the study did."""

import json
from collections.abc import Sequence

from ..files.answer import AnswerEntry
from ..settings.architectures import fed_range, linear_of
from ..settings.head import Head
from ..settings.model import Settings
from ..settings.own import is_function
from ..settings.training import Plateau, Training
from .entry_words import learnt_nothing
from .layers import Network
from .snippet_backbone import at_inference, backbone_lines, in_parts
from .snippet_probe import PROBE_SCORED, SCIKIT_LEARN, probe_lines
from .strategies import IN_OTHER_WAYS, label

_PREPROCESS = {
    "unit": "pictures / 255",
    "raw": "pictures",
    "tf": "pictures / 127.5 - 1",
    "caffe": "pictures[..., ::-1] - numpy.array([103.939, 116.779, 123.68])",
    "torch": "(pictures / 255 - numpy.array([0.485, 0.456, 0.406])) / numpy.array([0.229, 0.224, 0.225])",
}
_OPTIMIZER = {
    "adam": "keras.optimizers.Adam({rate}{clip})",
    "adamw": "keras.optimizers.AdamW({rate}, weight_decay={decay}{clip})",
    "sgd": "keras.optimizers.SGD({rate}, momentum=0.9{clip})",
}
_POOLING = {"flatten": "Flatten", "average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}
_WIDTH = 90
_FROZEN = ["backbone.trainable = False"]
_UNFROZEN = ["for layer in backbone.layers:", "    layer.trainable = layer.name in unfrozen"]


def can_be_shown(backbone: Network, entry: AnswerEntry, settings: Settings) -> str | None:
    """Return why there is no snippet for an entry, None if there is one."""
    if learnt_nothing(entry):
        return "what has learnt nothing is no example"
    if backbone.architecture.tiny:
        return "the demo's tiny networks are no networks of keras.applications"
    if entry["strategy"] == "probe":
        return None
    if entry["strategy"] == "lora":
        return "LoRA's updates are added to the weights at the end, which takes more than Keras' enable_lora"
    if entry["strategy"] in IN_OTHER_WAYS:
        return f"{label(entry['strategy'])} trains in more than one step or at more than one rate"
    if settings.training.augmentation.any:
        return "training.augmentation is blocktune's own, not a layer of Keras"
    if settings.training.batch_norm == "adapt":
        return "training.batch_norm adapt is no switch of Keras"
    return None


def snippet(backbone: Network, entry: AnswerEntry, settings: Settings, classes: int) -> str:
    """Return Python that fine-tunes what an entry unfreezes as the study did, or fits the linear probe."""
    size, head, is_probe = settings.data.image_size, settings.head, entry["strategy"] == "probe"
    fits = is_probe or head.start == "probe"
    lines = [
        *(["import importlib", ""] if is_function(backbone.name) and not in_parts(backbone) else []),
        "import keras",
        "import numpy",
        *(SCIKIT_LEARN if fits else []),
        "",
        *([] if is_probe else [f"unfrozen = {_listed(entry['names'])}"]),
        *backbone_lines(backbone, size, settings.seed),
        *(_FROZEN if is_probe else _UNFROZEN),
        *(at_inference(backbone) if not is_probe and settings.training.batch_norm == "frozen" else []),
        "",
        "",
        *_fed(fed_range(backbone.name, settings.pixels.range, backbone.trained_on), size),
        "",
        "",
        *_model(head, [] if fits else head.units, size, backbone.layers[-1].output_shape, classes),
        *(probe_lines(classes, is_probe) if fits else []),
        *(PROBE_SCORED if is_probe else _trained(settings.training, entry, classes)),
    ]
    return "\n".join(lines) + "\n"


def _fed(fed: str, size: int) -> list[str]:
    return [
        "def fed(pictures):",
        f'    """Pictures (N, {size}, {size}, 3), RGB from 0 to 255, as the network takes them."""',
        f'    return ({_preprocess(fed)}).astype("float32")',
    ]


def _preprocess(fed: str) -> str:
    linear = linear_of(fed)
    if linear is None:
        return _PREPROCESS[fed]
    return "pictures * numpy.array({}) + numpy.array({})".format(*linear)


def _model(head: Head, units: Sequence[int], size: int, shape: Sequence[int], classes: int) -> list[str]:
    """The backbone with its head."""
    return [
        f"inputs = keras.Input(({size}, {size}, 3))",
        f"features = {_pooled(head.pooling, shape)}",
        *_hidden(units, head.dropout),
        f'classifier = keras.layers.Dense({classes}, activation="softmax")',
        f"model = keras.Model(inputs, classifier({'x' if units else 'features'}))",
    ]


def _pooled(pooling: str, shape: Sequence[int]) -> str:
    """What makes a vector of a backbone's output of that shape, without the batch axis."""
    if pooling == "token":
        return "backbone(inputs)[:, 0]"
    kind = _POOLING[pooling] if len(shape) > 1 else "Flatten"
    return f"keras.layers.{kind.replace('2D', '1D') if len(shape) == 2 else kind}()(backbone(inputs))"


def _hidden(units: Sequence[int], dropout: float) -> list[str]:
    if not units:
        return []
    first, second = units
    return [
        f'x = keras.layers.Dense({first}, activation="relu")(features)',
        f"x = keras.layers.Dropout({dropout})(x)",
        f'x = keras.layers.Dense({second}, activation="relu")(x)',
    ]


def _trained(training: Training, entry: AnswerEntry, classes: int) -> list[str]:
    """Compile and fit."""
    falls = training.schedule == "plateau"
    schedule, rate = _rate(training, entry["learning_rate"] or training.learning_rate)
    clip = "" if training.clip_norm is None else f", global_clipnorm={training.clip_norm}"
    return [
        *schedule,
        "model.compile(",
        f"    optimizer={_OPTIMIZER[training.optimizer].format(rate=rate, decay=training.weight_decay, clip=clip)},",
        f'    loss="{"categorical" if training.label_smoothing else "sparse_categorical"}_crossentropy",',
        '    metrics=["accuracy"],',
        ")",
        *(_plateau(training.plateau) if falls else []),
        *_labels(training.label_smoothing, classes),
        "model.fit(",
        "    fed(pictures), labels, validation_data=(fed(validation_pictures), validation_labels),",
        f"    batch_size={training.batch_size}, epochs={training.epochs}{', callbacks=[plateau]' if falls else ''},",
        ")",
    ]


def _rate(training: Training, rate: float) -> tuple[list[str], str]:
    """Lines that make the schedule, if it depends on the step alone, and what the optimizer is given."""
    schedule, warmup = training.schedule, training.warmup
    if schedule == "plateau" or (schedule == "constant" and not warmup):
        return [], str(rate)
    lowest = ", alpha=1.0" if schedule == "constant" else ""
    lines = [f"steps = -(-len(pictures) // {training.batch_size})", f"total = {training.epochs} * steps"]
    if not warmup:
        return [*lines, f"rate = keras.optimizers.schedules.CosineDecay({rate}, total{lowest})"], "rate"
    lines += [
        f"rising = min(max(round({warmup} * steps), 1), total - 1)",
        "rate = keras.optimizers.schedules.CosineDecay(",
        f"    0.0, total - rising{lowest}, warmup_target={rate}, warmup_steps=rising",
        ")",
    ]
    return lines, "rate"


def _plateau(plateau: Plateau) -> list[str]:
    return [
        "plateau = keras.callbacks.ReduceLROnPlateau(",
        f'    monitor="{plateau.monitor}", factor={plateau.factor}, patience={plateau.patience},',
        f"    min_delta={plateau.min_delta}, cooldown={plateau.cooldown}, min_lr={plateau.min_learning_rate},",
        ")",
    ]


def _labels(smoothing: float, classes: int) -> list[str]:
    """Smoothed labels; those of the validation stay as they are, so that its loss is the plain one."""
    if not smoothing:
        return []
    return [
        f"labels = keras.utils.to_categorical(labels, {classes}) * {1 - smoothing} + {smoothing / classes}",
        f"validation_labels = keras.utils.to_categorical(validation_labels, {classes})",
    ]


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "set()"
    lines = [""]
    for name in map(json.dumps, names):
        if lines[-1] and len(lines[-1]) + len(name) > _WIDTH:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{name},"
    return "{\n" + "".join(f"    {line}\n" for line in lines) + "}"
