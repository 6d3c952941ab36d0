"""How far the results of a study can be trusted: what its repeats say, and what preprocessing changes."""

from typing import Annotated, ClassVar, Literal

from .answer import Difference
from .kind import Closed, JsonFile, part


class OverRepeats(Closed):
    """A strategy's accuracies with a backbone."""

    accuracies: Annotated[list[float | None], "of each repeat; null if the run diverged"]
    mean: Annotated[float | None, "over repeats; null if a run diverged"]
    sd: Annotated[float | None, "standard deviation over repeats; null with one repeat, or if a run diverged"]


class StrategySpread(Closed):
    """A strategy over backbones and repeats; what needs a run that diverged is null."""

    mean: Annotated[float | None, "over backbones, of the repeats' means"]
    worst_backbone: Annotated[str | None, "key of the backbone with the lowest mean"]
    worst_mean: Annotated[float | None, "that mean"]
    variance_over_backbones: Annotated[float | None, "of the repeats' means: the paper's measure of reliability"]
    variance_over_repeats: Annotated[float | None, "mean over backbones of the variance over repeats, which is noise"]
    backbones: Annotated[dict[str, OverRepeats], "of each backbone, by its key"]


class BaselineDifference(Difference):
    """How far a strategy lies above a baseline, in points."""

    untrained: Annotated[list[str], "those of the two that are not better than guessing in a repeat"]


class Stability(Closed):
    """How far the winners of the repeats agree; what needs two repeats is null with one."""

    winners: Annotated[list[int], "number of the winner in each repeat that has one"]
    most_frequent: Annotated[int | None, "the one that won most often; null without winners"]
    share: Annotated[float | None, "how often it won"]
    jaccard: Annotated[float | None, "mean overlap of the layers with weights of two winners"]
    rank_correlation: Annotated[float | None, "Spearman's, of all candidates, a mean over pairs of repeats"]


class RanksOverBackbones(Closed):
    """Strategies ranked over backbones, each of which counts once."""

    backbones: Annotated[int, "how many there are"]
    friedman_p: Annotated[float | None, "p that all strategies are equal; null where it can't be tested"]
    least_wilcoxon_p: Annotated[float, "the least p that a pair of strategies could reach"]
    mean_ranks: Annotated[
        dict[str, float] | None,
        "by strategy, 1 is best; null with one backbone, two strategies, or a run that diverged",
    ]
    critical_difference: Annotated[float | None, "by how much mean ranks must differ at 0.05 (Nemenyi)"]
    greatest_difference: Annotated[float, "by how much they can differ"]
    nemenyi_p: Annotated[dict[str, dict[str, float]] | None, "by pair of strategies; null where backbones are too few"]


class ReliabilityFound(Closed):
    """What repeats say."""

    repeats: Annotated[int, "how many there are"]
    strategies: Annotated[dict[str, StrategySpread], "of each strategy, by its key"]
    differences: Annotated[
        dict[str, dict[str, dict[str, BaselineDifference]]],
        "to each baseline, by its key, the strategy's and the backbone's",
    ]
    winners: Annotated[dict[str, dict[str, Stability]], "of each searched strategy, by its key and the backbone's"]
    over_backbones: Annotated[RanksOverBackbones, "how strategies rank over backbones"]
    variance_tests: Annotated[
        dict[str, dict[str, float | None]],
        "p that a strategy's variance over backbones is a baseline's, by the keys of both; null where it can't be "
        "tested",
    ]


@part
class Reliability(JsonFile):
    """What stays when everything is done again. The file is what was found itself."""

    called: ClassVar[str] = "comparison of repeats"
    place: ClassVar[str] = "results/tables/reliability.json"
    writer: ClassVar[str] = "reliability"
    remedy: ClassVar[str] = "; remove it, and the same call makes it again"
    root: ClassVar[str] = "found"

    found: Annotated[ReliabilityFound, "of all strategies and backbones"]


class AuditedStrategy(Closed):
    """A strategy with a backbone, whether it is fed 0 to 1 or its own range."""

    unit: Annotated[float | None, "mean accuracy over repeats, fed 0 to 1; null if a run diverged"]
    native: Annotated[float | None, "the same, fed the range that the backbone was trained on"]
    untrained: Annotated[list[Literal["unit", "native"]], "with which of the two a repeat is not better than guessing"]
    native_minus_unit: Annotated[Difference, "what its own range gains"]


class AuditedBackbone(Closed):
    """What the range does to a backbone."""

    trained_on: Annotated[str, "the range that its weights were trained on, in words"]
    mismatched: Annotated[bool, "whether the study feeds it another one"]
    baseline1: Annotated[AuditedStrategy, "with Baseline I"]
    bw: Annotated[AuditedStrategy, "with the best block"]


class AuditedColumn(Closed):
    """A strategy with one range over all backbones; null if a run diverged."""

    mean: Annotated[float | None, "of the accuracies"]
    variance: Annotated[float | None, "of the accuracies, the paper's measure of reliability; null with one backbone"]


class AuditFound(Closed):
    """What the range of pixels does."""

    fed: Annotated[Literal["unit", "native"], "the study's own range"]
    backbones: Annotated[dict[str, AuditedBackbone], "to each backbone, by its key"]
    over_backbones: Annotated[dict[str, dict[str, AuditedColumn]], "over all of them, by strategy and range"]


@part
class Audit(JsonFile):
    """The range audit. The file is what was found itself."""

    called: ClassVar[str] = "range audit"
    place: ClassVar[str] = "results/tables/audit.json"
    writer: ClassVar[str] = "audit"
    root: ClassVar[str] = "found"

    found: Annotated[AuditFound, "of all backbones"]
