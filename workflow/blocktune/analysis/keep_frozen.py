"""Whether fine-tuning beats the linear probe by more than noise on the validation images."""

import math
from collections.abc import Sequence

import numpy as np

from ..files.answer import AgainstProbe
from ..files.record import RunRecord
from ..files.study import Study
from ..runs.history import validation_right
from .paired import of_mean, of_training, pooled


def lead_over(study: Study, best: Sequence[RunRecord], other: Sequence[RunRecord]) -> AgainstProbe | None:
    """Return how far a strategy lies above another on the validation images, and how sure that is.

    The one-standard-error rule: the simplest model that is not worse than the best by more than one standard error is
    taken (Breiman et al., Classification and Regression Trees, 1984; Hastie, Tibshirani and Friedman, The Elements of
    Statistical Learning, 2nd edition, 7.10). Here it is the standard error of the paired difference, whose variance
    is the sum of two parts, as in `paired.paired_differences`:

    - images: of each image's difference, the mean of its repeats, over images;
    - training: s^2 / R, from the variance s^2 of the mean difference between R repeats. Where each repeat has images of
      its own it holds both parts, for training parts that overlap.

    Returns:
        `gain` (of accuracy, or of loss that is saved), `standard_error`, and `more_than_noise`: whether the gain is
        larger. None if what the validation images said is not known of every run, or was not what chose.
    """
    if study.choose_by == "accuracy" and study.counts != "last":
        return None
    known = [
        (_said(ours, study.choose_by), _said(theirs, study.choose_by)) for ours, theirs in zip(best, other, strict=True)
    ]
    if any(said is None for pair in known for said in pair):
        return None
    gains = [ours - theirs for ours, theirs in known]
    by_repeat = [float(np.mean(gain)) for gain in gains]
    between = pooled([by_repeat])
    if between is not None and study.each_repeat == "new":
        overlap = study.images["validation"] / study.images["final"]
        parts = [of_training(by_repeat, between, overlap)]
    else:
        parts = [of_mean(np.mean(gains, axis=0))]
        parts += [] if between is None else [of_training(by_repeat, between)]
    gain, error = float(np.mean(by_repeat)), math.sqrt(sum(variance for variance, _ in parts))
    return {"gain": gain, "standard_error": error, "more_than_noise": gain > error}


def _said(record: RunRecord, choose_by: str) -> np.ndarray | None:
    """What each validation image said, float64 (N,), higher is better; None if the run did not keep it."""
    losses = record.get("validation_losses")
    if losses is None:
        return None
    if choose_by == "loss":
        return -np.array(losses)
    return validation_right(record).astype(float)
