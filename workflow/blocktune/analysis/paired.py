"""The difference of two trainings on the same images, with an interval that holds noise of images and of training."""

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean

import numpy as np

from ..files.answer import Difference
from .classification import NORMAL_95, wilson
from .scores import Score

_CONFIDENCE = 0.95

Pairs = Sequence[tuple[Score | None, Score | None]]
Right = Mapping[str, np.ndarray]
Part = tuple[float, int]
"""One part of a mean's variance, and the degrees of freedom that it was estimated with."""


def paired_differences(
    pairs: Mapping[str, Pairs],
    right: Right,
    new_parts: float | None = None,
    untrained: Collection[str] = (),
) -> dict[str, Difference]:
    """Return the first accuracy minus the second in points, with a 95 % interval, for every backbone.

    Two kinds of noise make such a difference another one the next time: other test images, and another training. The
    variance of the mean is the sum of both parts:

    - images: the variance over test images of the difference in being right, each image with the mean of its repeats.
      Both runs saw the same images, so what is hard for both cancels out.
    - training: s^2 / R, from the variance s^2 between R repeats. Two or three repeats of one backbone tell little of
      it, so it is pooled over the backbones of the study; where a backbone's own is larger, that counts. Pooling takes
      it that backbones are about as noisy: where one of four is three times as noisy, its interval holds the truth in
      about 86 % (two repeats, little noise of images), those of the others in 98 %.

    The first part holds some training noise, too (what differs from image to image), so the sum is rather too large.
    `reach` gives the quantile. With one repeat the interval holds the noise of images only; without a test part that
    of training only. Where each repeat has parts of its own, s^2 holds both; it is multiplied by 1 / R and the share
    of scored over trained images, for training parts that overlap (Nadeau and Bengio, Machine Learning 52, 2003).

    Args:
        pairs: by backbone, the two runs' scores of each repeat.
        right: by run, whether each test image was classified rightly (bool, in the order of the rows); runs without a
            test part are missing.
        new_parts: scored images over trained ones, where each repeat has parts of its own.
        untrained: backbones one of whose runs has learnt nothing; guessing tells nothing of the others' training noise.

    Returns:
        By backbone `points`, `by_repeat`, `interval` and `interval_over` (`images`, `images and repeats`,
        `repeats` or `parts`); None where unknown.
    """
    points = {key: _by_repeat(found) for key, found in pairs.items()}
    known = {key: by_repeat for key, by_repeat in points.items() if by_repeat is not None}
    # Where all guess there are no others
    training = pooled([known[key] for key in known if key not in untrained]) or pooled(known.values())
    found = {}
    for key, by_repeat in points.items():
        images = None if by_repeat is None or new_parts is not None else _over_images(pairs[key], right)
        found[key] = _difference(by_repeat, images, training, new_parts)
    return found


def _by_repeat(pairs: Pairs) -> list[float] | None:
    if any(score is None or score.accuracy is None for pair in pairs for score in pair):
        return None
    return [100 * (ours.accuracy - theirs.accuracy) for ours, theirs in pairs]


def _over_images(pairs: Pairs, right: Right) -> Part | None:
    """The part of images, in squared points; None without a test part."""
    found = []
    for ours, theirs in pairs:
        if ours.run not in right or theirs.run not in right:
            return None
        found.append(right[ours.run].astype(float) - right[theirs.run])
    return of_mean(100 * np.mean(found, axis=0))


def _difference(
    by_repeat: Sequence[float] | None, images: Part | None, training: Part | None, new_parts: float | None
) -> Difference:
    if by_repeat is None:
        return {"points": None, "by_repeat": None, "interval": None, "interval_over": None}
    found = {"points": float(np.mean(by_repeat)), "by_repeat": list(by_repeat)}
    parts, over = [], []
    if images is not None:
        parts, over = [images], ["images"]
    if training is not None:
        parts.append(of_training(by_repeat, training, new_parts or 0.0))
        over.append("repeats" if new_parts is None else "parts")
    interval = around(found["points"], *parts) if parts else None
    return found | {"interval": interval, "interval_over": " and ".join(over) or None}


def pooled(groups: Collection[Sequence[float]]) -> Part | None:
    """Return the variance within groups and its degrees of freedom; None if no group has two values."""
    freedom = sum(len(values) - 1 for values in groups)
    if freedom < 1:
        return None
    return sum(float(np.sum((np.array(values) - np.mean(values)) ** 2)) for values in groups) / freedom, freedom


def of_training(by_repeat: Sequence[float], training: Part, overlap: float = 0.0) -> Part:
    """Return the part of training noise in the mean of repeats.

    Args:
        by_repeat: one value a repeat.
        training: variance between repeats, pooled over backbones, and its degrees of freedom.
        overlap: scored over trained images if the training parts of repeats overlap, else 0.
    """
    variance, freedom = training
    own = float(np.var(by_repeat, ddof=1)) if len(by_repeat) > 1 else 0.0
    return max(variance, own) * (1 / len(by_repeat) + overlap), freedom


def of_mean(values: Sequence[float] | np.ndarray) -> Part:
    """Return the variance of a mean of at least two independent values."""
    return float(np.var(values, ddof=1)) / len(values), len(values) - 1


def around(middle: float, *parts: Part) -> list[float]:
    """Return the 95 % interval of a mean; see `reach`."""
    far = reach(*parts)
    return [middle - far, middle + far]


def reach(*parts: Part) -> float:
    """Return half the width of the 95 % interval of a mean whose variance is the sum of independent parts.

    The quantile is the mean of Student's quantiles for each part's degrees of freedom, weighted with the parts (Cochran
    and Cox, Experimental Designs, 2nd edition, 1957, on two samples of unequal variance): rather too large than too
    small. Satterthwaite's degrees of freedom give intervals that hold the truth less often than they should where the
    part with few of them is the larger one, as training noise over two repeats is.
    """
    from scipy import stats  # takes half a second that no other command should wait for

    variances, freedom = zip(*parts, strict=True)
    total = sum(variances)
    if total == 0:
        return 0.0
    return float(np.average(stats.t.ppf((1 + _CONFIDENCE) / 2, freedom), weights=variances) * np.sqrt(total))


def score_interval(
    accuracies: Sequence[float], images: int, training: Part | None, overlap: float = 0.0
) -> list[float]:
    """Return the 95 % interval of a mean accuracy: noise of the images (Wilson), and of training where it is known.

    Args:
        accuracies: one a repeat.
        images: on how many images each was scored.
        training: variance between repeats and its degrees of freedom; None with one repeat.
        overlap: see `of_training`.
    """
    low, high = wilson(fmean(accuracies) * images, images)
    if training is not None:
        of_images = ((high - low) / (2 * NORMAL_95)) ** 2, images - 1
        low, high = around((low + high) / 2, of_images, of_training(accuracies, training, overlap))
    return [max(0.0, low), min(1.0, high)]


def student(values: Sequence[float]) -> list[float]:
    """Student's 95 % interval of a mean of at least two values."""
    return around(float(np.mean(values)), of_mean(values))
