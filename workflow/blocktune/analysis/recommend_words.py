"""The recommendation in plain words."""

from collections.abc import Sequence

from ..document.blocks import Block, Code, Heading, code
from ..files.answer import Answer, AnswerEntry
from ..files.study import Study
from ..settings.model import Settings
from .by_rounds import search_words
from .diverged import look_at, most_diverged
from .entry_words import accuracy_words, at_rate, learnt_nothing, noise_words, same, unfrozen, untrained_words
from .layers import Network
from .practice_words import claim, in_practice, probe_sentence
from .protocol import protocol, weights_words
from .snippet import can_be_shown, snippet
from .strategies import label
from .untrained import guess_words

ALL_DIVERGED = f"Every final run diverged: there is nothing to recommend. {look_at()}"


def answer(study: Study, backbone: Network, found: Answer, timed: bool = True) -> str:
    """Return the recommendation for a backbone as one paragraph.

    If `timed` it tells processor times, which are never the same twice.
    """
    best, scored = found["best"], found["scored"]
    name = f"{study.dataset} and {backbone.title}"
    if learnt_nothing(best):
        sentences = [
            f"For {name} nothing can be recommended: {unfrozen(backbone, best)} came out best and is untrained. Its "
            f"{scored} accuracy, {accuracy_words(best)}, is not better than {guess_words(study)}. {look_at()}"
        ]
    else:
        sentences = (
            claim(study, backbone, found)
            if in_practice(study)
            else [f"For {name}, unfreeze {unfrozen(backbone, best)}: {scored} accuracy {accuracy_words(best)}."]
        )
        if why := _why_not_the_highest(study, best, found):
            sentences.append(why)
        if best["repeats"] > 1 and best["strategy"] != "probe":
            alike = "layers and the same rate" if study.rates else "layers"
            sentences.append(f"The same {alike} won in {best['same_in_repeats']} of {best['repeats']} repeats.")
        if best["untrained"]:
            sentences.append(f"It is {untrained_words(study, best)}.")
        if words := probe_sentence(study, found):
            sentences.append(words)
        if "above_baseline2" in best and not best["untrained"] and best["strategy"] != "baseline2":
            sentences.append(_above(study, best, found, timed))
        others = (entry for entry in found["others"] if not learnt_nothing(entry) and not same(entry, best))
        second = next(others, None)
        # With the probe as answer, the next best was named before
        if second and best["strategy"] != "probe":
            sentences.append(
                f"Next best: {unfrozen(backbone, second)}{at_rate(study, second)} ({accuracy_words(second)})."
            )
    if "search" in found:
        said = search_words(found["search"], best["strategy"], bool(study.rates), best["repeats"])
        # Where nothing has learnt there is no answer to be sure of
        sentences += said[:1] if learnt_nothing(best) else said
    if warning := most_diverged(found["diverged"], found["final_runs"], "final runs"):
        sentences.append(f"{warning}. {look_at()}")
    if best["repeats"] == 1:
        sentences.append("There is one repeat, so the intervals leave out the noise of training.")
    if found["scored"] == "validation":
        sentences.append("Selection and test use the same images, so these scores are optimistic.")
    if words := weights_words(backbone):
        sentences.append(f"Weights: {words}.")
    return " ".join(sentences)


def _why_not_the_highest(study: Study, best: AnswerEntry, found: Answer) -> str | None:
    """Return why Table I has a higher accuracy than the answer's, None if it has none."""
    others = [entry for entry in found["others"] if entry["accuracy"] is not None and not same(entry, best)]
    top = max(others, key=lambda entry: entry["accuracy"], default=None)
    if top is None or best["accuracy"] is None:
        return None
    if top["accuracy"] > best["accuracy"]:
        said = (
            f"{label(top['strategy'])} has a higher test accuracy ({top['accuracy']:.3f}). The test set does not choose"
        )
        if best["strategy"] != found["ranked_first"]:
            # Why it is the probe, whatever came out first, was said
            return None if top["strategy"] == found["ranked_first"] else f"{said}."
        return f"{said}; {_chose(study, best, top)}."
    first = max(others, key=lambda entry: entry["accuracies"][0])
    if first["accuracies"][0] > best["accuracies"][0]:
        return (
            f"Table I shows the first repeat, in which {label(first['strategy'])} is higher; the mean of all "
            f"{best['repeats']} repeats decides."
        )
    return None


def _chose(study: Study, best: AnswerEntry, top: AnswerEntry) -> str:
    """The two numbers that decided."""
    by_loss = study.choose_by == "loss"
    ours, theirs = (entry["validation_loss" if by_loss else "validation"] for entry in (best, top))
    if ours == theirs:
        said = f"the validation set prefers neither ({study.choose_by} {ours:.3f})"
        return f"{said}, and the answer has fewer parameters to train"
    numbers = f"{study.choose_by} {ours:.3f} against {theirs:.3f}"
    if (ours < theirs) != by_loss:
        return (
            f"the search chose the answer by all of its trainings together; by these two alone the validation set "
            f"prefers the other ({numbers})"
        )
    return f"the validation set prefers the answer ({numbers})"


def _above(study: Study, best: AnswerEntry, found: Answer, timed: bool) -> str:
    difference = best["above_baseline2"]
    begun = "The answer is" if in_practice(study) else "That is"
    (everything,) = [entry for entry in found["others"] if entry["strategy"] == "baseline2"] or [None]
    if everything is None or difference["points"] is None:
        return "Baseline II (everything) diverged."
    if best["runs"] == everything["runs"]:
        return f"{begun} the same training as Baseline II (everything)."
    if everything["untrained"]:
        return f"Baseline II (everything), {everything['accuracy']:.3f}, is {untrained_words(study, everything)}."
    cost = f", with {100 * best['parameters'] / everything['parameters']:.1f} % of its parameters unfrozen"
    if timed and best["cpu_seconds"] and everything["cpu_seconds"]:
        cost += f", at {100 * best['cpu_seconds'] / everything['cpu_seconds']:.0f} % of its processor time"
    noise = noise_words(difference, best)
    low_high = f" ({difference['interval'][0]:+.1f} to {difference['interval'][1]:+.1f}: {noise})" if noise else ""
    return f"{begun} {difference['points']:+.1f} points{low_high} on Baseline II, {everything['accuracy']:.3f}{cost}."


def page(
    study: Study,
    parts: Sequence[tuple[Network, Answer | None]],
    settings: Settings,
    classes: int,
    timed: bool = True,
) -> list[Block]:
    """Return the recommendations for all backbones; see `answer` for `timed`."""
    blocks: list[Block] = [Heading("Which layers to unfreeze", 1), f"{protocol(study, 'final')}."]
    for backbone, found in parts:
        blocks.append(Heading(backbone.title))
        if found is None:
            blocks.append(ALL_DIVERGED)
            continue
        blocks.append(answer(study, backbone, found, timed))
        why_not = can_be_shown(backbone, found["best"], settings)
        if why_not is None:
            blocks.append(Code(snippet(backbone, found["best"], settings, classes), "python"))
        else:
            blocks.append(
                (f"There is no code: {why_not}. ", code("snakemake models"), " exports the fine-tuned model.")
            )
    return blocks
