"""What the factor study tests: effects of factors, and how sure that is."""

from typing import Annotated, Literal

from .kind import Closed
from .levels import LevelMean, LevelRange


class TermTest(Closed):
    """The test of a term of an analysis of variance."""

    term: Annotated[list[str], "the factors that it is of; two for an interaction"]
    kind: Annotated[Literal["effect", "interaction"], "`effect` of one, or `interaction`"]
    rank: Annotated[int, "how many columns it has"]
    F: Annotated[float, "its sum of squares over what noise alone is expected to give it"]
    df: Annotated[float, "freedom of F; below the rank where spreads differ"]
    df_residual: Annotated[float, "freedom of the noise"]
    p: Annotated[float, "of the test"]
    p_adjusted: Annotated[float, "the same with Holm's correction over all terms"]
    larger_than_noise: Annotated[bool, "whether that is below 0.05"]
    omega_squared: Annotated[float, "share of the variance that it explains (partial omega squared)"]
    interval: Annotated[list[float], "95 % interval of that share"]


class DivergedSetting(Closed):
    """A setting some of whose runs diverged."""

    factor: Annotated[str, "the factor that is varied"]
    level: Annotated[str, "its level"]
    strategy: Annotated[str, "what is unfrozen"]
    runs: Annotated[int, "how many diverged"]
    of: Annotated[int, "how many there are"]


class Residuals(Closed):
    """Whether settings spread alike."""

    p: Annotated[float | None, "that they do (Breusch and Pagan's test, Koenker's); null where it can't be computed"]
    widest: Annotated[
        dict[str, str] | None,
        "strategy and level of each factor of the setting that spreads most, of those with two runs or more",
    ]
    widest_sd: Annotated[float | None, "its standard deviation"]
    median_sd: Annotated[float | None, "standard deviation of the median setting"]


class Slope(Closed):
    """What distance costs a strategy."""

    change: Annotated[float, "of the accuracy from the nearest to the farthest target, by least squares"]
    interval: Annotated[list[float], "95 % interval of the change"]
    p: Annotated[float | None, "that there is none; null where it can't be computed"]


class DistanceEffect(Closed):
    """Whether accuracy falls with the target's distance from the source."""

    targets: Annotated[list[str], "those with a distance and a run of every strategy"]
    unknown: Annotated[list[str], "targets without a distance"]
    why_not: Annotated[str | None, "why there are no slopes; null if there are some"]
    span: Annotated[list[float] | None, "the nearest and the farthest target's earth mover's distance"]
    slopes: Annotated[dict[str, Slope], "by strategy, and over all as `every`"]
    tests: Annotated[list[TermTest], "of distance, and of distance with strategy"]


class StrategiesAtReference(Closed):
    """All strategies with the study's own settings, as if they were levels of a factor."""

    tests: Annotated[list[TermTest], "of the strategy, with seeds as blocks; none with one seed"]
    range: Annotated[LevelRange | None, "between the best and the worst"]
    levels: Annotated[list[LevelMean], "of each strategy"]
    same_runs: Annotated[list[list[str]], "strategies that unfreeze the same weights, so that their runs are the same"]


class ResponseEffect(Closed):
    """What moves a response besides accuracy."""

    tests: Annotated[list[TermTest], "of every term"]
    why_no_tests: Annotated[str | None, "why there are none; null if there are some"]
    runs: Annotated[int, "how many it was measured of"]
    ranges: Annotated[
        dict[str, dict[str, LevelRange]],
        "between the levels of each factor, by strategy, and of the mean over strategies as `every`",
    ]
    at_reference: Annotated[dict[str, float], "mean of each strategy at the study's own settings"]
    if_perfect: Annotated[dict[str, float], "what chance alone makes of it there, where that is measured, too"]


class AnalysisOfVariance(Closed):
    """An analysis of variance over distinct runs."""

    tests: Annotated[list[TermTest], "of every term that can be told apart from the others"]
    why_no_tests: Annotated[str | None, "why there are none; null if there are some"]
    unknown: Annotated[list[list[str]], "terms that can't be told apart from others"]
    residuals: Annotated[Residuals | None, "whether settings spread alike; null without tests"]


class BackboneEffects(AnalysisOfVariance):
    """What the runs of a backbone say."""

    title: Annotated[str, "the backbone's name in tables and figures"]
    runs: Annotated[int, "how many there are"]
    seeds: Annotated[list[str], "theirs, as text"]
    images: Annotated[list[int], "how many score a run; several where targets differ"]
    diverged: Annotated[list[DivergedSetting], "settings some of whose runs diverged"]
    levels: Annotated[
        dict[str, dict[str, list[LevelMean]]], "of each factor by strategy, and of the mean over strategies as `every`"
    ]
    ranges: Annotated[dict[str, dict[str, LevelRange]], "between the levels of each factor, likewise"]
    distance: Annotated[DistanceEffect | None, "of targets; null if the target was not varied"]
    where: Annotated[
        StrategiesAtReference | None, "all strategies with the study's own settings; null without such runs"
    ]
    responses: Annotated[dict[str, ResponseEffect], "by response besides accuracy"]


class EffectsOverBackbones(Closed):
    """All backbones together: a mixed model with a random intercept per backbone."""

    backbones: Annotated[int, "how many there are"]
    runs: Annotated[int, "how many there are"]
    between_sd: Annotated[float | None, "standard deviation of backbones; null without a model"]
    within_sd: Annotated[float | None, "standard deviation of runs; null without a model"]
    tests: Annotated[list[TermTest], "of every term"]
    why_no_tests: Annotated[str | None, "why there are none; null if there are some"]
