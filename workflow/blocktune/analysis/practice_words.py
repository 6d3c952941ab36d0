"""The answer of a study that chose learning rates or has the linear probe, beside the probe and everything."""

from ..candidates.searched import SEARCHED
from ..files.answer import Answer, AnswerEntry
from ..files.study import Study
from ..settings.members import scorer_looks_at, scorers
from .entry_words import accuracy_words, at_rate, noise_words, unfrozen, untrained_words
from .layers import Network
from .strategies import kind

KEEP_FROZEN = "Keep the backbone frozen and fit a linear classifier to its features (Linear probe)"


def in_practice(study: Study) -> bool:
    """Whether a study asks what is best for the images, not only what the paper asks."""
    return bool(study.rates) or "probe" in study.strategies


def claim(study: Study, backbone: Network, found: Answer) -> list[str]:
    """Return what to do, how good that is beside the probe and everything, and on how many images it was found."""
    best = found["best"]
    if best["strategy"] == "probe":
        what = KEEP_FROZEN
    else:
        verb = "Fine-tune" if best["names"] else "Train"
        what = f"{verb} {unfrozen(backbone, best)}{at_rate(study, best)}"
    beside = ", ".join(_beside(study, found))
    first = f"{what}: {found['scored']} accuracy {accuracy_words(best)}{'; ' if beside else ''}{beside}."
    if best["strategy"] == "probe":
        said = [_why_frozen(study, backbone, found)]
    else:
        said = [_found_on(study, best), _last_of_the_rates(study, best)]
    return [first, *(words for words in said if words)]


def probe_sentence(study: Study, found: Answer) -> str | None:
    """Return whether the difference to the probe is noise; None where there is nothing to say."""
    best, probe = found["best"], _entry(found, "probe")
    if best["strategy"] == "probe" or "probe" not in study.strategies or best["untrained"]:
        return None
    if probe is None:
        return "The linear probe diverged: the features are no numbers."
    if probe["untrained"]:
        return f"The linear probe, {probe['accuracy']:.3f}, is {untrained_words(study, probe)}."
    noise = noise_words(best["above_probe"], best)
    return None if noise is None else f"The difference to the probe is {noise}."


def _beside(study: Study, found: Answer) -> list[str]:
    """Accuracies of the probe, with the difference to it, and of everything."""
    best, said = found["best"], []
    probe, everything = _entry(found, "probe"), _entry(found, "baseline2")
    if probe is not None and best is not probe:
        said.append(f"linear probe {probe['accuracy']:.3f}{_lead(best, probe)}")
    if everything is not None and best is not everything:
        said.append(f"everything{' at its best rate' if study.rates else ''} {everything['accuracy']:.3f}")
    return said


def _lead(best: AnswerEntry, probe: AnswerEntry) -> str:
    difference = best["above_probe"]
    if best["untrained"] or probe["untrained"] or difference["points"] is None:
        return ""
    interval = difference["interval"]
    sure = f", {interval[0]:+.1f} to {interval[1]:+.1f}" if interval else ""
    return f" ({difference['points']:+.1f} points{sure})"


def _found_on(study: Study, best: AnswerEntry) -> str | None:
    """On which share of the images the answer was found; None if on all, or if nothing was searched for."""
    searched = kind(best["strategy"]) in (*SEARCHED, "bwt")
    share = study.images["search"] / study.images["final"]
    if not (searched or study.rates) or share >= 1:
        return None
    if study.method in scorers() and scorer_looks_at(study.method) == "nothing":
        return None
    return f"The search used {100 * share:.0f} % of the training images."


def _last_of_the_rates(study: Study, best: AnswerEntry) -> str | None:
    """Whether a rate that was not tried may be better: the chosen one is the highest or the lowest of several."""
    for which, more, last in (("highest", "higher", max), ("lowest", "lower", min)):
        if len(study.rates) > 1 and best["learning_rate"] == last(study.rates):
            return f"That is the {which} learning rate tried; a {more} one in search.rates may be better."
    return None


def _why_frozen(study: Study, backbone: Network, found: Answer) -> str | None:
    """Why the answer is the probe: what the best fine-tuning has on the validation images."""
    sure = found["against_probe"]
    tuned = [entry for entry in found["others"] if entry["names"]] or found["others"]
    other = next(iter(tuned), None) if sure is None else _entry(found, found["ranked_first"])
    if other is None:
        return None
    name = "validation_loss" if study.choose_by == "loss" else "validation"
    numbers = f"{study.choose_by} {other[name]:.3f} against {found['best'][name]:.3f}"
    if sure is not None:
        numbers += f", standard error {sure['standard_error']:.3f}"
    what = "fine-tuning" if other["names"] else "other strategy"
    by = "" if sure is None else " by more than noise"
    tested = f"{found['scored']} accuracy is {other['accuracy']:.3f}{_lead(other, found['best'])}"
    return (
        f"The best {what} by validation, {unfrozen(backbone, other)}{at_rate(study, other)}, is not better{by} on the "
        f"validation images ({numbers}); its {tested}."
    )


def _entry(found: Answer, strategy: str) -> AnswerEntry | None:
    return next((entry for entry in [found["best"], *found["others"]] if entry["strategy"] == strategy), None)
