"""Commands of `search.method: halving`: `promote` plans a round, `halve` says what all rounds found."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..candidates.table import LayerTable
from ..errors import BlocktuneError
from ..runs.files import read_json, write_json
from ..runs.history import accuracies
from ..runs.plan import read_plan, write_plan
from ..runs.store import Store
from ..search.halving import Halved, halve, rungs
from ..search.ranking import searched_candidates
from ..settings.load import validate
from ..settings.model import Settings
from .common import existing_study, path_flag, planning_flags, run_records, settings_of_row


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file."""
    promote = commands.add_parser("promote", help="plan a round of halving")
    planning_flags(promote)
    path_flag(promote, "--plan", "the search's plan")
    path_flag(promote, "--runs", "records of the rounds before", required=False, many=True)
    promote.add_argument("--round", type=int, required=True, metavar="N", help="which round, counted from 1")
    promote.add_argument("--store", type=Path, required=True, metavar="FOLDER", help="folder of finished runs")
    path_flag(promote, "--output", "the round's plan to write")
    promote.set_defaults(func=_promote)

    scores = commands.add_parser("halve", help="score candidates by how far halving went with them")
    path_flag(scores, "--settings", "the study's settings")
    path_flag(scores, "--plan", "the search's plan")
    path_flag(scores, "--runs", "records of all rounds", many=True)
    path_flag(scores, "--output", "the scores to write")
    scores.set_defaults(func=_scores)


def _promote(options: argparse.Namespace) -> None:
    settings = settings_of_row(options)
    table, plan = LayerTable.read(options.layers), read_plan(options.plan)
    study = existing_study(settings, options)
    halving = settings.search.halving
    ends = [rung.epochs for rung in rungs(settings.training.epochs, 1, halving.factor, halving.first_epochs)]
    if not 1 <= options.round <= len(ends):
        raise BlocktuneError(f"--round {options.round}: these settings have rounds 1 to {len(ends)}")
    histories = _histories(options.runs or [])
    found = halve(histories, plan, settings, rounds=options.round - 1)
    chosen = [candidate for candidate, run in searched_candidates(plan) if run in found.alive]
    epochs = (0, *ends)[options.round - 1 : options.round + 1]
    write_plan(options.output, study.plan(f"rung{options.round}", "search", table, chosen, epochs))
    # Who was dropped is not gone on with; a finished run has no checkpoint
    for run in set(histories) - found.alive:
        Store(options.store).checkpoint(run).unlink(missing_ok=True)
    for said in found.undecided_words():
        print(f"{plan['backbone']}: {said}")
    print(f"{plan['backbone']}: round {options.round}: {len(found.alive)} runs train until epoch {epochs[1]}")


def _scores(options: argparse.Namespace) -> None:
    settings = validate(Settings, read_json(options.settings))
    plan = read_plan(options.plan)
    found = halve(_histories(options.runs), plan, settings, _diverged(options.runs))
    said = found.undecided_words()
    details = {
        "rounds": [{"epochs": epochs, "runs": runs} for epochs, runs in found.rungs],
        "undecided": said,
        "runs": _by_run(found),
    }
    write_json(
        options.output,
        {
            "method": "halving",
            "backbone": plan["backbone"],
            "seed": settings.seed,
            "epochs": sum(found.epochs_by_run.values()),
            "scores": [{"layers": list(layers), "score": value} for layers, value in found.scores().items()],
            "details": details,
        },
    )
    rounds = ", ".join(f"{runs} runs until epoch {epochs}" for epochs, runs in found.rungs)
    print("\n".join(f"{plan['backbone']}: {line}" for line in [f"halving: {rounds}", *said]))


def _histories(files: Iterable[Path]) -> dict[str, list[float]]:
    """Validation accuracies by run; a run that trained in several rounds has its longest history last."""
    return {record["run"]: accuracies(record["history"]) for record in _records(files)}


def _diverged(files: Iterable[Path]) -> set[str]:
    return {record["run"] for record in _records(files) if record["metrics"]["diverged"]}


def _records(files: Iterable[Path]) -> list[dict[str, Any]]:
    return sorted(run_records(files), key=lambda record: record["metrics"]["epochs"])


def _by_run(found: Halved) -> list[dict[str, Any]]:
    rows = {row["run"]: row for ranked in found.ranking.values() for row in ranked}
    return [{name: rows[run][name] for name in ("run", "layers", "epochs", "accuracy")} for run in sorted(rows)]
