"""The rounds of `search.method: halving`: `promote` plans a round, `halve` says what all rounds found."""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Annotated

from ..errors import BlocktuneError
from ..files.plan import Plan
from ..files.record import RunRecord
from ..files.search_scores import HalvedRun, HalvingDetails, HalvingRound, HalvingScores, LayersScore
from ..runs.store import Store
from ..search.halving import Halved
from ..search.halving import halve as halved
from ..search.ranking import searched_candidates
from ..search.rounds import Rules
from .shared import Planning, SettingsFile, run_records
from .signature import step


@step("planning")
def promote(
    planning: Planning,
    plan: Annotated[Plan, "the search's plan"],
    round: Annotated[int, "which round, counted from 1"],
    store: Annotated[Path, "folder of finished runs"],
    output: Annotated[Path, "the round's plan to write"],
    runs: Annotated[list[Path] | None, "records of the rounds before"] = None,
) -> None:
    """Plan a round of halving."""
    settings = planning.own_settings
    ends = Rules.of(settings).ends
    if not 1 <= round <= len(ends):
        raise BlocktuneError(f"--round {round}: these settings have rounds 1 to {len(ends)}")
    records = _records(runs or [])
    found = halved(records, plan, settings, rounds=round - 1)
    chosen = [candidate for candidate, run in searched_candidates(plan) if run in found.alive]
    epochs = (0, *ends)[round - 1 : round + 1]
    planning.planner().plan(f"rung{round}", "search", planning.layers, chosen, epochs).write(output)
    # What was dropped is not resumed; a finished run has no checkpoint
    for run in set(records) - found.alive:
        Store(store).checkpoint(run).unlink(missing_ok=True)
    for said in found.undecided_words():
        print(f"{plan.backbone}: {said}")
    print(f"{plan.backbone}: round {round}: {len(found.alive)} runs train until epoch {epochs[1]}")


@step("planning")
def halve(
    settings: SettingsFile,
    plan: Annotated[Plan, "the search's plan"],
    runs: Annotated[list[Path], "records of all rounds"],
    output: Annotated[Path, "the scores to write"],
) -> None:
    """Score candidates by how far halving went with them."""
    found = halved(_records(runs), plan, settings)
    said = found.undecided_words()
    rounds = tuple(HalvingRound(epochs, runs) for epochs, runs in found.rungs)
    HalvingScores(
        method="halving",
        backbone=plan.backbone,
        seed=settings.seed,
        epochs=sum(found.epochs_by_run.values()),
        scores=tuple(LayersScore(layers, value) for layers, value in found.scores().items()),
        details=HalvingDetails(rounds, tuple(said), _by_run(found)),
    ).write(output)
    trained = ", ".join(f"{entry.runs} runs until epoch {entry.epochs}" for entry in rounds)
    print("\n".join(f"{plan.backbone}: {line}" for line in [f"halving: {trained}", *said]))


def _records(files: Iterable[Path]) -> dict[str, RunRecord]:
    """Records by run; of a run that trained in several rounds that of the last one."""
    by_length = sorted(run_records(files), key=lambda record: record["metrics"]["epochs"])
    return {record["run"]: record for record in by_length}


def _by_run(found: Halved) -> tuple[HalvedRun, ...]:
    rows = {row["run"]: row for ranked in found.ranking.values() for row in ranked}
    names = [field.name for field in fields(HalvedRun)]
    return tuple(HalvedRun(**{name: rows[run][name] for name in names}) for run in sorted(rows))
