"""Ranking candidates by their score and choosing winners."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import NotRequired

from typing_extensions import TypedDict

from ..candidates.candidate import Candidate, planned
from ..candidates.searched import SEARCHED
from ..errors import BlocktuneError
from ..files.plan import Plan, PlannedCandidate
from ..files.record import Metrics, RunRecord
from ..files.scores import ScoreRow
from ..runs.history import validation_loss


class ScoredRow(TypedDict):
    """A candidate with its score: the columns of `files.scores.ScoreRow`, and which layers it unfreezes.

    `diverged` is 1 or 0, `names` has semicolons between them, and `rank` comes last.
    """

    backbone: str
    title: str
    stage: str
    strategy: str
    candidate: int
    first: int | None
    last: int | None
    names: str
    weighted_layers: int
    parameters: int
    run: str
    accuracy: float | None
    diverged: int
    layers: tuple[int, ...]
    learning_rate: float | None
    loss: float | None
    rank: NotRequired[int]


def score_rows(
    plan: Plan,
    records: Mapping[str, RunRecord],
    counts: str,
    stage: str | None = None,
    choose_by: str = "accuracy",
) -> list[ScoredRow]:
    """Return one row per strategy and candidate, ranked within its strategy.

    Ties go to the candidate that comes first in the search order, nearer the target end; diverged runs come last.

    Args:
        plan: the stage's plan.
        records: a run's metrics and history by its id.
        counts: `last` or `best`: which epoch gives the score; the best one is told by validation in any case.
        stage: the name to write down, if not the plan's own.
        choose_by: `accuracy` or `loss`: what ranks (`evaluation.choose_by`).

    Raises:
        BlocktuneError: a run of the plan has no record.
    """
    rows = []
    for candidate in plan.candidates:
        record = records.get(candidate.run)
        if record is None:
            raise BlocktuneError(f"run {candidate.run} of {plan.backbone} ({plan.stage}) has not been trained")
        name = stage or plan.stage
        # A search run may have a test part, where it is a final run, too; nothing is ever chosen by it
        found = record["metrics"]
        score = score_of(found, counts) if name == "final" else found[f"{counts}_accuracy"]
        loss = loss_that_ranks(record, candidate.run, plan.backbone, choose_by)
        rows.append(_row(plan, candidate, name, score, found["diverged"], loss))
    return _with_ranks(rows, choose_by)


def loss_that_ranks(record: RunRecord, run: str, backbone: str, choose_by: str) -> float | None:
    """Return a run's validation loss (`runs.history.validation_loss`).

    Raises:
        BlocktuneError: the loss chooses, and the run kept none.
    """
    loss = validation_loss(record)
    kept = "validation_losses" in record or record["metrics"]["diverged"]
    if choose_by == "loss" and loss is None and not kept:
        raise BlocktuneError(
            f"evaluation.choose_by is loss, but run {run} of {backbone} was stored by an earlier version, "
            "which kept no losses of single images: remove its folder in the store, and it trains again"
        )
    return loss


def score_of(metrics: Metrics, counts: str) -> float | None:
    """Return what a run scores at the selected epoch: on the test set if it has one, else on the validation set."""
    test = metrics.get("test")
    return test[counts]["accuracy"] if test else metrics[f"{counts}_accuracy"]


def proxy_rows(plan: Plan, scores: Mapping[tuple[int, ...], float | None]) -> list[ScoredRow]:
    """Return one row per candidate that has a score from a cheaper search, ranked within its strategy.

    What stands under `accuracy` is that score: higher is better, and it compares candidates of one strategy only.
    Scores are by the indices of a candidate's layers, None for one that could not be scored.
    """
    rows = []
    for candidate in plan.candidates:
        layers = candidate.layers
        if layers in scores and candidate.strategy in SEARCHED:
            rows.append(_row(plan, candidate, plan.stage, scores[layers], scores[layers] is None))
    return _with_ranks(rows)


def chosen_rows(plan: Plan, winners: Mapping[str, str]) -> list[ScoredRow]:
    """Return one row per strategy: that of the candidate whose run a search by rounds chose."""
    mine = [entry for entry in plan.candidates if winners.get(entry.strategy) == entry.run]
    return _with_ranks([_row(plan, entry, plan.stage, None, False) for entry in mine])


def _row(
    plan: Plan,
    candidate: PlannedCandidate,
    stage: str,
    score: float | None,
    diverged: bool,
    loss: float | None = None,
) -> ScoredRow:
    return {
        "backbone": plan.backbone,
        "title": plan.title,
        "stage": stage,
        "strategy": candidate.strategy,
        "candidate": candidate.candidate,
        "first": candidate.first,
        "last": candidate.last,
        "names": ";".join(candidate.names),
        "weighted_layers": len(candidate.names),
        "parameters": candidate.parameters,
        "run": candidate.run,
        "accuracy": score,
        "diverged": int(diverged),
        "layers": candidate.layers,
        "learning_rate": plan.runs[candidate.run].training.get("learning_rate"),
        "loss": loss,
    }


def _with_ranks(rows: list[ScoredRow], choose_by: str = "accuracy") -> list[ScoredRow]:
    def place(row: ScoredRow) -> tuple[int, float, int]:
        worth = rank_key(row["accuracy"], row["loss"], choose_by)
        return row["diverged"], worth, row["candidate"]

    for strategy in dict.fromkeys(row["strategy"] for row in rows):
        mine = [row for row in rows if row["strategy"] == strategy]
        for rank, row in enumerate(sorted(mine, key=place), 1):
            row["rank"] = rank
    return rows


def rank_key(accuracy: float | None, loss: float | None, choose_by: str) -> float:
    """Return what ranks a run on the validation images, lower is better (`evaluation.choose_by`)."""
    if choose_by == "loss":
        return math.inf if loss is None else loss
    return -(accuracy or 0.0)


def ranked(rows: Iterable[ScoredRow], strategy: str) -> list[ScoredRow]:
    """Return a strategy's rows, best first."""
    return sorted((row for row in rows if row["strategy"] == strategy), key=lambda row: row["rank"])


def searched_candidates(plan: Plan) -> Iterator[tuple[Candidate, str]]:
    """Yield the candidates of the strategies that search, each with the id of its run, in search order."""
    for entry in plan.candidates:
        if entry.strategy in SEARCHED:
            yield planned(entry), entry.run


def winner(rows: Sequence[ScoredRow], strategy: str, candidates: Iterable[Candidate]) -> Candidate:
    """Return the best candidate of a strategy by ranked rows, at its rate where candidates have rates of their own."""
    best = ranked(rows, strategy)[0]

    def is_best(candidate: Candidate) -> bool:
        rate = candidate.recipe and candidate.recipe.learning_rate
        return (candidate.strategy, candidate.number) == (strategy, best["candidate"]) and (
            rate is None or rate == best["learning_rate"]
        )

    return next(filter(is_best, candidates))


def scores_csv(rows: Iterable[ScoredRow]) -> str:
    """Return rows as CSV text; what is unknown stays empty."""
    columns = [field.name for field in fields(ScoreRow)]
    return ScoreRow.table(ScoreRow(**{name: row[name] for name in columns}) for row in rows)
