"""Trainings: the runs of one job."""

from pathlib import Path
from typing import Annotated

from ..errors import BlocktuneError
from ..files.plan import ArmPlan
from ..files.record import JobRecord, RunRecord
from ..files.spec import RunSpec
from ..training.dry import run_dry_job
from .shared import Limits, Training
from .signature import Variable, step


@step("measures")
def train(
    training: Training,
    limits: Limits,
    job: Annotated[str, "name of the job in the plan"],
    store: Annotated[Path, "folder of finished runs"],
    output: Annotated[Path, "the records of the job's runs to write"],
    dry_seconds: Annotated[
        float | None, Variable("BLOCKTUNE_DRY_SECONDS"), "sleep so many seconds instead of each training"
    ],
    compare: Annotated[
        int | None, "also measure what fine-tuning changed: weights, calibration, features on so many images"
    ] = None,
) -> None:
    """Train the runs of one job, or take them from the store."""
    plan = training.plan
    if job not in plan.jobs:
        raise BlocktuneError(
            f"--job {job}: the plan of {plan.backbone}, stage {plan.stage}, has no such job; "
            f"it has {len(plan.jobs)} others"
        )
    specs = [plan.runs[run] for run in plan.jobs[job]]
    if dry_seconds is None:
        records = _trained(specs, training, limits, store, compare)
    else:
        records = run_dry_job(specs, store, dry_seconds)
    JobRecord(job, tuple(records)).write(output)


def _trained(
    specs: list[RunSpec], training: Training, limits: Limits, store: Path, compare: int | None
) -> list[RunRecord]:
    from ..training.process import one_thread_per_process

    one_thread_per_process()
    gpus, (minutes, memory_gb) = training.gpus.settled(), limits.settled()
    from ..training.job import Job, run_job
    from ..training.limits import RunLimits

    plan = training.plan
    job = Job(
        layers=training.layers,
        prepared=training.dataset.parent,
        splits=training.splits,
        stage=plan.stage,
        store=store,
        pretrained=training.pretrained,
        memory_gb=training.memory_gb,
        pause_after=plan.pause_after,
        compared=compare,
        rows=plan.rows if isinstance(plan, ArmPlan) else {},
        gpus=gpus,
        limits=RunLimits(minutes, memory_gb),
    )
    return run_job(specs, job)
