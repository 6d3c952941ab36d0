"""Trainings on request only: the factor study (`snakemake factors`), the table of arms, the audit of pixel ranges."""

from collections.abc import Iterator
from typing import NamedTuple

from ..files.plan import Planned
from ..settings.model import Settings
from .files import StudyFiles
from .progress import Requested, Tally
from .states import RunStates

FACTORS = "factor study"
AUDIT = "audit"
ARMS = "table of arms"


class RequestedPlan(NamedTuple):
    """A plan that belongs to something on request.

    Attributes:
        what: `FACTORS`, `ARMS` or `AUDIT`.
        key: of the backbone's files.
        stage: the plan's path below them, without the ending.
    """

    what: str
    key: str
    stage: str
    plan: Planned


def requested_plans(files: StudyFiles, settings: Settings) -> Iterator[RequestedPlan]:
    """Yield what was planned on request."""
    stages_of = [
        *((FACTORS, backbone.key, files.arms(backbone.key)) for backbone in settings.backbones),
        *((ARMS, repeat.key, ["arms/all"]) for repeat in settings.backbone_repeats),
        *((AUDIT, repeat.key, files.stages(repeat.key, settings)) for repeat in settings.audit_repeats),
    ]
    for what, key, stages in stages_of:
        for stage, plan in files.plans(key, stages):
            yield RequestedPlan(what, key, stage, plan)


def count_requested(plans: list[RequestedPlan], now: RunStates) -> tuple[list[Requested], dict[str, str]]:
    """Count the runs of everything that was planned on request; return the counts, and every run's state."""
    found: dict[str, dict[str, str]] = {}
    seconds: dict[str, float] = {}
    for what, key, stage, plan in plans:
        # A run of the factor study is done when its fine-tuned network was measured, too
        states = dict(now.of_plan(key, stage, plan, measured=what == FACTORS))
        found.setdefault(what, {}).update(states)
        seconds |= dict.fromkeys(states, plan.estimated_seconds / max(len(states), 1))
    counts = [Requested(what, Tally.of(states.values()), _left(states, seconds)) for what, states in found.items()]
    return counts, {run: state for states in found.values() for run, state in states.items()}


def _left(states: dict[str, str], seconds: dict[str, float]) -> float:
    """What open runs take; on the average one that is running is half through."""
    share = {"done": 0.0, "running": 0.5}
    return sum(share.get(state, 1.0) * seconds[run] for run, state in states.items())


def jobs_on_request(plans: list[RequestedPlan]) -> set[str]:
    """Return the names of all jobs that were planned on request, as failures name them."""
    return {f"train/{key}/{stage}/{job}" for _, key, stage, plan in plans for job in plan.jobs}
