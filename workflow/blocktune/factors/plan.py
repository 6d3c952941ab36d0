"""The plan of an arm: its cells with every strategy and seed, the runs that these need, and the rows they see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ..candidates.table import LayerTable
from ..data.prepared import only_scored
from ..data.subsets import balanced, few, unbalanced
from ..errors import BlocktuneError
from ..runs.estimate import Work, run_seconds
from ..runs.plan import Plan, jobs_of
from ..runs.spec import Part, RunSpec, rows_digest, run_spec
from ..search.probe_classes import FEWEST
from ..search.schedule import Study
from ..settings.model import Settings
from .arms import Arm
from .cells import STRATEGIES, Cell, cells

STAGE = "factors"

# A second network, and the features of both on some photographs
_MEASURING_SECONDS = 6.0


def arm_plan(
    study: Study,
    arm: Arm,
    table: LayerTable,
    best_block: Sequence[int],
    labels: np.ndarray,
    others: tuple[str, ...] = (),
) -> Plan:
    """Return the plan of an arm.

    Args:
        study: settings and prepared data; digest and parts are those of the arm's photographs.
        arm: which.
        table: layers of the backbone with the arm's weights.
        best_block: layers of the block that the study's search chose.
        labels: int (N,), of the arm's photographs.
        others: see `cells`.

    Returns:
        As `make_plan` does, with `cells` (every cell, strategy and seed with its run) in place of candidates, and
        `rows` (the rows of every part, by digest).

    Raises:
        BlocktuneError: a class has fewer photographs than a level asks for.
    """
    settings = study.settings
    batch_norm = frozenset(layer.index for layer in table.layers if layer.type == "BatchNormalization")
    unfrozen = {
        "baseline1": (),
        "baseline2": tuple(layer.index for layer in table.layers if layer.weighted),
        "bw": tuple(best_block),
    }
    parts: dict[str, list[int]] = {}
    runs: dict[str, RunSpec] = {}
    sizes: dict[str, Part] = {}
    listed = []
    for cell in cells(settings, arm, bool(batch_norm), others):
        for number in range(settings.factors.seeds):
            seed = settings.seed + number
            part = _part(study, cell, labels, seed)
            _check_probe(settings, cell, np.bincount(labels[part.train], minlength=study.classes).min())
            for rows in (part.train, part.validation, part.test):
                if rows is not None:
                    parts.setdefault(rows_digest(rows), rows.tolist())
            for strategy in STRATEGIES:
                tuned = unfrozen[strategy]
                changed = _of_cell(settings, cell, seed, bool(batch_norm & {*tuned}))
                spec = run_spec(changed, table, study.data_digest, study.classes, part, tuned)
                runs.setdefault(spec.run_id, spec)
                sizes.setdefault(spec.run_id, part)
                listed.append(asdict(cell) | {"strategy": strategy, "seed": seed, "run": spec.run_id})
    seconds = {run: _seconds(table, spec, sizes[run]) for run, spec in runs.items()}
    # Neighbours see the same photographs and share the frozen part's features
    end = len(table.layers)
    order = sorted(runs, key=lambda run: (runs[run].train_rows, min(runs[run].unfrozen, default=end), run))
    return {
        "stage": STAGE,
        "backbone": table.backbone["key"],
        "title": table.backbone["title"],
        "arm": arm.key,
        "factor": arm.factor,
        "level": arm.level,
        "cells": listed,
        "rows": parts,
        "runs": {run: spec.to_json() for run, spec in runs.items()},
        "pause_after": None,
        "jobs": jobs_of(order, study.runs_per_job, seconds),
        "estimated_seconds": round(sum(seconds.values())),
    }


def _part(study: Study, cell: Cell, labels: np.ndarray, seed: int) -> Part:
    final, validation, test = (
        study.parts["final"],
        study.parts["validation"],
        only_scored(study.parts, "final"),
    )
    if cell.imbalance is not None:
        asked = study.settings.factors.imbalance
        total = asked.per_class * study.classes
        train = _drawn(
            "factors.imbalance", labels, final, lambda: unbalanced(labels, final, cell.imbalance, total, seed)
        )
        return Part(train, balanced(labels, validation), None if test is None else balanced(labels, test))
    if cell.photographs == "all":
        return Part(final, validation, test)
    own = cell.photographs == study.settings.factors.reference_photographs
    key = f"factors.{'reference_' if own else ''}photographs"
    return Part(_drawn(key, labels, final, lambda: few(labels, final, cell.photographs, seed)), validation, test)


def _drawn(key: str, labels: np.ndarray, rows: np.ndarray, draw: Callable[[], np.ndarray]) -> np.ndarray:
    try:
        return draw()
    except BlocktuneError as error:
        least = np.bincount(labels[rows]).min()
        raise BlocktuneError(
            f"settings: {key}: {error}; the smallest class has {least} in the part final: ask for at most {least}"
        ) from None


def _check_probe(settings: Settings, cell: Cell, smallest: int) -> None:
    """Check that a head can start as a probe; `smallest`: photographs of the smallest class that is trained on."""
    if settings.head.start == "probe" and smallest < FEWEST:
        raise BlocktuneError(
            f"settings: head.start is probe, which needs {FEWEST} photographs of each class to train on, but a class "
            f"has {smallest} at the level {cell.level} of {cell.factor} of the factor study: ask for more, or set "
            "head.start to random"
        )


def _of_cell(settings: Settings, cell: Cell, seed: int, batch_norm_trains: bool) -> Settings:
    """Return the settings of a cell's runs; a policy for layers that do not train would only rename a run."""
    policy = cell.batch_norm if batch_norm_trains else settings.training.batch_norm
    training = settings.training.model_copy(
        update={"learning_rate": cell.learning_rate, "optimizer": cell.optimizer, "batch_norm": policy}
    )
    return settings.model_copy(update={"seed": seed, "training": training})


def _seconds(table: LayerTable, spec: RunSpec, part: Part) -> float:
    training: Mapping[str, Any] = spec.training
    sizes = len(part.train), len(part.validation)
    augmented, every = "augmentation" in training, training.get("validate_every", 1)
    work = Work(*sizes, training["epochs"], training["batch_size"], augmented, every)
    return run_seconds(table, spec.unfrozen, work) + _MEASURING_SECONDS
