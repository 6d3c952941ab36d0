"""From candidates to the plan of a stage (`files.plan`): the runs they need, and the jobs that train them."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from ..candidates.candidate import Candidate
from ..files.layers import LayerTable
from ..files.plan import Plan, PlannedCandidate
from ..files.spec import RunSpec
from .estimate import STARTUP_SECONDS

RunsPerJob = int | Literal["auto"]

# `runs_per_job: auto` fills a job until the start-up of Keras takes less than this share of it
STARTUP_SHARE = 0.1


def make_plan(
    stage: str,
    table: LayerTable,
    candidates: Sequence[Candidate],
    spec_of: Callable[[Candidate], RunSpec],
    runs_per_job: RunsPerJob = 1,
    seconds_of: Callable[[tuple[int, ...]], float] = lambda _: 0.0,
    trained: Callable[[Candidate], bool] = lambda _: True,
    pause_after: int | None = None,
) -> Plan:
    """Return the plan of a stage; candidates that unfreeze the same weights share one run.

    Args:
        stage: see `Plan`.
        table: the backbone's layers.
        candidates: in search order, strategy after strategy.
        spec_of: gives the specification of the run that trains a candidate.
        runs_per_job: trainings that share one start-up of Keras; `auto` fills jobs until the start-up is under a tenth.
        seconds_of: estimates how long training a set of layers takes, for `auto`.
        trained: which candidates are trained; the others are only listed.
        pause_after: the runs stop after this epoch, to be resumed by a later stage.
    """
    runs: dict[str, RunSpec] = {}
    needed = set()
    listed = []
    for candidate in candidates:
        spec = spec_of(candidate)
        runs.setdefault(spec.run_id, spec)
        listed.append(_described(candidate, table, spec.run_id))
        if trained(candidate):
            needed.add(spec.run_id)
    # Neighbours in depth share a job: they need about the same time and the same frozen part. Those of one graph stand
    # together, and the id makes their order the same every time
    end = len(table.layers)
    graphs = {run: runs[run].graph for run in needed}
    order = sorted(
        needed, key=lambda run: (min(runs[run].unfrozen, default=end), runs[run].unfrozen, graphs[run] or "", run)
    )
    seconds = {run: seconds_of(runs[run].unfrozen) for run in order}
    return Plan(
        stage=stage,
        backbone=table.backbone.key,
        title=table.backbone.title,
        candidates=tuple(listed),
        runs=runs,
        pause_after=pause_after,
        jobs=jobs_of(order, runs_per_job, seconds, pause_after, graphs),
        estimated_seconds=round(sum(seconds.values())),
    )


def _described(candidate: Candidate, table: LayerTable, run: str) -> PlannedCandidate:
    weighted = [table.layers[index] for index in candidate.layers]
    return PlannedCandidate(
        strategy=candidate.strategy,
        candidate=candidate.number,
        first=candidate.first,
        last=candidate.last,
        layers=candidate.layers,
        names=tuple(layer.name for layer in weighted),
        parameters=sum(layer.parameters for layer in weighted),
        run=run,
    )


def jobs_of(
    runs: Sequence[str],
    per_job: RunsPerJob,
    seconds: Mapping[str, float],
    pause_after: int | None = None,
    graphs: Mapping[str, str | None] = {},
) -> dict[str, tuple[str, ...]]:
    """Return runs by job; a job's name says which runs it holds and how far, so that the same work has the same name.

    Args:
        runs: ids, in the order in which they are trained.
        per_job: how many share a job.
        seconds: a run's estimated time by its id, for `auto`.
        pause_after: the epoch after which runs stop, if they do.
        graphs: a run's graph by its id; `auto` leaves runs together that share one, unless they fill a job themselves:
            long runs gain little from it, and jobs can be trained at once.
    """
    chunks: list[list[str]] = []
    for run in runs:
        last = chunks[-1] if chunks else []
        alike = [one for one in last if graphs.get(run) is not None and graphs.get(one) == graphs[run]]
        stays = per_job == "auto" and bool(alike) and not _full(alike, per_job, seconds)
        if not chunks or (_full(last, per_job, seconds) and not stays):
            chunks.append([])
        chunks[-1].append(run)
    pause = "" if pause_after is None else f"x{pause_after}"
    return {(chunk[0] if len(chunk) == 1 else _job_name(chunk)) + pause: tuple(chunk) for chunk in chunks}


def _full(chunk: Sequence[str], per_job: RunsPerJob, seconds: Mapping[str, float]) -> bool:
    if per_job == "auto":
        return STARTUP_SHARE * sum(seconds[run] for run in chunk) > STARTUP_SECONDS
    return len(chunk) >= per_job


def _job_name(runs: Sequence[str]) -> str:
    return f"{len(runs)}x{hashlib.sha256(' '.join(runs).encode()).hexdigest()[:16]}"
