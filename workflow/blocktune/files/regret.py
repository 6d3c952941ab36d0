"""What cheaper searches would have cost and lost, against finished exhaustive ones."""

from typing import Annotated, ClassVar

from .kind import Closed, JsonFile, part


class WinnerRegret(Closed):
    """What a method's winner of a strategy loses on a backbone with a seed."""

    backbone: Annotated[str, "its key"]
    seed: Annotated[int, "of the study"]
    candidate: Annotated[int, "number of the method's winner"]
    oracle_candidate: Annotated[int, "number of the candidate that is best over all seeds"]
    regret_points: Annotated[float, "accuracy of the oracle minus that of the winner, in points"]


class Regret(Closed):
    """What a method loses: means over backbones, each of them with the mean of its seeds and strategies."""

    regret_points: Annotated[float | None, "accuracy of the oracle minus that of the winner, in points"]
    regret_interval: Annotated[list[float] | None, "95 % interval over backbones; null with fewer than five"]
    spearman: Annotated[
        float | None, "rank correlation of the method's scores and the truth; null where it is undefined"
    ]
    accuracy: Annotated[float | None, "of the winner, with the seeds that did not choose it"]
    oracle_accuracy: Annotated[float | None, "of the oracle, likewise"]
    top_overlap: Annotated[
        dict[str, float | None], "share of the best single layers that the method names, by how many of them"
    ]
    pairs: Annotated[int, "of a backbone and a seed, how many there are"]
    backbones: Annotated[int, "how many there are"]


class StrategyRegret(Regret):
    """What a method loses with a strategy."""

    winners: Annotated[list[WinnerRegret], "with each backbone and seed"]


class MethodRegret(Regret):
    """What a method loses, and what it costs."""

    cost_share: Annotated[float, "its processor seconds over those of the exhaustive search"]
    epoch_share: Annotated[float, "its epochs over those of the exhaustive search"]
    per_strategy: Annotated[dict[str, StrategyRegret], "the same with each strategy alone"]


class OracleAccuracy(Closed):
    """The best candidate of a strategy over all seeds."""

    accuracy: Annotated[float | None, "with the seeds that did not choose a winner; null without candidates"]


class Oracle(OracleAccuracy):
    """The candidates that are best over all seeds."""

    regret_points: Annotated[float, "0"]
    per_strategy: Annotated[dict[str, OracleAccuracy], "of each strategy"]
    pairs: Annotated[int, "of a backbone and a seed, how many there are"]


class ChanceRegret(Closed):
    """What a candidate at random loses."""

    regret_points: Annotated[float | None, "accuracy of the oracle minus its own, in points"]
    accuracy: Annotated[float | None, "mean over all candidates"]


class Chance(ChanceRegret):
    """What candidates at random lose."""

    per_strategy: Annotated[dict[str, ChanceRegret], "of each strategy"]
    pairs: Annotated[int, "of a backbone and a seed, how many there are"]


class RegretFound(Closed):
    """Methods beside the exhaustive search."""

    strategies: Annotated[list[str], "that were searched"]
    methods: Annotated[
        dict[str, MethodRegret],
        "each of them, by its name; the exhaustive search is one where a backbone has two seeds",
    ]
    oracle: Annotated[Oracle, "what could be had"]
    chance: Annotated[Chance, "the floor"]
    out_of_seed: Annotated[
        bool, "whether every backbone has two seeds, so that no winner is scored by the seed that chose it"
    ]
    notes: Annotated[list[str], "what a reader must know"]


@part
class RegretReport(JsonFile):
    """A comparison of searches. The file is what was found itself."""

    called: ClassVar[str] = "comparison of searches"
    place: ClassVar[str] = "results/regret.json"
    writer: ClassVar[str] = "regret"
    root: ClassVar[str] = "found"

    found: Annotated[RegretFound, "of all methods"]
