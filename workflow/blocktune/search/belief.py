"""What is believed of every arm, trained or not: what trainings of its neighbours say of it, and of the images.

A Gaussian process over where an arm begins, where it ends, and its rate (`search.pooling`) says what it is worth. It
begins with what arms usually come to (`search.usual`).
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .arm_table import Arm
from .collapse import points_of_collapse, units_of_collapse
from .pooling import covariance_before, pool
from .usual import usual_worth

if TYPE_CHECKING:
    from .method import Known

# By how many usual gaps a training counts as worse than the best, at most
_MOST_GAPS = 3.0
# Accuracy for a unit of loss, at least: about a twentieth of what is usual
_LEAST_SLOPE = 0.02
# So many points of accuracy are a unit of worth at least, where a fall in accuracy is told in it: the slope of a few
# trainings may be far too low
_LEAST_POINTS = 10.0
_DRAWS = 256
# To state probabilities to a hundredth
_MANY_DRAWS = 4096


@dataclass(frozen=True)
class Belief:
    """What is believed of the mean of each arm over seeds.

    On the validation images that score all arms further trainings make it sure. Images of the same kind that nobody has
    seen may prefer other arms, and no training changes that. `expected_loss` is of the former and ends a search. What
    is said of an answer is of the latter, where `right` is known.

    Attributes:
        mean: expected worth of each arm (`Known.worth`), by index.
        collapses: what of that trainings that collapse are expected to take (`search.collapse`): without them an arm is
            worth so much more.
        covariance: of the arms' worths, (arms, arms).
        draws: worths of all arms that are as likely as these, (draws, arms).
        points: percentage points of accuracy that one unit of worth stands for.
        right: how rightly each arm is believed to classify each validation image, 0 to 1 but for errors, (arms,
            images); None where of some training that is not known.
        seed: of the draws.
    """

    mean: np.ndarray
    collapses: np.ndarray
    covariance: np.ndarray
    draws: np.ndarray
    points: float
    right: np.ndarray | None
    seed: tuple[int, ...]

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation of each arm's worth on the validation images, by index."""
        return np.sqrt(np.clip(np.diag(self.covariance), 0.0, None))

    def expected_loss(self, arm: int, among: Sequence[int] | None = None) -> float:
        """Return by how many points the best arm (of all, or among some) is expected to be better than this one."""
        return float(np.mean(_lost(self.draws, arm, among))) * self.points

    def loss_on_other_images(self, arm: int) -> float | None:
        """Return the same on other images, among all arms; None where `right` is."""
        return None if self.right is None else float(np.mean(_lost(self._elsewhere, arm))) * self.points

    def within(self, arm: int, tolerance: float) -> float:
        """Return the probability that an arm loses at most so many points to the best of all."""
        return float(np.mean(_lost(self._elsewhere, arm) * self.points <= tolerance))

    @cached_property
    def chances(self) -> np.ndarray:
        """Probability of each arm, by index, that it is the best of all."""
        return np.bincount(self._elsewhere.argmax(axis=1), minlength=len(self.mean)) / len(self._elsewhere)

    def beats(self, arm: int, worth: float, right: np.ndarray | None = None) -> float:
        """Return the probability that an arm is worth more than what is no arm.

        `right`: which validation images the other classifies rightly; None if unknown.
        """
        # Takes a moment to be imported, too
        from scipy.special import ndtr

        variance = max(self.covariance[arm, arm], 0.0)
        if self.right is not None and right is not None:
            variance += covariance_of_images((self.right[arm] - right)[None])[0, 0] * (100 / self.points) ** 2
        ahead = self.mean[arm] - worth
        return float(ndtr(ahead / math.sqrt(variance))) if variance > 0 else float(ahead > 0)

    def beats_all(self, arm: int, others: Sequence[int]) -> float:
        """Return the probability that an arm is worth more than each of several others."""
        return float(np.mean(self._elsewhere[:, arm] > self._elsewhere[:, others].max(axis=1)))

    def draw_elsewhere(self, count: int) -> np.ndarray:
        """Return worths of all arms on other images that are as likely as these, (count, arms).

        Where `right` is None they are on the validation images.
        """
        covariance = self.covariance
        if self.right is not None:
            covariance = covariance + covariance_of_images(self.right) * (100 / self.points) ** 2
        return drawn(self.mean, covariance, self.seed, count)

    @cached_property
    def _elsewhere(self) -> np.ndarray:
        return self.draw_elsewhere(_MANY_DRAWS)


def places(arms: Sequence[Arm]) -> np.ndarray:
    """Return where arms lie, (arms, 4): first and last block, the logarithms of rate and of the parameters' number.

    The head alone begins behind the last block. Parameters tell apart what lies in one block.
    """
    count = max((arm.blocks[1] for arm in arms if arm.blocks), default=1)
    found = []
    for arm in arms:
        first, last = arm.blocks or (count + 1, count)
        rate = 0.0 if arm.rate is None else math.log10(arm.rate)
        found.append((first / count, last / count, rate, math.log10(1 + arm.parameters) / 4))
    return np.array(found)


