"""Scores of candidates, as `scores.csv` holds them, and the winner of each strategy."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import BlocktuneError
from ..files.plan import PlannedCandidate
from ..files.scores import ScoreRow


@dataclass(frozen=True)
class Score:
    """One candidate of one strategy, trained and scored.

    Attributes:
        backbone: Key of the backbone.
        strategy: Key of the strategy.
        candidate: Number in the order of the search, 1 first; the search starts at the head's end.
        first: Position of the candidate's first layer, None if it has no backbone layer.
        last: Position of its last layer.
        weighted_layers: How many of its layers have weights.
        parameters: How many numbers of the backbone train.
        run: The run's id.
        accuracy: Share of the validation images classified rightly, None if the run diverged.
        rank: 1 for the best of the strategy.
        names: Its layers with weights, from input to head.
        epochs: After how many epochs a search by halving dropped it, None if it was trained to the end.
        learning_rate: What it was trained at, None if unknown or if nothing was trained by steps.
        loss: Validation loss at the selected epoch, None if unknown.
    """

    backbone: str
    strategy: str
    candidate: int
    first: int | None
    last: int | None
    weighted_layers: int
    parameters: int
    run: str
    accuracy: float | None
    rank: int | None
    names: tuple[str, ...] = ()
    epochs: int | None = None
    learning_rate: float | None = None
    loss: float | None = None

    @property
    def diverged(self) -> bool:
        """Whether the run has no score because its loss left the numbers."""
        return self.accuracy is None

    @property
    def middle(self) -> float:
        """Where it stands over the depth of the network: between its first and its last layer."""
        return ((self.first or 0) + (self.last or 0)) / 2


class Scores:
    """The scores of one stage, looked up by backbone and strategy."""

    def __init__(self, rows: Iterable[Score]) -> None:
        self._rows: dict[tuple[str, str], list[Score]] = {}
        for row in rows:
            self._rows.setdefault((row.backbone, row.strategy), []).append(row)

    def of(self, backbone: str, strategy: str) -> list[Score]:
        """Every candidate of a strategy, at its best learning rate, from input to head; empty if it has not run."""
        best: dict[int, Score] = {}
        for row in sorted(self.arms(backbone, strategy), key=_place):
            best.setdefault(row.candidate, row)
        return sorted(best.values(), key=lambda row: (row.first or 0, row.last or 0))

    def arms(self, backbone: str, strategy: str) -> list[Score]:
        """Every candidate of a strategy at every learning rate, from input to head; empty if it has not run."""
        return sorted(self._rows.get((backbone, strategy), []), key=lambda row: (row.first or 0, row.last or 0))

    def winner(self, backbone: str, strategy: str) -> Score | None:
        """The best candidate of a strategy (a diverged one only if all diverged), None if it has not run."""
        return min(self._rows.get((backbone, strategy), []), key=_place, default=None)

    def accuracy(self, backbone: str, strategy: str) -> float | None:
        """Accuracy of the winner, None if there is none or it diverged."""
        winner = self.winner(backbone, strategy)
        return winner.accuracy if winner else None

    def tried(self, backbone: str, strategy: str) -> tuple[int, int]:
        """How many candidates of a strategy an exhaustive search tried, and of how many (`search.candidates`)."""
        # Candidates have the numbers of the full list, and its last one is always tried
        numbers = {row.candidate for row in self._rows.get((backbone, strategy), [])}
        return len(numbers), max(numbers, default=0)

    def joined(self, rows: Iterable[Score]) -> "Scores":
        """These scores and further ones; of a candidate whose run is in both, the one here counts."""
        here = [row for mine in self._rows.values() for row in mine]
        known = {(row.backbone, row.strategy, row.candidate, row.run) for row in here}
        more = (row for row in rows if (row.backbone, row.strategy, row.candidate, row.run) not in known)
        return Scores([*here, *more])

    def strategies(self) -> list[str]:
        """Keys of the strategies that ran, in the order of the files."""
        return list(dict.fromkeys(strategy for _, strategy in self._rows))


def _place(row: Score) -> tuple[bool, float, int]:
    """What comes before in a ranking is smaller; a candidate's runs without a rank stay in their order."""
    return row.diverged, row.rank or math.inf, row.candidate


def unranked(
    backbone: str,
    entry: PlannedCandidate,
    accuracy: float | None,
    epochs: int | None = None,
    learning_rate: float | None = None,
    loss: float | None = None,
) -> Score:
    """Return the score of a candidate that a search trained and did not choose: it has no rank."""
    return Score(
        backbone=backbone,
        strategy=entry.strategy,
        candidate=entry.candidate,
        first=entry.first,
        last=entry.last,
        weighted_layers=len(entry.names),
        parameters=entry.parameters,
        run=entry.run,
        accuracy=accuracy,
        rank=None,
        names=entry.names,
        epochs=epochs,
        learning_rate=learning_rate,
        loss=loss,
    )


def read_scores(paths: Iterable[Path], stage: str, backbones: Collection[str]) -> Scores:
    """Read the score files (`scores.csv`) of one stage, `search` or `final`, in any order.

    A file of the other stage is an error, because the two are easily exchanged.

    Raises:
        BlocktuneError: A file can't be read, is of the other stage or another backbone, or holds a value that is none.
    """
    rows: list[Score] = []
    for path in paths:
        for number, row in enumerate(ScoreRow.read(path), start=2):
            where = f"{path}, line {number}"
            if row.stage != stage:
                raise BlocktuneError(f"{where}: stage is {row.stage!r}, scores of {stage!r} are needed here")
            if row.backbone not in backbones:
                raise BlocktuneError(
                    f"{where}: no layers file was given for backbone {row.backbone!r}; given: {', '.join(backbones)}"
                )
            if row.accuracy is None and not row.diverged:
                raise BlocktuneError(f"{where}: accuracy is missing, although the run has not diverged")
            rows.append(_score(row))
    return Scores(rows)


def _score(row: ScoreRow) -> Score:
    return Score(
        backbone=row.backbone,
        strategy=row.strategy,
        candidate=row.candidate,
        first=row.first,
        last=row.last,
        weighted_layers=row.weighted_layers,
        parameters=row.parameters,
        run=row.run,
        # What it printed before it diverged is not a score
        accuracy=None if row.diverged else row.accuracy,
        rank=row.rank,
        names=tuple(name for name in row.names.split(";") if name),
        learning_rate=row.learning_rate,
        loss=row.loss,
    )
