"""The recommendation in plain words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .diverged import look_at, most_diverged
from .layers import Backbone
from .markdown import escape
from .protocol import protocol, weights_words
from .snippet import snippet
from .strategies import IN_OTHER_WAYS, label
from .study import Study
from .untrained import guess_words

Record = dict[str, Any]

ALL_DIVERGED = f"Every final run diverged: there is nothing to recommend. {look_at()}"


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
        rate = f" at learning rate {best['learning_rate']:g}" if study.rates and best["learning_rate"] else ""
        sentences = [f"For {name}, unfreeze {unfrozen(backbone, best)}{rate}: {scored} accuracy {_accuracy(best)}."]
        if why := _why_not_the_highest(best, found):
            sentences.append(why)
        if best["repeats"] > 1:
            same = "layers and the same rate" if study.rates else "layers"
            sentences.append(f"The same {same} won in {best['same_in_repeats']} of {best['repeats']} repeats.")
        if best["untrained"]:
            sentences.append(f"It is {_untrained(study, best)}.")
        if "above_probe" in best and not best["untrained"] and best["strategy"] != "probe":
            sentences.append(_above_probe(study, best, found))
        if "above_baseline2" in best and not best["untrained"] and best["strategy"] != "baseline2":
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
    recipes = [entry["strategy"] if entry["strategy"] in IN_OTHER_WAYS else None for entry in (one, other)]
    return one["names"] == other["names"] and recipes[0] == recipes[1]


def unfrozen(backbone: Backbone, entry: Record) -> str:
    """Return which layers an entry unfreezes, in words."""
    names, strategy = entry["names"], entry["strategy"]
    if strategy == "probe":
        return f"nothing, and fit a linear classifier to the features ({label(strategy)})"
    if not names:
        return "nothing but the new head (Baseline I)"
    whole = len(names) == len(backbone.weighted)
    if whole:
        how = {"lpft": ", after the head alone", "gradual": ", block after block", "decay": ", at falling rates"}
        return f"everything{how.get(strategy, '')} ({label(strategy)})"
    if strategy == "tail":
        return f"the last {entry['candidate']} blocks, from {names[0]} up to the head (Tail)"
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


def _untrained(study: Study, entry: Record) -> str:
    when = "" if _learnt_nothing(entry) else f" in {entry['untrained']} of {entry['repeats']} repeats"
    return f"untrained{when}: it can't be told from {guess_words(study)}, so no difference to it counts"


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
        return f"Baseline II (everything), {everything['accuracy']:.3f}, is {_untrained(study, everything)}."
    cost = f", tuning {100 * best['parameters'] / everything['parameters']:.1f} % of its numbers"
    if timed and best["cpu_seconds"] and everything["cpu_seconds"]:
        cost += f" at {100 * best['cpu_seconds'] / everything['cpu_seconds']:.0f} % of its processor time"
    return (
        f"That is {difference['points']:+.1f} points{_sure(difference, best)} on Baseline II, "
        f"{everything['accuracy']:.3f}{cost}."
    )


def _above_probe(study: Study, best: Record, found: Record) -> str:
    """The difference to the linear probe, which costs seconds: below it nothing is worth tuning."""
    (probe,) = [entry for entry in found["others"] if entry["strategy"] == "probe"]
    difference = best["above_probe"]
    if probe["untrained"]:
        return f"The linear probe on the frozen backbone, {probe['accuracy']:.3f}, is {_untrained(study, probe)}."
    return (
        f"The linear probe on the frozen backbone has {probe['accuracy']:.3f}: the answer is "
        f"{difference['points']:+.1f} points{_sure(difference, best)} on it."
    )


def _sure(difference: Record, best: Record) -> str:
    interval = difference["interval"]
    if not interval:
        return ""
    verdict = "more than" if interval[0] > 0 or interval[1] < 0 else "not more than"
    noise = "the noise of the test images" if best["repeats"] == 1 else "noise"
    return f" ({interval[0]:+.1f} to {interval[1]:+.1f}: {verdict} {noise})"


def can_be_shown(backbone: Backbone, entry: Record, settings: Mapping[str, Any]) -> str | None:
    """Return why there is no snippet for an entry, None if there is one."""
    if _learnt_nothing(entry):
        return "what has learnt nothing is no example"
    if backbone.architecture.tiny:
        return "the demo's tiny networks are no networks of keras.applications"
    if entry["strategy"] == "probe":
        return f"{label('probe')} is fitted by scikit-learn, not trained by Keras"
    if entry["strategy"] in IN_OTHER_WAYS:
        return f"{label(entry['strategy'])} trains in more than one step or at more than one rate"
    if settings["head"]["start"] == "probe":
        return "the head starts as a probe, which scikit-learn fits"
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
