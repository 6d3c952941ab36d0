"""What the factor study trains in all, said before anything trains."""

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

from ..files.design import Design
from ..files.plan import ArmPlan
from ..runs.store import Store
from ..search.schedule import strategy_columns
from ..settings.factor import OWN, text
from ..settings.model import Settings
from ..settings.varied import VARIED
from .arms import arms, factors_in
from .cells import STRATEGIES, cells
from .names import GRID, WHERE

Levels = dict[str, dict[str, None]]
"""By factor its levels, in order."""


def design_of(settings: Settings, plans: Sequence[ArmPlan]) -> Design:
    """Return the design; `plans`: of every arm of every backbone."""
    seconds: dict[str, float] = {}
    for plan in plans:
        each = plan.estimated_seconds / max(len(plan.runs), 1)
        seconds |= dict.fromkeys(plan.runs, each)
    levels = _levels((plan.level, cell) for plan in plans for cell in plan.cells)
    counts = {key: len(found) for key, found in levels.items()}
    backbones = len({plan.backbone for plan in plans})
    crossed = prod(counts.get(key, 1) for key, factor in VARIED.items() if factor.crossed)
    beside = sum(counts.get(key, 0) for key, factor in VARIED.items() if not factor.crossed)
    return Design(
        study=settings.study,
        design=settings.factors.design,
        classes=plans[0].first_spec.classes,
        runs=len(seconds),
        grid_runs=(crossed + beside) * len(STRATEGIES) * settings.factors.seeds * backbones,
        estimated_seconds=round(sum(seconds.values())),
        seeds=tuple(settings.seed + number for number in range(settings.factors.seeds)),
        strategies=tuple(STRATEGIES),
        reference={key: text(factor.reference(settings)) for key, factor in VARIED.items() if key in levels},
        levels={key: tuple(found) for key, found in levels.items()} | {WHERE: tuple(strategy_columns(settings))},
        notes=tuple(_notes(settings, plans)),
    )


def varied_factors(settings: Settings) -> set[str]:
    """Return the factors with more than one level, known before anything is planned.

    BatchNormalization's policy is among them although a study's backbones may have no such layers.
    """
    levels = _levels(
        (arm.level, cell.to_json())
        for found in (arms(settings, backbone) for backbone in settings.backbones)
        for arm in found
        for cell in cells(settings, arm, None, factors_in(found))
    )
    levels[WHERE] = dict.fromkeys(strategy_columns(settings))
    return {factor for factor, there in levels.items() if len(there) > 1}


def design_words(design: Design, plans: Sequence[ArmPlan], store: Store, cores: int) -> str:
    """Return the design for people: runs, those that are done, time."""
    specs = {run: spec for plan in plans for run, spec in plan.runs.items()}
    done = sum(store.has(spec) and store.measures(run) is not None for run, spec in specs.items())
    left = design.estimated_seconds * (1 - done / max(len(specs), 1)) / cores
    lines = [
        f"factors: {design.kind} design, {design.runs} runs (all levels crossed: {design.grid_runs}), "
        f"{done} of them done; about {left / 60:.0f} minutes on {cores} core(s)",
        *(f"  {factor}: {', '.join(levels)}" for factor, levels in design.levels.items()),
        *(f"  {note}" for note in design.notes),
    ]
    return "\n".join(lines)


def _levels(listed: Iterable[tuple[str, Mapping[str, Any]]]) -> Levels:
    """Return the levels of cells, each with the level of its arm."""
    found: Levels = {}
    for arm, cell in listed:
        if cell["factor"] != GRID:
            found.setdefault(cell["factor"], {})[cell["level"]] = None
            continue
        for key, factor in VARIED.items():
            if factor.crossed:
                found.setdefault(key, {})[arm if factor.in_arms else text(cell[key])] = None
    return found


def _notes(settings: Settings, plans: Sequence[ArmPlan]) -> list[str]:
    notes = [
        "the best block is that of the study's search, found with the study's own settings; it is not searched for "
        "again at every level"
    ]
    if settings.factors.source.classes and not any(plan.factor == "source" for plan in plans):
        notes.append("categories of the source are left out: only backbones that the workflow pre-trains have them")
    if any(plan.factor == "source" for plan in plans):
        notes.append("fewer pictures of the source also mean fewer steps of pre-training: its epochs are the same")
    for key, factor in VARIED.items():
        without = {plan.title for plan in plans if plan.arm == OWN and not _has(plan, key)}
        if factor.needs and factor.asked(settings) and settings.factors.design == "screening" and without:
            notes.append(f"without {factor.needs}: {', '.join(sorted(without))}")
    if settings.training.counts == "best":
        notes.append("scores are those of the best epoch, what was measured on fine-tuned networks of the last one")
    return notes


def _has(plan: ArmPlan, factor: str) -> bool:
    return any(cell["factor"] == factor for cell in plan.cells)
