"""The recommendation in plain words, with a Keras snippet that does exactly this."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..settings.architectures import fed_range
from ..settings.own import is_function, is_own, is_saved
from .diverged import look_at, most_diverged
from .layers import Backbone
from .markdown import escape
from .protocol import protocol, weights_words
from .strategies import label
from .study import Study
from .untrained import guess_words

Record = dict[str, Any]

_PREPROCESS = {
    "unit": "pictures / 255",
    "raw": "pictures",
    "tf": "pictures / 127.5 - 1",
    "caffe": "pictures[..., ::-1] - numpy.array([103.939, 116.779, 123.68])",
    "torch": "(pictures / 255 - numpy.array([0.485, 0.456, 0.406])) / numpy.array([0.229, 0.224, 0.225])",
}
# Baselines that tune everything, but not all at once or not at one rate
_IN_OTHER_WAYS = ("lpft", "gradual", "decay")
_OPTIMIZER = {
    "adam": "keras.optimizers.Adam({rate})",
    "sgd": "keras.optimizers.SGD({rate}, momentum=0.9)",
}
ALL_DIVERGED = f"Every final run diverged: there is nothing to recommend. {look_at()}"
_POOLING = {"flatten": "Flatten", "average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}


def answer(
    study: Study, backbone: Backbone, found: Record, timed: bool = True, shown: Callable[[str], str] = str
) -> str:
    """Return the recommendation for a backbone as one paragraph.

    Args:
        study: The study.
        backbone: The backbone.
        found: What `recommend.recommendation` returned.
        timed: Whether to tell processor times, which are never the same twice.
        shown: How names that users gave are written.
    """
    best, scored = found["best"], found["scored"]
    name = f"{shown(study.dataset)} and {shown(backbone.title)}"
    if _learnt_nothing(best):
        sentences = [
            f"For {name} nothing can be recommended: {unfrozen(backbone, best)} came out best and is untrained. Its "
            f"{scored} accuracy, {_accuracy(best)}, can't be told from {guess_words(study)}. {look_at()}"
        ]
    else:
        sentences = [f"For {name}, unfreeze {unfrozen(backbone, best)}: {scored} accuracy {_accuracy(best)}."]
        if why := _why_not_the_highest(best, found):
            sentences.append(why)
        if best["repeats"] > 1:
            sentences.append(f"The same layers won in {best['same_in_repeats']} of {best['repeats']} repeats.")
        if "above_baseline2" in best and best["strategy"] != "baseline2":
            sentences.append(_above(study, best, found, timed))
        others = (entry for entry in found["others"] if not _learnt_nothing(entry) and not _same(entry, best))
        second = next(others, None)
        if second:
            sentences.append(f"Next best: {unfrozen(backbone, second)} ({_accuracy(second)}).")
    if warning := most_diverged(found["diverged"], found["final_runs"], "final runs"):
        sentences.append(f"{warning}. {look_at()}")
    if best["repeats"] == 1:
        sentences.append("There is one repeat: the intervals hold no training noise.")
    if found["scored"] == "validation":
        sentences.append("The photographs that score also chose, so these numbers are too high.")
    if words := weights_words(backbone):
        sentences.append(f"Weights: {shown(words)}.")
    return " ".join(sentences)


def _same(one: Record, other: Record) -> bool:
    """Whether two strategies found the same layers and tune them in the same way."""
    recipes = [entry["strategy"] if entry["strategy"] in _IN_OTHER_WAYS else None for entry in (one, other)]
    return one["names"] == other["names"] and recipes[0] == recipes[1]


def unfrozen(backbone: Backbone, entry: Record) -> str:
    """Return which layers an entry unfreezes, in words."""
    names, strategy = entry["names"], entry["strategy"]
    if not names:
        return "nothing but the new head (Baseline I)"
    whole = len(names) == len(backbone.weighted)
    if whole:
        how = {"lpft": ", after the head alone", "gradual": ", block after block", "decay": ", at falling rates"}
        return f"everything{how.get(strategy, '')} ({label(strategy)})"
    which = names[0] if len(names) == 1 else f"{len(names)} layers with weights from {names[0]} to {names[-1]}"
    number = f", number {entry['candidate']} from the head" if strategy in ("lw", "bw", "bwsw") else ""
    return f"{which} ({label(strategy)}{number})"


def _accuracy(entry: Record) -> str:
    if entry["accuracy"] is None:
        return "diverged"
    low, high = entry["interval"]
    return f"{entry['accuracy']:.3f} (95 % interval {low:.3f} to {high:.3f})"


def _learnt_nothing(entry: Record) -> bool:
    return entry["untrained"] == entry["repeats"]


def _why_not_the_highest(best: Record, found: Record) -> str | None:
    """Return why Table I has a higher accuracy than the answer's, None if it has none."""
    others = [entry for entry in found["others"] if entry["accuracy"] is not None and not _same(entry, best)]
    top = max(others, key=lambda entry: entry["accuracy"], default=None)
    if top is None or best["accuracy"] is None:
        return None
    if top["accuracy"] > best["accuracy"]:
        equal = best["validation"] == top["validation"]
        chosen = (
            f"they are equal ({best['validation']:.3f}), and the answer trains fewer parameters"
            if equal
            else f"{best['validation']:.3f} against {top['validation']:.3f}"
        )
        return (
            f"{label(top['strategy'])} has a higher test accuracy, {top['accuracy']:.3f}, but the test images choose "
            f"nothing. The validation images chose: {chosen}."
        )
    first = max(others, key=lambda entry: entry["accuracies"][0])
    if first["accuracies"][0] > best["accuracies"][0]:
        return (
            f"Table I shows the first repeat, in which {label(first['strategy'])} is higher; the mean of all "
            f"{best['repeats']} repeats chose."
        )
    return None


