"""A Keras snippet that tunes what a study recommends, as the study did."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..settings.architectures import fed_range
from ..settings.own import is_function, is_own, is_saved
from .layers import Backbone

Record = dict[str, Any]

_PREPROCESS = {
    "unit": "pictures / 255",
    "raw": "pictures",
    "tf": "pictures / 127.5 - 1",
    "caffe": "pictures[..., ::-1] - numpy.array([103.939, 116.779, 123.68])",
    "torch": "(pictures / 255 - numpy.array([0.485, 0.456, 0.406])) / numpy.array([0.229, 0.224, 0.225])",
}
_OPTIMIZER = {
    "adam": "keras.optimizers.Adam({rate})",
    "adamw": "keras.optimizers.AdamW({rate}, weight_decay={decay})",
    "sgd": "keras.optimizers.SGD({rate}, momentum=0.9)",
}
_POOLING = {"flatten": "Flatten", "average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}


def snippet(backbone: Backbone, entry: Record, settings: Mapping[str, Any], classes: int) -> str:
    """Return Python that tunes what an entry unfreezes, as the study did.

    Args:
        backbone: The backbone.
        entry: What to unfreeze.
        settings: The study's settings as plain data.
        classes: How many classes there are.
    """
    size, head = settings["data"]["image_size"], settings["head"]
    training = settings["training"] | {
        "learning_rate": entry.get("learning_rate") or settings["training"]["learning_rate"]
    }
    falls, (schedule, rate) = training["schedule"] == "plateau", _rate(training)
    fed = fed_range(backbone.name, settings["pixels"]["range"], backbone.trained_on)
    own = is_own(backbone.name)
    lines = [
        *(["import importlib", ""] if is_function(backbone.name) else []),
        "import keras",
        "import numpy",
        "",
        f"unfrozen = {_listed(entry['names'])}",
        *(_own_backbone(backbone, size) if own else _keras_backbone(backbone, size)),
        "for layer in backbone.layers:",
        "    layer.trainable = layer.name in unfrozen",
        "model = keras.Sequential(",
        "    [",
        *([f"        keras.Input(({size}, {size}, 3)),"] if own else []),
        "        backbone,",
        f"        keras.layers.{_POOLING[head['pooling']]}(),",
        *_hidden(head),
        f'        keras.layers.Dense({classes}, activation="softmax"),',
        "    ]",
        ")",
        *schedule,
        "model.compile(",
        f"    optimizer={_OPTIMIZER[training['optimizer']].format(rate=rate, decay=training['weight_decay'])},",
        f'    loss="{"categorical" if training["label_smoothing"] else "sparse_categorical"}_crossentropy",',
        '    metrics=["accuracy"],',
        ")",
        *(_plateau(training["plateau"]) if falls else []),
        "",
        "",
        "def fed(pictures):",
        f'    """Pictures (N, {size}, {size}, 3), RGB from 0 to 255, as the network takes them."""',
        f'    return ({_PREPROCESS[fed]}).astype("float32")',
        "",
        "",
        *_labels(training["label_smoothing"], classes),
        "model.fit(",
        "    fed(pictures), labels, validation_data=(fed(validation_pictures), validation_labels),",
        f"    batch_size={training['batch_size']}, epochs={training['epochs']}"
        f"{', callbacks=[plateau]' if falls else ''},",
        ")",
    ]
    return "\n".join(lines) + "\n"


def _hidden(head: Mapping[str, Any]) -> list[str]:
    if not head["units"]:
        return []
    first, second = head["units"]
    return [
        f'        keras.layers.Dense({first}, activation="relu"),',
        f"        keras.layers.Dropout({head['dropout']}),",
        f'        keras.layers.Dense({second}, activation="relu"),',
    ]


def _rate(training: Mapping[str, Any]) -> tuple[list[str], str]:
    """Lines that make the schedule, if it depends on the step alone, and what the optimizer is given."""
    rate, schedule, warmup = training["learning_rate"], training["schedule"], training["warmup"]
    if schedule == "plateau" or (schedule == "constant" and not warmup):
        return [], str(rate)
    lowest = ", alpha=1.0" if schedule == "constant" else ""
    lines = [f"steps = -(-len(pictures) // {training['batch_size']})", f"total = {training['epochs']} * steps"]
    if not warmup:
        return [*lines, f"rate = keras.optimizers.schedules.CosineDecay({rate}, total{lowest})"], "rate"
    lines += [
        f"rising = min(max(round({warmup} * steps), 1), total - 1)",
        "rate = keras.optimizers.schedules.CosineDecay(",
        f"    0.0, total - rising{lowest}, warmup_target={rate}, warmup_steps=rising",
        ")",
    ]
    return lines, "rate"


def _plateau(plateau: Mapping[str, Any]) -> list[str]:
    return [
        "plateau = keras.callbacks.ReduceLROnPlateau(",
        f'    monitor="{plateau["monitor"]}", factor={plateau["factor"]}, patience={plateau["patience"]},',
        f"    min_delta={plateau['min_delta']}, cooldown={plateau['cooldown']}, min_lr={plateau['min_learning_rate']},",
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


def _keras_backbone(backbone: Backbone, size: int) -> list[str]:
    width = "" if backbone.alpha is None else f"alpha={backbone.alpha:g}, "
    weights = json.dumps(backbone.weights) if backbone.weights_kind in ("imagenet", "file") else None
    return [
        f"backbone = keras.applications.{backbone.name}(",
        f"    {width}include_top=False, weights={weights}, input_shape=({size}, {size}, 3)",
        ")",
    ]


def _own_backbone(backbone: Backbone, size: int) -> list[str]:
    """How a network of the user's own is had, without what was frozen when it was saved."""
    if is_saved(backbone.name):
        made = [f"backbone = keras.saving.load_model({json.dumps(backbone.name)}, compile=False)"]
    else:
        module, _, function = backbone.name.partition(":")
        made = [f"backbone = importlib.import_module({json.dumps(module)}).{function}(({size}, {size}, 3))"]
    if backbone.weights_kind == "file":
        made.append(f"backbone.load_weights({json.dumps(backbone.weights)})")
    return [*made, "backbone.trainable = True"]


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "set()"
    return "{\n" + "".join(f"    {json.dumps(name)},\n" for name in names) + "}"
