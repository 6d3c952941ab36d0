"""How far the results of a study can be trusted: what its repeats say, and what preprocessing changes."""

from typing import ClassVar, Literal

from .answer import Difference
from .kind import Closed, JsonFile, part


class OverRepeats(Closed):
    """A strategy's accuracies with a backbone.

    Attributes:
        accuracies: of each repeat; null if the run diverged.
        mean: over repeats; null if a run diverged.
        sd: standard deviation over repeats; null with one repeat, or if a run diverged.
    """

    accuracies: list[float | None]
    mean: float | None
    sd: float | None


class StrategySpread(Closed):
    """A strategy over backbones and repeats; what needs a run that diverged is null.

    Attributes:
        mean: over backbones, of the repeats' means.
        worst_backbone: key of the backbone with the lowest mean.
        worst_mean: that mean.
        variance_over_backbones: of the repeats' means: the paper's measure of reliability.
        variance_over_repeats: mean over backbones of the variance over repeats, which is noise.
        backbones: of each backbone, by its key.
    """

    mean: float | None
    worst_backbone: str | None
    worst_mean: float | None
    variance_over_backbones: float | None
    variance_over_repeats: float | None
    backbones: dict[str, OverRepeats]


class BaselineDifference(Difference):
    """How far a strategy lies above a baseline, in points.

    Attributes:
        untrained: those of the two that are not better than guessing in a repeat.
    """

    untrained: list[str]


class Stability(Closed):
    """How far the winners of the repeats agree; what needs two repeats is null with one.

    Attributes:
        winners: number of the winner in each repeat that has one.
        most_frequent: the one that won most often; null without winners.
        share: how often it won.
        jaccard: mean overlap of the layers with weights of two winners.
        rank_correlation: Spearman's, of all candidates, a mean over pairs of repeats.
    """

    winners: list[int]
    most_frequent: int | None
    share: float | None
    jaccard: float | None
    rank_correlation: float | None


class RanksOverBackbones(Closed):
    """Strategies ranked over backbones, each of which counts once.

    Attributes:
        backbones: how many there are.
        friedman_p: p that all strategies are equal; null where it can't be tested.
        least_wilcoxon_p: the least p that a pair of strategies could reach.
        mean_ranks: by strategy, 1 is best; null with one backbone, two strategies, or a run that diverged.
        critical_difference: by how much mean ranks must differ at 0.05 (Nemenyi).
        greatest_difference: by how much they can differ.
        nemenyi_p: by pair of strategies; null where backbones are too few.
    """

    backbones: int
    friedman_p: float | None
    least_wilcoxon_p: float
    mean_ranks: dict[str, float] | None
    critical_difference: float | None
    greatest_difference: float
    nemenyi_p: dict[str, dict[str, float]] | None


class ReliabilityFound(Closed):
    """What repeats say.

    Attributes:
        repeats: how many there are.
        strategies: of each strategy, by its key.
        differences: to each baseline, by its key, the strategy's and the backbone's.
        winners: of each searched strategy, by its key and the backbone's.
        over_backbones: how strategies rank over backbones.
        variance_tests: p that a strategy's variance over backbones is a baseline's, by the keys of both; null where it
            can't be tested.
    """

    repeats: int
    strategies: dict[str, StrategySpread]
    differences: dict[str, dict[str, dict[str, BaselineDifference]]]
    winners: dict[str, dict[str, Stability]]
    over_backbones: RanksOverBackbones
    variance_tests: dict[str, dict[str, float | None]]


@part
class Reliability(JsonFile):
    """What stays when everything is done again. The file is what was found itself.

    Attributes:
        found: of all strategies and backbones.
    """

    called: ClassVar[str] = "comparison of repeats"
    place: ClassVar[str] = "results/tables/reliability.json"
    writer: ClassVar[str] = "reliability"
    remedy: ClassVar[str] = "; remove it, and the same call makes it again"
    root: ClassVar[str] = "found"

    found: ReliabilityFound


class AuditedStrategy(Closed):
    """A strategy with a backbone, whether it is fed 0 to 1 or its own range.

    Attributes:
        unit: mean accuracy over repeats, fed 0 to 1; null if a run diverged.
        native: the same, fed the range that the backbone was trained on.
        untrained: with which of the two a repeat is not better than guessing.
        native_minus_unit: what its own range gains.
    """

    unit: float | None
    native: float | None
    untrained: list[Literal["unit", "native"]]
    native_minus_unit: Difference


class AuditedBackbone(Closed):
    """What the range does to a backbone.

    Attributes:
        trained_on: the range that its weights were trained on, in words.
        mismatched: whether the study feeds it another one.
        baseline1: with Baseline I.
        bw: with the best block.
    """

    trained_on: str
    mismatched: bool
    baseline1: AuditedStrategy
    bw: AuditedStrategy


class AuditedColumn(Closed):
    """A strategy with one range over all backbones; null if a run diverged.

    Attributes:
        mean: of the accuracies.
        variance: of the accuracies, the paper's measure of reliability; null with one backbone.
    """

    mean: float | None
    variance: float | None


class AuditFound(Closed):
    """What the range of pixels does.

    Attributes:
        fed: the study's own range.
        backbones: to each backbone, by its key.
        over_backbones: over all of them, by strategy and range.
    """

    fed: Literal["unit", "native"]
    backbones: dict[str, AuditedBackbone]
    over_backbones: dict[str, dict[str, AuditedColumn]]


@part
class Audit(JsonFile):
    """The range audit. The file is what was found itself.

    Attributes:
        found: of all backbones.
    """

    called: ClassVar[str] = "range audit"
    place: ClassVar[str] = "results/tables/audit.json"
    writer: ClassVar[str] = "audit"
    root: ClassVar[str] = "found"

    found: AuditFound
