"""Levels of a factor of the factor study, and how far they lie apart."""

from typing import Annotated

from .kind import Closed


class LevelMean(Closed):
    """A level of a factor."""

    level: Annotated[str, "in words"]
    value: Annotated[float | None, "the level as a number, if it is one"]
    reference: Annotated[bool, "whether the factor's other levels are compared with it"]
    seeds: Annotated[int, "how many there are"]
    mean: Annotated[float, "over seeds"]
    interval: Annotated[list[float] | None, "Student's 95 % interval; null with one seed"]
    lowest: Annotated[float, "seed"]
    highest: Annotated[float, "seed"]


class LevelRange(Closed):
    """How far a factor's highest level lies above its lowest."""

    range: Annotated[float, "between their means"]
    highest: Annotated[str, "level"]
    lowest: Annotated[str, "level"]
    highest_mean: Annotated[float, "mean over seeds of the highest"]
    lowest_mean: Annotated[float, "mean over seeds of the lowest"]
    levels: Annotated[int, "how many there are"]
    noise: Annotated[float | None, "the range that equal levels stay below in 95 % of studies; null with one seed"]
    larger_than_noise: Annotated[bool | None, "whether the range is larger (Tukey's test of all pairs)"]
