"""Scores of a search that does not train every candidate to its end."""

from typing import Annotated, Any, ClassVar

from .kind import JsonFile, part


@part
class LayersScore:
    """The score of a set of layers."""

    layers: Annotated[tuple[int, ...], "indices of the layers with weights, ascending"]
    score: Annotated[float | None, "higher is better, comparable within a strategy; null where there is none"]


@part(kw_only=True)
class SearchScores(JsonFile):
    """What every such search finds."""

    method: Annotated[str, "`search.method`"]
    backbone: Annotated[str, "key of the backbone in this repeat"]
    seed: Annotated[int, "of the study"]
    epochs: Annotated[int, "how many were trained in all"]


@part(kw_only=True)
class LayersScores(SearchScores):
    """What a search finds that scores sets of layers."""

    scores: Annotated[tuple[LayersScore, ...], "of each set of layers"]

    @property
    def by_layers(self) -> dict[tuple[int, ...], float | None]:
        """The scores by indices of layers."""
        return {entry.layers: entry.score for entry in self.scores}


@part(kw_only=True)
class ScorerScores(LayersScores):
    """Scores of a method that trains no candidate."""

    called: ClassVar[str] = "list of scores of a search method"
    place: ClassVar[str] = "results/search/{backbone}/scores-{method}.json"
    writer: ClassVar[str] = "proxy"

    cpu_seconds: Annotated[float, "processor time that scoring took"]
    # A method of one's own says what it likes
    details: Annotated[dict[str, Any], "whatever the method has to say"]


@part
class HalvingRound:
    """A round of halving."""

    epochs: Annotated[int, "how many its runs have behind them at its end"]
    runs: Annotated[int, "how many trained in it"]


@part
class HalvedRun:
    """How far halving went with a run."""

    run: Annotated[str, "its id"]
    layers: Annotated[tuple[int, ...], "indices of the layers that it unfreezes"]
    epochs: Annotated[int, "how many it trained"]
    accuracy: Annotated[float | None, "what it had then on the validation set; null if it diverged"]


@part
class HalvingDetails:
    """What all rounds of halving found."""

    rounds: Annotated[tuple[HalvingRound, ...], "all of them"]
    undecided: Annotated[tuple[str, ...], "of every round that discarded nobody which one and why, in words"]
    runs: Annotated[tuple[HalvedRun, ...], "how far each run came"]


@part(kw_only=True)
class HalvingScores(LayersScores):
    """Scores by how far halving went with candidates."""

    called: ClassVar[str] = "list of scores of a search by halving"
    place: ClassVar[str] = "results/search/{backbone}/scores-halving.json"
    writer: ClassVar[str] = "halve"

    details: Annotated[HalvingDetails, "what the rounds found"]
