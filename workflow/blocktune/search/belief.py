"""What is believed of every arm, trained or not: a Gaussian process over where it begins, where it ends, and its rate.

Under one recipe neighbours come to much the same, so what an arm came to says something of those beside it, and seeds
of one arm are repeats. Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), chapters 2 and 5.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .arm_table import Arm

if TYPE_CHECKING:
    from .method import Known

# In units of a place's axis (`places`): how far an arm's result reaches, at least and at most
_REACH = ((0.2, 5.0), (0.2, 5.0), (0.3, 5.0), (0.3, 10.0))
# Of the variance of what was seen: that of arms, and that of seeds
_SIGNAL, _NOISE = (0.1, 10.0), (1e-3, 0.5)
_DRAWS = 256
# To state probabilities to a hundredth
_MANY_DRAWS = 4096


@dataclass(frozen=True)
class Belief:
    """What is believed of the mean of each arm over seeds.

    The noise of the images that score all arms is not in it: with other images other arms may be the best.

    Attributes:
        mean: expected worth of each arm (`Known.worth`), by index.
        deviation: standard deviation of each arm's worth, by index.
        draws: worths of all arms that are as likely as these, (draws, arms).
        points: percentage points of accuracy that one unit of worth stands for.
        root: of the covariance of the arms' worths, (arms, arms): it times its transpose is that.
        seed: of the draws.
    """

    mean: np.ndarray
    deviation: np.ndarray
    draws: np.ndarray
    points: float
    root: np.ndarray
    seed: tuple[int, ...]

    def expected_loss(self, arm: int, among: Sequence[int] | None = None) -> float:
        """Return by how many points the best arm (of all, or among some) is expected to be better than this one."""
        others = self.draws if among is None else self.draws[:, among]
        return float(np.mean(others.max(axis=1) - self.draws[:, arm])) * self.points

    @property
    def chances(self) -> np.ndarray:
        """Probability of each arm, by index, that it is the best of all."""
        return np.bincount(self._many.argmax(axis=1), minlength=len(self.mean)) / len(self._many)

    def beats(self, arm: int, worth: float) -> float:
        """Return the probability that an arm is worth more than this."""
        # Takes a moment to be imported, too
        from scipy.special import ndtr

        ahead, deviation = self.mean[arm] - worth, self.deviation[arm]
        return float(ndtr(ahead / deviation)) if deviation > 0 else float(ahead > 0)

    def beats_all(self, arm: int, others: Sequence[int]) -> float:
        """Return the probability that an arm is worth more than each of several others."""
        return float(np.mean(self._many[:, arm] > self._many[:, others].max(axis=1)))

    @cached_property
    def _many(self) -> np.ndarray:
        return _drawn(self.mean, self.root, self.seed, _MANY_DRAWS)


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
    # They take a second to be imported, which no other method should wait for
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
    from threadpoolctl import threadpool_limits

    seen = sorted(known.seen)
    worth = np.array([known.worth(*key) for key in seen])
    usable = np.isfinite(worth)
    lowest, spread = worth[usable].min(), np.ptp(worth[usable])
    worth = np.where(usable, worth, lowest - (spread or abs(lowest) or 1.0))
    where = places(known.arms)
    reach = Matern([0.5, 0.5, 0.7, 1.0], _REACH, nu=2.5)
    kernel = ConstantKernel(1.0, _SIGNAL) * reach + WhiteKernel(0.05, _NOISE)
    process = GaussianProcessRegressor(kernel, normalize_y=True)
    # Sums of several threads are rounded otherwise than those of one
    with threadpool_limits(1), warnings.catch_warnings():
        # That a constant lies at its limit is what limits are for
        warnings.simplefilter("ignore")
        process.fit(where[[arm for arm, _ in seen]], worth)
        mean, covariance = process.predict(where, return_cov=True)
        # The mean over seeds is asked for: without the noise of one seed
        covariance -= process.kernel_.k2.noise_level * process._y_train_std**2 * np.eye(len(where))
        values, vectors = np.linalg.eigh(covariance)
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
    deviation, seed = np.sqrt(np.clip(np.diag(covariance), 0.0, None)), (known.draw, len(seen))
    draws = _drawn(mean, root, seed, _DRAWS)
    return Belief(mean, deviation, draws, _points(known, seen, worth, usable), root, seed)


def _drawn(mean: np.ndarray, root: np.ndarray, seed: Sequence[int], count: int) -> np.ndarray:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        return mean + np.random.default_rng(seed).standard_normal((count, len(mean))) @ root.T


def _points(known: "Known", seen: Sequence[tuple[int, int]], worth: np.ndarray, usable: np.ndarray) -> float:
    """Points of accuracy for a unit of worth: of accuracies 100, of losses as those seen go with accuracies."""
    if known.choose_by != "loss":
        return 100.0
    last = [next((value for value in reversed(known.seen[key].accuracies) if value is not None), None) for key in seen]
    both = [(x, y) for x, y, use in zip(worth, last, usable, strict=True) if use and y is not None]
    losses, accuracies = np.array(both).T
    return 100.0 * abs(float(np.polyfit(losses, accuracies, 1)[0])) if len(both) > 2 and np.ptp(losses) > 0 else 100.0
