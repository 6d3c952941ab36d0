"""What cheaper searches would have cost and lost, against finished exhaustive ones."""

from typing import ClassVar

from .kind import Closed, JsonFile, part


class WinnerRegret(Closed):
    """What a method's winner of a strategy loses on a backbone with a seed.

    Attributes:
        backbone: its key.
        seed: of the study.
        candidate: number of the method's winner.
        oracle_candidate: number of the candidate that is best over all seeds.
        regret_points: accuracy of the oracle minus that of the winner, in points.
    """

    backbone: str
    seed: int
    candidate: int
    oracle_candidate: int
    regret_points: float


class Regret(Closed):
    """What a method loses: means over backbones, each of them with the mean of its seeds and strategies.

    Attributes:
        regret_points: accuracy of the oracle minus that of the winner, in points.
        regret_interval: 95 % interval over backbones; null with fewer than five.
        spearman: rank correlation of the method's scores and the truth; null where it is undefined.
        accuracy: of the winner, with the seeds that did not choose it.
        oracle_accuracy: of the oracle, likewise.
        top_overlap: share of the best single layers that the method names, by how many of them.
        pairs: of a backbone and a seed, how many there are.
        backbones: how many there are.
    """

    regret_points: float | None
    regret_interval: list[float] | None
    spearman: float | None
    accuracy: float | None
    oracle_accuracy: float | None
    top_overlap: dict[str, float | None]
    pairs: int
    backbones: int


class StrategyRegret(Regret):
    """What a method loses with a strategy.

    Attributes:
        winners: with each backbone and seed.
    """

    winners: list[WinnerRegret]


class MethodRegret(Regret):
    """What a method loses, and what it costs.

    Attributes:
        cost_share: its processor seconds over those of the exhaustive search.
        epoch_share: its epochs over those of the exhaustive search.
        per_strategy: the same with each strategy alone.
    """

    cost_share: float
    epoch_share: float
    per_strategy: dict[str, StrategyRegret]


class OracleAccuracy(Closed):
    """The best candidate of a strategy over all seeds.

    Attributes:
        accuracy: with the seeds that did not choose a winner; null without candidates.
    """

    accuracy: float | None


class Oracle(OracleAccuracy):
    """The candidates that are best over all seeds.

    Attributes:
        regret_points: 0.
        per_strategy: of each strategy.
        pairs: of a backbone and a seed, how many there are.
    """

    regret_points: float
    per_strategy: dict[str, OracleAccuracy]
    pairs: int


class ChanceRegret(Closed):
    """What a candidate at random loses.

    Attributes:
        regret_points: accuracy of the oracle minus its own, in points.
        accuracy: mean over all candidates.
    """

    regret_points: float | None
    accuracy: float | None


class Chance(ChanceRegret):
    """What candidates at random lose.

    Attributes:
        per_strategy: of each strategy.
        pairs: of a backbone and a seed, how many there are.
    """

    per_strategy: dict[str, ChanceRegret]
    pairs: int


class RegretFound(Closed):
    """Methods beside the exhaustive search.

    Attributes:
        strategies: that were searched.
        methods: each of them, by its name; the exhaustive search is one where a backbone has two seeds.
        oracle: what could be had.
        chance: the floor.
        out_of_seed: whether every backbone has two seeds, so that no winner is scored by the seed that chose it.
        notes: what a reader must know.
    """

    strategies: list[str]
    methods: dict[str, MethodRegret]
    oracle: Oracle
    chance: Chance
    out_of_seed: bool
    notes: list[str]


@part
class RegretReport(JsonFile):
    """A comparison of searches. The file is what was found itself.

    Attributes:
        found: of all methods.
    """

    called: ClassVar[str] = "comparison of searches"
    place: ClassVar[str] = "results/regret.json"
    writer: ClassVar[str] = "regret"
    root: ClassVar[str] = "found"

    found: RegretFound
