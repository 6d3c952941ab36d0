"""What the factor study trains in all, said before anything trains."""

from collections.abc import Sequence
from math import prod
from typing import Any

from ..runs.plan import Plan
from ..runs.spec import RunSpec
from ..runs.store import Store
from ..search.schedule import strategy_columns
from ..settings.model import Settings
from .arms import OWN, arms
from .cells import STRATEGIES, cells
from .collect import WHERE

_CROSSED = ("learning_rate", "photographs", "optimizer", "batch_norm", "target")


def design_of(settings: Settings, plans: Sequence[Plan]) -> dict[str, Any]:
    """Return the design as plain data.

    Args:
        settings: the study's.
        plans: of every arm of every backbone.

    Returns:
        `study`, `classes` (how many), `design`, `runs` (distinct ones), `grid_runs` (as many as all levels crossed
        would take), `estimated_seconds` (of one processor core), `seeds`, `strategies`, `reference` and `levels` of
        each factor, and `notes`.
    """
    seconds: dict[str, float] = {}
    for plan in plans:
        each = plan["estimated_seconds"] / max(len(plan["runs"]), 1)
        seconds |= dict.fromkeys(plan["runs"], each)
    levels = _levels(settings, plans)
    backbones = len({plan["backbone"] for plan in plans})
    crossed = prod(len(levels.get(factor, [""])) for factor in _CROSSED)
    beside = sum(len(levels[factor]) for factor in ("imbalance", "source") if factor in levels)
    return {
        "study": settings.study,
        "classes": next(spec["classes"] for plan in plans for spec in plan["runs"].values()),
        "design": settings.factors.design,
        "runs": len(seconds),
        "grid_runs": (crossed + beside) * len(STRATEGIES) * settings.factors.seeds * backbones,
        "estimated_seconds": round(sum(seconds.values())),
        "seeds": [settings.seed + number for number in range(settings.factors.seeds)],
        "strategies": list(STRATEGIES),
        "reference": _references(settings, plans),
        "levels": levels | {WHERE: strategy_columns(settings)},
        "notes": _notes(settings, plans),
    }


def varied_factors(settings: Settings) -> set[str]:
    """Return the factors with more than one level, known before anything is planned.

    BatchNormalization's policy is among them although a study's backbones may have no such layers.
    """
    levels: dict[str, set[str]] = {WHERE: {*strategy_columns(settings)}}
    for backbone in settings.backbones:
        found = arms(settings, backbone)
        others = tuple(name for name in ("target", "source") if any(arm.factor == name for arm in found))
        for cell in (cell for arm in found for cell in cells(settings, arm, True, others)):
            if cell.factor != "grid":
                levels.setdefault(cell.factor, set()).add(cell.level)
                continue
            for factor in _CROSSED[:-1]:
                levels.setdefault(factor, set()).add(str(getattr(cell, factor)))
            levels.setdefault("target", set()).add(cell.level.split(":")[0])
    return {factor for factor, there in levels.items() if len(there) > 1}


def design_words(design: dict[str, Any], plans: Sequence[Plan], store: Store, cores: int) -> str:
    """Return the design for people: runs, those that are done, time."""
    specs = {run: RunSpec.from_json(spec) for plan in plans for run, spec in plan["runs"].items()}
    done = sum(store.has(spec) and store.measures(run) is not None for run, spec in specs.items())
    left = design["estimated_seconds"] * (1 - done / max(len(specs), 1)) / cores
    lines = [
        f"factors: {design['design']} design, {design['runs']} runs (all levels crossed: {design['grid_runs']}), "
        f"{done} of them done; about {left / 60:.0f} minutes on {cores} core(s)",
        *(f"  {factor}: {', '.join(levels)}" for factor, levels in design["levels"].items()),
        *(f"  {note}" for note in design["notes"]),
    ]
    return "\n".join(lines)


def _levels(settings: Settings, plans: Sequence[Plan]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for plan in plans:
        for cell in plan["cells"]:
            if cell["factor"] != "grid":
                found.setdefault(cell["factor"], {})[cell["level"]] = None
                continue
            for factor in _CROSSED[:-1]:
                value = cell[factor]
                found.setdefault(factor, {})[f"{value:g}" if factor == "learning_rate" else str(value)] = None
            found.setdefault("target", {})[plan["level"]] = None
    return {factor: list(levels) for factor, levels in found.items()}


def _references(settings: Settings, plans: Sequence[Plan]) -> dict[str, str]:
    training, factors = settings.training, settings.factors
    found = {
        "learning_rate": f"{training.learning_rate:g}",
        "photographs": str(factors.reference_photographs),
        "optimizer": training.optimizer,
        "batch_norm": training.batch_norm,
        "target": OWN,
        "source": OWN,
    }
    if factors.imbalance.ratios:
        found["imbalance"] = f"{min(factors.imbalance.ratios):g}"
    return {factor: level for factor, level in found.items() if factor in _levels(settings, plans)}


def _notes(settings: Settings, plans: Sequence[Plan]) -> list[str]:
    notes = [
        "the best block is that of the study's search, found with the study's own settings; it is not searched for "
        "again at every level"
    ]
    if settings.factors.source.classes and not any(plan["factor"] == "source" for plan in plans):
        notes.append("categories of the source are left out: only backbones that the workflow pre-trains have them")
    if any(plan["factor"] == "source" for plan in plans):
        notes.append("fewer pictures of the source also mean fewer steps of pre-training: its epochs are the same")
    without = {plan["title"] for plan in plans if plan["arm"] == OWN and not _has(plan, "batch_norm")}
    if settings.factors.batch_norm and settings.factors.design == "screening" and without:
        notes.append(f"without BatchNormalization layers: {', '.join(sorted(without))}")
    if settings.training.counts == "best":
        notes.append("scores are those of the best epoch, what was measured on tuned networks of the last one")
    return notes


def _has(plan: Plan, factor: str) -> bool:
    return any(cell["factor"] == factor for cell in plan["cells"])
