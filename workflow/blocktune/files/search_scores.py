"""Scores of a search that does not train every candidate to its end."""

from typing import Any, ClassVar

from .kind import JsonFile, part


@part
class LayersScore:
    """The score of a set of layers.

    Attributes:
        layers: indices of the layers with weights, ascending.
        score: higher is better, comparable within a strategy; null where there is none.
    """

    layers: tuple[int, ...]
    score: float | None


@part(kw_only=True)
class SearchScores(JsonFile):
    """What every such search finds.

    Attributes:
        method: `search.method`.
        backbone: key of the backbone in this repeat.
        seed: of the study.
        epochs: how many were trained in all.
    """

    method: str
    backbone: str
    seed: int
    epochs: int


@part(kw_only=True)
class LayersScores(SearchScores):
    """What a search finds that scores sets of layers.

    Attributes:
        scores: of each set of layers.
    """

    scores: tuple[LayersScore, ...]

    @property
    def by_layers(self) -> dict[tuple[int, ...], float | None]:
        """The scores by indices of layers."""
        return {entry.layers: entry.score for entry in self.scores}


@part(kw_only=True)
class ScorerScores(LayersScores):
    """Scores of a method that trains no candidate.

    Attributes:
        cpu_seconds: processor time that scoring took.
        details: whatever the method has to say.
    """

    called: ClassVar[str] = "list of scores of a search method"
    place: ClassVar[str] = "results/search/{backbone}/scores-{method}.json"
    writer: ClassVar[str] = "proxy"

    cpu_seconds: float
    # A method of one's own says what it likes
    details: dict[str, Any]


@part
class HalvingRound:
    """A round of halving.

    Attributes:
        epochs: how many its runs have behind them at its end.
        runs: how many trained in it.
    """

    epochs: int
    runs: int


@part
class HalvedRun:
    """How far halving went with a run.

    Attributes:
        run: its id.
        layers: indices of the layers that it unfreezes.
        epochs: how many it trained.
        accuracy: what it had then on the validation set; null if it diverged.
    """

    run: str
    layers: tuple[int, ...]
    epochs: int
    accuracy: float | None


@part
class HalvingDetails:
    """What all rounds of halving found.

    Attributes:
        rounds: all of them.
        undecided: of every round that discarded nobody which one and why, in words.
        runs: how far each run came.
    """

    rounds: tuple[HalvingRound, ...]
    undecided: tuple[str, ...]
    runs: tuple[HalvedRun, ...]


@part(kw_only=True)
class HalvingScores(LayersScores):
    """Scores by how far halving went with candidates.

    Attributes:
        details: what the rounds found.
    """

    called: ClassVar[str] = "list of scores of a search by halving"
    place: ClassVar[str] = "results/search/{backbone}/scores-halving.json"
    writer: ClassVar[str] = "halve"

    details: HalvingDetails
