"""Ranking candidates by their score and choosing winners."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..candidates.candidate import Candidate
from ..errors import BlocktuneError
from ..runs.plan import Plan

SCORE_COLUMNS = (
    "backbone",
    "title",
    "stage",
    "strategy",
    "candidate",
    "first",
    "last",
    "names",
    "weighted_layers",
    "parameters",
    "run",
    "accuracy",
    "diverged",
    "rank",
)
Row = dict[str, Any]


def score_rows(
    plan: Plan, metrics: Mapping[str, Mapping[str, Any]], counts: str, stage: str | None = None
) -> list[Row]:
    """Return one row per strategy and candidate, ranked within its strategy.

    Ties go to the candidate that comes first in the search order, nearer the target end; diverged runs come last.

    Args:
        plan: the stage's plan.
        metrics: a run's metrics by its id.
        counts: `last` or `best`: which epoch's validation accuracy is the score.
        stage: the name to write down, if not the plan's own.

    Raises:
        BlocktuneError: a run of the plan has no metrics.
    """
    rows = []
    for candidate in plan["candidates"]:
        found = metrics.get(candidate["run"])
        if found is None:
            raise BlocktuneError(f"run {candidate['run']} of {plan['backbone']} ({plan['stage']}) has not been trained")
        rows.append(
            {
                "backbone": plan["backbone"],
                "title": plan["title"],
                "stage": stage or plan["stage"],
                "strategy": candidate["strategy"],
                "candidate": candidate["candidate"],
                "first": candidate["first"],
                "last": candidate["last"],
                "names": ";".join(candidate["names"]),
                "weighted_layers": len(candidate["names"]),
                "parameters": candidate["parameters"],
                "run": candidate["run"],
                "accuracy": found[f"{counts}_accuracy"],
                "diverged": int(found["diverged"]),
                "layers": candidate["layers"],
            }
        )
    for strategy in dict.fromkeys(row["strategy"] for row in rows):
        for rank, row in enumerate(ranked(rows, strategy), 1):
            row["rank"] = rank
    return rows


def ranked(rows: Iterable[Row], strategy: str) -> list[Row]:
    """Return a strategy's rows, best first."""
    mine = [row for row in rows if row["strategy"] == strategy]
    return sorted(mine, key=lambda row: (row["diverged"], -(row["accuracy"] or 0.0), row["candidate"]))


def winner(rows: Sequence[Row], strategy: str, into: str) -> Candidate:
    """Return the best candidate of a strategy as a candidate of strategy `into`."""
    best = ranked(rows, strategy)[0]
    return Candidate(into, 1, tuple(best["layers"]), best["first"], best["last"])


def scores_csv(rows: Iterable[Row]) -> str:
    """Return rows as CSV text; what is unknown stays empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, SCORE_COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
