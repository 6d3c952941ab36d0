"""The difference of two trainings on the same photographs, repeat by repeat, with an interval."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from .scores import Score

_RESAMPLES = 10_000
_CONFIDENCE = 0.95

Record = dict[str, Any]
Pairs = Sequence[tuple[Score | None, Score | None]]
Right = Mapping[str, np.ndarray]


def paired_difference(pairs: Pairs, right: Sequence[Right], new_parts: float | None = None) -> Record:
    """Return the first accuracy minus the second in points, with a 95 % interval.

    With a test part the interval is a bootstrap over its photographs, each with the mean of its repeats: both runs saw
    the same ones, so what is hard for both cancels out. Without one it is Student's interval over repeats, which
    says nothing about other photographs and needs two repeats; a bootstrap of so few would be far too narrow. Where
    each repeat has parts of its own it is Student's, too, with the correction of Nadeau and Bengio (Machine Learning
    52, 2003) for training parts that overlap.

    Args:
        pairs: the two runs' scores of each repeat.
        right: of each repeat, by run, whether each test photograph was classified rightly (bool, in the order of the
            rows); runs without a test part are missing.
        new_parts: scored photographs over trained ones, where each repeat has parts of its own.

    Returns:
        `points`, `by_repeat`, `interval` and `interval_over` (`photographs`, `repeats` or `parts`); None where unknown.
    """
    if any(score is None or score.accuracy is None for pair in pairs for score in pair):
        return {"points": None, "by_repeat": None, "interval": None, "interval_over": None}
    by_repeat = [100 * (ours.accuracy - theirs.accuracy) for ours, theirs in pairs]
    photographs = None if new_parts is not None else _by_photograph(pairs, right)
    if photographs is not None:
        interval, over = bootstrap(100 * photographs), "photographs"
    elif len(by_repeat) >= 2:
        interval, over = student(by_repeat, new_parts or 0.0), "repeats" if new_parts is None else "parts"
    else:
        interval, over = None, None
    return {"points": float(np.mean(by_repeat)), "by_repeat": by_repeat, "interval": interval, "interval_over": over}


def _by_photograph(pairs: Pairs, right: Sequence[Right]) -> np.ndarray | None:
    """Difference of being right, of each test photograph, mean over repeats; None without a test part."""
    found = []
    for (ours, theirs), known in zip(pairs, right, strict=True):
        if ours.run not in known or theirs.run not in known:
            return None
        found.append(known[ours.run].astype(float) - known[theirs.run])
    return np.mean(found, axis=0)


def bootstrap(values: np.ndarray) -> list[float]:
    """Percentile bootstrap interval of a mean; the same values always give the same interval."""
    if np.ptp(values) == 0:
        return [float(values[0])] * 2
    done = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=_CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    return [float(done.confidence_interval.low), float(done.confidence_interval.high)]


def student(values: Sequence[float], overlap: float = 0.0) -> list[float]:
    """Student's interval of a mean of at least two values.

    Args:
        values: at least two.
        overlap: scored over trained photographs, if these overlap between the values (Nadeau and Bengio), else 0.
    """
    count = len(values)
    error = float(np.sqrt((1 / count + overlap) * np.var(values, ddof=1)))
    reach = float(stats.t.ppf((1 + _CONFIDENCE) / 2, count - 1)) * error
    middle = float(np.mean(values))
    return [middle - reach, middle + reach]
