"""What a recommendation says of one strategy, in words."""

from ..candidates.further import FURTHER
from ..candidates.searched import SEARCHED
from ..files.answer import AnswerEntry, Difference
from ..files.study import Study
from .layers import Network
from .strategies import IN_OTHER_WAYS, label
from .untrained import guess_words


def same(one: AnswerEntry, other: AnswerEntry) -> bool:
    """Whether two strategies found the same layers and fine-tune them in the same way."""
    recipes = [entry["strategy"] if entry["strategy"] in IN_OTHER_WAYS else None for entry in (one, other)]
    return one["names"] == other["names"] and recipes[0] == recipes[1]


def unfrozen(backbone: Network, entry: AnswerEntry) -> str:
    """Return which layers an entry unfreezes, in words."""
    names, strategy = entry["names"], entry["strategy"]
    if strategy == "probe":
        return f"nothing, with a linear classifier fitted to the features ({label(strategy)})"
    if not names:
        return "nothing but the new head (Baseline I)"
    searched = SEARCHED.get(strategy)
    whole = len(names) == len(backbone.weighted)
    if whole and not (searched and searched.own_way):
        return f"everything{FURTHER[strategy].how if strategy in FURTHER else ''} ({label(strategy)})"
    if searched and (told := searched.told(entry["candidate"], names)):
        return told
    which = names[0] if len(names) == 1 else f"{len(names)} layers with weights from {names[0]} to {names[-1]}"
    number = f", number {entry['candidate']} from the head" if searched and searched.numbered else ""
    return f"{which} ({label(strategy)}{number})"


def at_rate(study: Study, entry: AnswerEntry) -> str:
    """Return ` at ` and an entry's learning rate where rates were searched, else nothing."""
    rate = entry["learning_rate"] if study.rates else None
    return "" if rate is None else f" at {rate_words(rate)}"


def rate_words(rate: float) -> str:
    """Return a learning rate as people write it: 0.0003 is 3e-4."""
    mantissa, _, exponent = f"{rate:.10e}".partition("e")
    return f"{float(mantissa):g}e{int(exponent)}" if rate < 0.01 else f"{rate:g}"


def accuracy_words(entry: AnswerEntry) -> str:
    """Return an entry's accuracy with its interval."""
    if entry["accuracy"] is None:
        return "diverged"
    low, high = entry["interval"]
    return f"{entry['accuracy']:.3f} (95 % interval {low:.3f} to {high:.3f})"


def learnt_nothing(entry: AnswerEntry) -> bool:
    """Whether an entry is untrained in every repeat."""
    return entry["untrained"] == entry["repeats"]


def untrained_words(study: Study, entry: AnswerEntry) -> str:
    """Return in how many repeats an entry is untrained, and what that means."""
    when = "" if learnt_nothing(entry) else f" in {entry['untrained']} of {entry['repeats']} repeats"
    return f"untrained{when}: not better than {guess_words(study)}, so it is left out of comparisons"


def noise_words(difference: Difference, entry: AnswerEntry) -> str | None:
    """Return whether a difference is `more than` or `not more than` noise, and which; None without an interval."""
    interval = difference["interval"]
    if not interval:
        return None
    verdict = "more than" if interval[0] > 0 or interval[1] < 0 else "not more than"
    return f"{verdict} {'the noise of the test images' if entry['repeats'] == 1 else 'noise'}"
