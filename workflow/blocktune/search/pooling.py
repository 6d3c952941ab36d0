"""A Gaussian process over arms that takes neither its reach nor its noise as known.

Neighbours come to much the same under one recipe, so what an arm came to says something of those beside it. How far
that reaches, and how much noise a training has, a handful of trainings can't tell: many settings fit them. The
likeliest one alone is too sure of itself. So many are drawn from those that fit tables of arms, each counts as much as
it fits what was seen, and what they say is averaged.

Nor does it begin with nothing: what arms usually come to (`search.usual`) is the mean before anything is seen. The
process is what this study's arms differ from that.

Higher rates, and spans with more parameters, leave the pre-trained network farther: arms differ more there, and so do
the seeds of one arm. So both, the process and its noise, grow with the rate, and the noise with the parameters, too.

Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), chapters 2 and 5.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

# Settings that are drawn, and how many stand for them where all arms are looked at
_DRAWN, _KEPT = 1024, 32
# Numbers in one array of what was seen. What is said of all arms needs several arrays of (arms, arms) besides
_AT_ONCE = 4_000_000
# Of the mean of all arms, in units of the variance of what was seen: nearly nothing is known of it before
_OF_MEAN = 1.0
_LEAST_NOISE = 1e-6
# Half a point of accuracy, or as little of a loss: what is seen is taken to vary that much, even where all is equal
_LEAST_SPREAD = 0.005


class Settings(NamedTuple):
    """Settings of a process, an array each, (settings,); lengths are in units of a place's axis (`belief.places`).

    Attributes:
        spread: logarithm of what one unit of what is usual comes to here.
        signal: logarithm of the standard deviation of arms from what is usual, in its units, at the middle rate.
        signal_by_rate: by how much it grows where the rate is e times as high.
        noise: logarithm of the standard deviation between seeds, in the same units, of everything at the middle rate.
        noise_by_rate: by how much it grows where the rate is e times as high.
        noise_by_parameters: by how much it grows along the axis of parameters.
        first, last, rate, parameters: logarithms of how far a result reaches along each axis.
    """

    spread: np.ndarray
    signal: np.ndarray
    signal_by_rate: np.ndarray
    noise: np.ndarray
    noise_by_rate: np.ndarray
    noise_by_parameters: np.ndarray
    first: np.ndarray
    last: np.ndarray
    rate: np.ndarray
    parameters: np.ndarray

    def of(self, which: np.ndarray | slice) -> "Settings":
        """Return some of the settings."""
        return Settings(*(values[which] for values in self))


# Mean and standard deviation of each setting before anything is seen, where what was seen has a variance of 1. From
# fits to the table of spans (docs/searches.md)
_USUAL = Settings(
    spread=np.array([math.log(1.0), 0.7]),
    signal=np.array([math.log(0.4), 0.4]),
    signal_by_rate=np.array([0.4, 0.25]),
    noise=np.array([math.log(0.3), 0.6]),
    noise_by_rate=np.array([0.6, 0.3]),
    noise_by_parameters=np.array([1.4, 0.8]),
    first=np.array([math.log(0.3), 0.5]),
    last=np.array([math.log(0.12), 0.5]),
    rate=np.array([math.log(0.3), 0.6]),
    parameters=np.array([math.log(1.0), 1.0]),
)


class Pooled(NamedTuple):
    """What follows for all arms.

    Attributes:
        mean: expected mean over seeds, (arms,).
        covariance: of these means, (arms, arms).
        weights: in each arm's mean, of what each training differs from what is usual, (arms, trainings), where the mean
            over trainings is taken off first.
    """

    mean: np.ndarray
    covariance: np.ndarray
    weights: np.ndarray


def pool(where: np.ndarray, usual: np.ndarray, seen: np.ndarray, worth: np.ndarray) -> Pooled:
    """Return what trainings say of all arms.

    Args:
        where: place of each arm (`belief.places`), (arms, 4).
        usual: what each arm usually comes to, (arms,).
        seen: the arm of each training, (trainings,).
        worth: what each came to, (trainings,).
    """
    where, usual = _centred(where), usual - usual[seen].mean()
    centre, scale = float(worth.mean()), max(float(worth.std()), _LEAST_SPREAD)
    scaled, at = (worth - centre) / scale, where[seen]
    drawn = _draw()
    likelihoods = [_log_likelihood(at, usual[seen], scaled, drawn.of(some)) for some in _chunks(len(worth))]
    shares = _kept(np.concatenate(likelihoods))
    means, weights, covariance = [], [], np.zeros((len(where), len(where)))
    for number, share in shares.items():
        one = drawn.of(slice(number, number + 1))
        across = _covariance(where, at, one)[0]
        weighed = np.linalg.solve(_of_seen(at, one)[0], across.T).T
        covariance += share * (_covariance(where, where, one)[0] - weighed @ across.T)
        expected = float(np.exp(one.spread[0])) * usual
        means.append(expected + weighed @ (scaled - expected[seen]))
        weights.append(weighed)
    of_settings = np.array(list(shares.values()))
    mean = of_settings @ np.array(means)
    # What settings disagree on is not known either
    apart = np.array(means) - mean
    covariance += (apart * of_settings[:, None]).T @ apart
    symmetric = (covariance + covariance.T) / 2
    return Pooled(
        centre + scale * mean, scale**2 * symmetric, np.tensordot(of_settings, np.array(weights), axes=(0, 0))
    )


def covariance_before(where: np.ndarray) -> np.ndarray:
    """Return the covariance of all arms' means before any training, (arms, arms), in units of what is usual squared.

    Places of the arms as in `pool`.
    """
    where, settings = _centred(where), _draw().of(slice(_KEPT))._replace(spread=np.zeros(_KEPT))
    covariance = np.zeros((len(where), len(where)))
    for number in range(_KEPT):
        covariance += _covariance(where, where, settings.of(slice(number, number + 1)))[0] / _KEPT
    return covariance


def _centred(where: np.ndarray) -> np.ndarray:
    """Return places about everything at the middle rate, which settings are of."""
    return where - [0.0, 0.0, float(np.median(np.unique(where[:, 2]))), where[:, 3].max()]


def _draw() -> Settings:
    """Draw settings from what is usual, always the same ones."""
    normal = np.random.default_rng(0).standard_normal((_DRAWN, len(_USUAL)))
    return Settings(*(mean + deviation * values for (mean, deviation), values in zip(_USUAL, normal.T, strict=True)))


def _chunks(trainings: int) -> Iterator[slice]:
    """Yield ranges of settings whose matrices fit into memory together."""
    size = max(1, _AT_ONCE // trainings**2)
    return (slice(begin, begin + size) for begin in range(0, _DRAWN, size))


def _log_likelihood(at: np.ndarray, usual: np.ndarray, scaled: np.ndarray, settings: Settings) -> np.ndarray:
    """Return how likely what was seen is under each setting, but for a constant, (settings,)."""
    root = np.linalg.cholesky(_of_seen(at, settings))
    unusual = scaled - np.exp(settings.spread)[:, None] * usual
    whitened = np.linalg.solve(root, unusual[..., None])[..., 0]
    return -0.5 * (whitened**2).sum(axis=1) - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)


def _kept(log_likelihoods: np.ndarray) -> dict[int, float]:
    """Return settings, by number, that stand for all, and the share of each: systematic resampling."""
    weights = np.exp(log_likelihoods - log_likelihoods.max())
    levels = (np.arange(_KEPT) + 0.5) / _KEPT * weights.sum()
    numbers, counts = np.unique(np.searchsorted(np.cumsum(weights), levels), return_counts=True)
    return {int(number): count / _KEPT for number, count in zip(numbers, counts, strict=True)}


def _covariance(one: np.ndarray, other: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the covariance of what arms at some places are worth with those at others, (settings, one, other).

    A Matern kernel (nu 5/2), whose deviation grows with the rate, and a mean of all.
    """
    reach = np.exp(np.stack([settings.first, settings.last, settings.rate, settings.parameters], axis=1))
    apart = (one[:, None] - other[None]) ** 2
    distance = np.sqrt(5 * np.einsum("oak,sk->soa", apart, reach**-2.0))
    alike = (1 + distance + distance**2 / 3) * np.exp(-distance)
    return _signal(one, settings)[:, :, None] * _signal(other, settings)[:, None, :] * alike + _OF_MEAN


def _signal(where: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the standard deviation of the process at each place, (settings, places)."""
    signal = settings.spread[:, None] + settings.signal[:, None]
    return np.exp(signal + settings.signal_by_rate[:, None] * where[:, 2] * math.log(10))


def _of_seen(at: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the covariance of trainings at some places, noise included, (settings, trainings, trainings)."""
    covariance = _covariance(at, at, settings)
    noise = (
        settings.spread[:, None]
        + settings.noise[:, None]
        + settings.noise_by_rate[:, None] * at[:, 2] * math.log(10)
        + settings.noise_by_parameters[:, None] * at[:, 3]
    )
    diagonal = np.arange(len(at))
    covariance[:, diagonal, diagonal] += np.exp(2 * noise) + _LEAST_NOISE
    return covariance