def believe(known: "Known") -> Belief:
    """Return what is believed after what was seen; the same again for the same `known`, on any number of cores.

    Needs at least one training that did not diverge; one that did counts as much worse than all others.
    """
    seen = sorted(known.seen)
    worth = np.array([known.worth(*key) for key in seen])
    usable = np.isfinite(worth)
    floor = worth_of_collapse(worth[usable])
    spread = worth[usable].max() - floor
    compared = np.where(usable, np.maximum(worth, floor), floor - (spread or abs(floor) or 1.0))
    with _one_thread():
        usual = usual_worth(known.arms, without=known.dataset)
        mean, covariance, weights = pool(places(known.arms), usual, np.array([arm for arm, _ in seen]), compared)
        right = _right(known, seen)
        if right is not None:
            # Of an image nothing is usual: the trainings count as they do in the mean
            right = weights @ (right - right.mean(axis=0)) + right.mean(axis=0)
    points = _points(known, seen, worth, worth >= floor)
    collapses = points_of_collapse(known) / max(points, _LEAST_POINTS)
    seed = known.draw, len(seen)
    draws = drawn(mean - collapses, covariance, seed, _DRAWS)
    return Belief(mean - collapses, collapses, covariance, draws, points, right, seed)


def draws_before(known: "Known") -> np.ndarray:
    """Return worths of all arms that are as likely as these before anything is trained, (draws, arms), in any unit.

    What collapses are expected to take is off: here no training is asked what an arm is worth without them.
    """
    with _one_thread():
        covariance = covariance_before(places(known.arms))
        mean = usual_worth(known.arms, without=known.dataset) - units_of_collapse(known)
    return drawn(mean, covariance, (known.draw, 0), _DRAWS)


def _lost(draws: np.ndarray, arm: int, among: Sequence[int] | None = None) -> np.ndarray:
    others = draws if among is None else draws[:, among]
    return others.max(axis=1) - draws[:, arm]


def worth_of_collapse(worth: np.ndarray) -> float:
    """Return what a training counts as at least: worse than the best by a few usual gaps.

    One that collapsed to guessing is worse by so much that beside it all others would be alike.
    """
    behind = worth.max() - worth
    usual = float(np.median(behind[behind > 0])) if np.any(behind > 0) else 0.0
    return max(float(worth.max()) - _MOST_GAPS * usual, float(worth.min()))


def _right(known: "Known", seen: Sequence[tuple[int, int]]) -> np.ndarray | None:
    """Which validation images each training classifies rightly, (trainings, images): none if it diverged."""
    found = [known.seen[key] for key in seen]
    images = next((len(one.right) for one in found if one.right is not None), None)
    if images is None or any(one.right is None and not one.diverged for one in found):
        return None
    return np.array([np.zeros(images) if one.right is None else one.right for one in found], float)


def covariance_of_images(right: np.ndarray) -> np.ndarray:
    """Return the covariance of accuracies between samples of as many images, the same ones for all arms.

    Args:
        right: which images each arm classifies rightly, or how rightly, 0 to 1, (arms, images).

    Returns:
        (arms, arms), of shares.
    """
    apart = right - right.mean(axis=1, keepdims=True)
    with _one_thread():
        return apart @ apart.T / right.shape[1] ** 2


def drawn(mean: np.ndarray, covariance: np.ndarray, seed: Sequence[int], count: int) -> np.ndarray:
    """Return normally distributed values, (count, arms); the same on any number of cores."""
    with _one_thread():
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
        return mean + np.random.default_rng(seed).standard_normal((count, len(mean))) @ root.T


def _one_thread() -> AbstractContextManager:
    """Sums of several threads are rounded otherwise than those of one."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1)


def _points(known: "Known", seen: Sequence[tuple[int, int]], worth: np.ndarray, usual: np.ndarray) -> float:
    """Points of accuracy for a unit of worth: of accuracies 100, of losses as those of usual trainings go with them."""
    if known.choose_by != "loss":
        return 100.0
    last = [next((value for value in reversed(known.seen[key].accuracies) if value is not None), None) for key in seen]
    both = [(x, y) for x, y, use in zip(worth, last, usual, strict=True) if use and y is not None]
    seen_worth, accuracies = np.array(both).T
    slope = float(np.polyfit(seen_worth, accuracies, 1)[0]) if len(both) > 2 and np.ptp(seen_worth) > 0 else 0.0
    # With few trainings, accuracy may not rise at all as the loss falls
    return 100.0 * slope if slope > _LEAST_SLOPE else 100.0