def _above(study: Study, best: Record, found: Record, timed: bool) -> str:
    difference = best["above_baseline2"]
    (everything,) = [entry for entry in found["others"] if entry["strategy"] == "baseline2"] or [None]
    if everything is None or difference["points"] is None:
        return "Baseline II (everything) diverged."
    if everything["untrained"]:
        when = (
            "" if _learnt_nothing(everything) else f" in {everything['untrained']} of {everything['repeats']} repeats"
        )
        return (
            f"Baseline II (everything), {everything['accuracy']:.3f}, is untrained{when}: it can't be told from "
            f"{guess_words(study)}, so no difference to it counts."
        )
    interval = difference["interval"]
    sure = ""
    if interval:
        verdict = "more than" if interval[0] > 0 or interval[1] < 0 else "not more than"
        noise = "the noise of the test images" if best["repeats"] == 1 else "noise"
        sure = f" ({interval[0]:+.1f} to {interval[1]:+.1f}: {verdict} {noise})"
    cost = f", tuning {100 * best['parameters'] / everything['parameters']:.1f} % of its numbers"
    if timed and best["cpu_seconds"] and everything["cpu_seconds"]:
        cost += f" at {100 * best['cpu_seconds'] / everything['cpu_seconds']:.0f} % of its processor time"
    return f"That is {difference['points']:+.1f} points{sure} on Baseline II, {everything['accuracy']:.3f}{cost}."


def snippet(backbone: Backbone, entry: Record, settings: Mapping[str, Any], classes: int) -> str:
    """Return Python that tunes what an entry unfreezes, as the study did.

    Args:
        backbone: The backbone.
        entry: What to unfreeze.
        settings: The study's settings as plain data.
        classes: How many classes there are.
    """
    size, head, training = settings["data"]["image_size"], settings["head"], settings["training"]
    fed = fed_range(backbone.name, settings["pixels"]["range"], backbone.trained_on)
    own = is_own(backbone.name)
    plateau = training["plateau"]
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
        "model.compile(",
        f"    optimizer={_OPTIMIZER[training['optimizer']].format(rate=training['learning_rate'])},",
        '    loss="sparse_categorical_crossentropy",',
        '    metrics=["accuracy"],',
        ")",
        "plateau = keras.callbacks.ReduceLROnPlateau(",
        f'    monitor="{plateau["monitor"]}", factor={plateau["factor"]}, patience={plateau["patience"]},',
        f"    min_delta={plateau['min_delta']}, cooldown={plateau['cooldown']}, min_lr={plateau['min_learning_rate']},",
        ")",
        "",
        "",
        "def fed(pictures):",
        f'    """Pictures (N, {size}, {size}, 3), RGB from 0 to 255, as the network takes them."""',
        f'    return ({_PREPROCESS[fed]}).astype("float32")',
        "",
        "",
        "model.fit(",
        "    fed(pictures), labels, validation_data=(fed(validation_pictures), validation_labels),",
        f"    batch_size={training['batch_size']}, epochs={training['epochs']}, callbacks=[plateau],",
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


def can_be_shown(backbone: Backbone, entry: Record, settings: Mapping[str, Any]) -> str | None:
    """Return why there is no snippet for an entry, None if there is one."""
    if _learnt_nothing(entry):
        return "what has learnt nothing is no example"
    if backbone.architecture.tiny:
        return "the demo's tiny networks are no networks of keras.applications"
    if entry["strategy"] in _IN_OTHER_WAYS:
        return f"{label(entry['strategy'])} trains in more than one step or at more than one rate"
    if any(settings["training"]["augmentation"].values()):
        return "training.augmentation is blocktune's own, not a layer of Keras"
    if settings["training"]["batch_norm"] != "layer":
        return f"training.batch_norm {settings['training']['batch_norm']} is no switch of Keras"
    return None


def page(
    study: Study,
    parts: Sequence[tuple[Backbone, Record | None]],
    settings: Mapping[str, Any],
    classes: int,
    timed: bool = True,
) -> str:
    """Return the recommendations for all backbones; see `answer` for `timed`.

    What is timed is for the terminal, where names look as they are; the rest is Markdown.
    """
    shown = str if timed else escape
    lines = ["# Which layers to unfreeze", f"{shown(protocol(study, 'final'))}."]
    for backbone, found in parts:
        lines.append(f"## {shown(backbone.title)}")
        if found is None:
            lines.append(ALL_DIVERGED)
            continue
        lines.append(answer(study, backbone, found, timed, shown))
        why_not = can_be_shown(backbone, found["best"], settings)
        if why_not is None:
            lines.append(f"```python\n{snippet(backbone, found['best'], settings, classes)}```")
        else:
            lines.append(f"No snippet: {why_not}. `snakemake models` hands over the tuned model.")
    return "\n\n".join(lines) + "\n"
