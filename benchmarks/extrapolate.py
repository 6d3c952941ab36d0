"""From some whole jobs of a search to all of it: each sampled job stands for its share of the search, by depth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from blocktune.files.plan import Plan

HOW = (
    "The plan's jobs, in the order of depth, were cut into as many neighbouring groups as jobs were sampled, and the "
    "middle job of each group was trained whole. A job of ours, its start with it, counts as often as its group has "
    "runs for each run of its own; its wall time is divided by the cores, since so many jobs run side by side. The "
    "loop's mean over the same runs counts once for each candidate of the group, also for those that are one run of "
    "ours; its start counts once. What Snakemake itself takes is not in (overhead.json)."
)
"""How the whole search's cost follows from the sample's; written into the result."""


@dataclass(frozen=True)
class Sampled:
    """A job that is trained, and what it stands for.

    Attributes:
        job: its name.
        runs: ids of its runs.
        of_runs: how many runs its group has.
        of_candidates: how many candidates these are, of which several may be one run.
    """

    job: str
    runs: tuple[str, ...]
    of_runs: int
    of_candidates: int


def sample_jobs(plan: Plan, count: int) -> list[Sampled]:
    """Return so many whole jobs of a plan, spread over the depth; all of them if it has no more."""
    # A plan's file has them in the order of their names
    jobs = sorted(plan.jobs, key=lambda job: (_depth(plan, job), job))
    candidates = [entry.run for entry in plan.candidates]
    found = []
    for places in np.array_split(np.arange(len(jobs)), min(count, len(jobs))):
        group = {run for place in places for run in plan.jobs[jobs[place]]}
        middle = jobs[places[len(places) // 2]]
        of_candidates = sum(run in group for run in candidates)
        found.append(Sampled(middle, tuple(plan.jobs[middle]), len(group), of_candidates))
    return found


def _depth(plan: Plan, job: str) -> float:
    """Mean of the first layers that a job's runs train; the head alone lies above all layers."""
    layers = [layer for spec in plan.runs.values() for layer in spec.unfrozen]
    above = max(layers, default=0) + 1
    return float(np.mean([min(plan.runs[run].unfrozen, default=above) for run in plan.jobs[job]]))


def all_of_ours(sample: Sequence[Sampled], seconds: Mapping[str, float]) -> float:
    """Return the seconds of all jobs of the search, one after the other; `seconds`: of the sampled jobs, by name."""
    return sum(seconds[one.job] * one.of_runs / len(one.runs) for one in sample)


def all_of_the_loop(sample: Sequence[Sampled], seconds: Mapping[str, float], start: float) -> float:
    """Return the seconds of the loop over all candidates; `seconds`: by run, `start`: what it takes beside, once."""
    means = [(one.of_candidates, float(np.mean([seconds[run] for run in one.runs]))) for one in sample]
    return start + sum(count * mean for count, mean in means)
