"""Levels of a factor of the factor study, and how far they lie apart."""

from .kind import Closed


class LevelMean(Closed):
    """A level of a factor.

    Attributes:
        level: in words.
        value: the level as a number, if it is one.
        reference: whether the factor's other levels are compared with it.
        seeds: how many there are.
        mean: over seeds.
        interval: Student's 95 % interval; null with one seed.
        lowest: seed.
        highest: seed.
    """

    level: str
    value: float | None
    reference: bool
    seeds: int
    mean: float
    interval: list[float] | None
    lowest: float
    highest: float


class LevelRange(Closed):
    """How far a factor's highest level lies above its lowest.

    Attributes:
        range: between their means.
        highest: level.
        lowest: level.
        highest_mean: mean over seeds of the highest.
        lowest_mean: mean over seeds of the lowest.
        levels: how many there are.
        noise: the range that equal levels stay below in 95 % of studies; null with one seed.
        larger_than_noise: whether the range is larger (Tukey's test of all pairs).
    """

    range: float
    highest: str
    lowest: str
    highest_mean: float
    lowest_mean: float
    levels: int
    noise: float | None
    larger_than_noise: bool | None
