"""What is compared: exhaustive maps, and what cheaper searches claim of the same candidates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..candidates.searched import SEARCHED
from ..errors import BlocktuneError
from ..search.ranking import ScoredRow
from ..settings.model import Settings

Scores = Mapping[tuple[str, int], float | None]


@dataclass(frozen=True)
class ExhaustiveMap:
    """The exhaustive search of one backbone with one seed.

    Attributes:
        backbone: the backbone's key.
        seed: the study's seed.
        rows: rows as `search.ranking.score_rows` gives them; only lw, bw and bwsw are looked at.
        cpu_seconds: processor time of the distinct runs behind these three strategies, without start-up.
        epochs: epochs of these runs.
    """

    backbone: str
    seed: int
    rows: Sequence[ScoredRow]
    cpu_seconds: float
    epochs: float


@dataclass(frozen=True)
class Claim:
    """What one method says of one backbone with one seed.

    Attributes:
        method: its name.
        backbone: the backbone's key.
        seed: the study's seed.
        scores: score by (strategy, candidate number), higher is better, None is worst; see `scores_by_layers` and
            `scores_by_ranking`. Equal scores go to the search order, as everywhere.
        cpu_seconds: processor time of all that the method did, without start-up.
        epochs: epochs of training.
    """

    method: str
    backbone: str
    seed: int
    scores: Scores
    cpu_seconds: float
    epochs: float


def require_comparable(settings: Settings) -> None:
    """Check that cheaper searches can be compared with a study's own.

    Raises:
        BlocktuneError: its search is not exhaustive, tries several learning rates, or scores only some epochs.
    """
    if settings.search.method != "exhaustive":
        raise BlocktuneError(
            f"search.method is {settings.search.method}: regret is measured against an exhaustive search; "
            "run the study with search.method exhaustive"
        )
    if settings.search.rates is not None:
        raise BlocktuneError(
            f"search.rates is {settings.search.rates}, but cheaper searches know one learning rate: regret compares "
            "candidates at training.learning_rate; run the study with search.rates null"
        )
    if settings.training.validate_every > 1:
        raise BlocktuneError(
            f"training.validate_every is {settings.training.validate_every}: halving is replayed on the validation "
            "accuracy of every epoch; run the study with training.validate_every 1"
        )


def scores_by_layers(rows: Iterable[ScoredRow], scores: Mapping[tuple[int, ...], float | None]) -> Scores:
    """Return scores of candidates from scores of sets of layers (graft, gradient, prior).

    Args:
        rows: the exhaustive map's rows, with `layers`.
        scores: score by indices of layers, ascending.
    """
    found = {(row["strategy"], row["candidate"]): tuple(row["layers"]) for row in rows if row["strategy"] in SEARCHED}
    return {candidate: scores[layers] for candidate, layers in found.items() if layers in scores}


def scores_by_ranking(ranking: Mapping[str, Sequence[ScoredRow]]) -> Scores:
    """Return scores from a ranking by strategy, best first (halving)."""
    return {
        (strategy, row["candidate"]): -float(rank)
        for strategy, rows in ranking.items()
        for rank, row in enumerate(rows, 1)
    }
