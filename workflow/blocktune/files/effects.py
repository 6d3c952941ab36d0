"""What the factor study tests: effects of factors, and how sure that is."""

from typing import Literal

from .kind import Closed
from .levels import LevelMean, LevelRange


class TermTest(Closed):
    """The test of a term of an analysis of variance.

    Attributes:
        term: the factors that it is of; two for an interaction.
        kind: `effect` of one, or `interaction`.
        rank: how many columns it has.
        F: its sum of squares over what noise alone is expected to give it.
        df: freedom of F; below the rank where spreads differ.
        df_residual: freedom of the noise.
        p: of the test.
        p_adjusted: the same with Holm's correction over all terms.
        larger_than_noise: whether that is below 0.05.
        omega_squared: share of the variance that it explains (partial omega squared).
        interval: 95 % interval of that share.
    """

    term: list[str]
    kind: Literal["effect", "interaction"]
    rank: int
    F: float
    df: float
    df_residual: float
    p: float
    p_adjusted: float
    larger_than_noise: bool
    omega_squared: float
    interval: list[float]


class DivergedSetting(Closed):
    """A setting some of whose runs diverged.

    Attributes:
        factor: the factor that is varied.
        level: its level.
        strategy: what is unfrozen.
        runs: how many diverged.
        of: how many there are.
    """

    factor: str
    level: str
    strategy: str
    runs: int
    of: int


class Residuals(Closed):
    """Whether settings spread alike.

    Attributes:
        p: that they do (Breusch and Pagan's test, Koenker's); null where it can't be computed.
        widest: strategy and level of each factor of the setting that spreads most, of those with two runs or more.
        widest_sd: its standard deviation.
        median_sd: standard deviation of the median setting.
    """

    p: float | None
    widest: dict[str, str] | None
    widest_sd: float | None
    median_sd: float | None


class Slope(Closed):
    """What distance costs a strategy.

    Attributes:
        change: of the accuracy from the nearest to the farthest target, by least squares.
        interval: 95 % interval of the change.
        p: that there is none; null where it can't be computed.
    """

    change: float
    interval: list[float]
    p: float | None


class DistanceEffect(Closed):
    """Whether accuracy falls with the target's distance from the source.

    Attributes:
        targets: those with a distance and a run of every strategy.
        unknown: targets without a distance.
        why_not: why there are no slopes; null if there are some.
        span: the nearest and the farthest target's earth mover's distance.
        slopes: by strategy, and over all as `every`.
        tests: of distance, and of distance with strategy.
    """

    targets: list[str]
    unknown: list[str]
    why_not: str | None
    span: list[float] | None
    slopes: dict[str, Slope]
    tests: list[TermTest]


class StrategiesAtReference(Closed):
    """All strategies with the study's own settings, as if they were levels of a factor.

    Attributes:
        tests: of the strategy, with seeds as blocks; none with one seed.
        range: between the best and the worst.
        levels: of each strategy.
        same_runs: strategies that unfreeze the same weights, so that their runs are the same.
    """

    tests: list[TermTest]
    range: LevelRange | None
    levels: list[LevelMean]
    same_runs: list[list[str]]


class ResponseEffect(Closed):
    """What moves a response besides accuracy.

    Attributes:
        tests: of every term.
        why_no_tests: why there are none; null if there are some.
        runs: how many it was measured of.
        ranges: between the levels of each factor, by strategy, and of the mean over strategies as `every`.
        at_reference: mean of each strategy at the study's own settings.
        if_perfect: what chance alone makes of it there, where that is measured, too.
    """

    tests: list[TermTest]
    why_no_tests: str | None
    runs: int
    ranges: dict[str, dict[str, LevelRange]]
    at_reference: dict[str, float]
    if_perfect: dict[str, float]


class AnalysisOfVariance(Closed):
    """An analysis of variance over distinct runs.

    Attributes:
        tests: of every term that can be told apart from the others.
        why_no_tests: why there are none; null if there are some.
        unknown: terms that can't be told apart from others.
        residuals: whether settings spread alike; null without tests.
    """

    tests: list[TermTest]
    why_no_tests: str | None
    unknown: list[list[str]]
    residuals: Residuals | None


class BackboneEffects(AnalysisOfVariance):
    """What the runs of a backbone say.

    Attributes:
        title: the backbone's name in tables and figures.
        runs: how many there are.
        seeds: theirs, as text.
        images: how many score a run; several where targets differ.
        diverged: settings some of whose runs diverged.
        levels: of each factor by strategy, and of the mean over strategies as `every`.
        ranges: between the levels of each factor, likewise.
        distance: of targets; null if the target was not varied.
        where: all strategies with the study's own settings; null without such runs.
        responses: by response besides accuracy.
    """

    title: str
    runs: int
    seeds: list[str]
    images: list[int]
    diverged: list[DivergedSetting]
    levels: dict[str, dict[str, list[LevelMean]]]
    ranges: dict[str, dict[str, LevelRange]]
    distance: DistanceEffect | None
    where: StrategiesAtReference | None
    responses: dict[str, ResponseEffect]


class EffectsOverBackbones(Closed):
    """All backbones together: a mixed model with a random intercept per backbone.

    Attributes:
        backbones: how many there are.
        runs: how many there are.
        between_sd: standard deviation of backbones; null without a model.
        within_sd: standard deviation of runs; null without a model.
        tests: of every term.
        why_no_tests: why there are none; null if there are some.
    """

    backbones: int
    runs: int
    between_sd: float | None
    within_sd: float | None
    tests: list[TermTest]
    why_no_tests: str | None
