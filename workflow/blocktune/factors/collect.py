"""What the factor study's runs found, as tables: one row for each level, strategy and seed, one for each layer."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import BlocktuneError
from ..explain import fields_of
from ..files.factor_tables import LayerRow, ResponseRow
from ..files.layers import LayerTable
from ..files.plan import ArmPlan, Plan, Planned
from ..files.record import RunRecord
from ..runs.store import MEASURES_VERSION
from ..search.ranking import score_of
from ..settings.factor import OWN, text
from ..settings.model import Settings
from ..settings.varied import VARIED
from .measured import MEASURED, Response
from .names import WHERE

_FIXED = list(fields_of(ResponseRow))
_AFTER = _FIXED.index("diverged")
RESPONSES = (
    *_FIXED[:_AFTER],
    *(name for response in MEASURED.values() for name in response.columns),
    *(*_FIXED[_AFTER:], *VARIED),
)
"""Columns of `responses.csv`."""


def check_measures(records: Iterable[RunRecord]) -> None:
    """Check that runs were measured by this version: measures of several versions can't be set side by side.

    Raises:
        BlocktuneError: a run was measured by another version.
    """
    for record in records:
        version = record.get("measures_version", 1)
        if record.get("measures") and version != MEASURES_VERSION:
            raise BlocktuneError(
                f"run {record['run']} was measured by version {version} of the measures, this is version "
                f"{MEASURES_VERSION}: call the same again, and it is trained once more to be measured"
            )


def responses(plans: Sequence[ArmPlan], records: Mapping[str, RunRecord], counts: str) -> Iterator[ResponseRow]:
    """Yield a row for each cell, strategy and seed of the arms' plans.

    Args:
        plans: of arms, in any order.
        records: of their runs, by id.
        counts: `last` or `best`: which epoch gives the score.

    Raises:
        BlocktuneError: a response has a value that it can't have.
    """
    for plan in plans:
        for entry in plan.cells:
            spec = plan.runs[entry["run"]]
            scored = len(plan.rows[spec.test_rows or spec.validation_rows])
            value = entry["value"]
            if entry["factor"] == "images" and value is None:
                # All there are, of each class on an average
                value = len(plan.rows[spec.train_rows]) / spec.classes
            arms = {key: plan.level if plan.factor == key else OWN for key in VARIED}
            yield _row(plan, arms | entry | {"value": value}, records[entry["run"]], scored, counts)


def strategies_of_the_study(
    plans: Sequence[Plan], records: Mapping[str, RunRecord], settings: Settings, scored: int
) -> Iterator[ResponseRow]:
    """Yield a row for each strategy of the study's final runs: where fine-tuning happens, at the study's own levels.

    Args:
        plans: of the final stage, of all backbones and repeats.
        records: of their runs, by id.
        settings: the study's.
        scored: images that score a final run.
    """
    levels = {key: factor.final(settings) for key, factor in VARIED.items()}
    for plan in plans:
        # A probe depends on no seed and stands beside the others of its repeat
        seed = max(spec.seed for spec in plan.runs.values())
        for entry in plan.candidates:
            here = {"factor": WHERE, "level": entry.strategy, "value": None, "seed": seed, "reference": False}
            yield _row(plan, vars(entry) | levels | here, records[entry.run], scored, settings.training.counts)


def _row(plan: Planned, entry: Mapping[str, Any], record: RunRecord, scored: int, counts: str) -> ResponseRow:
    """A row of a run: `entry` tells its place in the study, and the level of every factor."""
    score = score_of(record["metrics"], counts)
    measured = {name: None for response in MEASURED.values() for name in response.columns}
    if score is not None:
        measured = {name: value for one in MEASURED.values() for name, value in _measured(one, record, entry["run"])}
    return ResponseRow(
        backbone=plan.backbone,
        title=plan.title,
        **{name: entry[name] for name in ("factor", "level", "value", "strategy", "seed", "run")},
        right=None if score is None else round(score * scored),
        scored=scored,
        accuracy=score,
        **measured,
        diverged=record["metrics"]["diverged"],
        reference=entry["reference"],
        # Levels are named as the design names them; a factor without a level of the study's own has none elsewhere
        **{key: "" if entry[key] is None else text(entry[key]) for key in VARIED},
    )


def _measured(response: Response, record: RunRecord, run: str) -> Iterator[tuple[str, float | None]]:
    """The columns of a response."""
    low, high = response.span
    for name, read in response.columns.items():
        value = read(record)
        if value is not None and not low <= value <= high:
            allowed = f"a number from {low:g}" + (f" to {high:g}" if high < math.inf else "")
            raise BlocktuneError(f"run {run}: {name} is {value:g}, {allowed} is allowed")
        yield name, value


def layer_rows(
    plans: Iterable[ArmPlan], records: Mapping[str, RunRecord], tables: Mapping[str, LayerTable]
) -> Iterator[LayerRow]:
    """Yield a row for each layer with weights of each run that did not diverge.

    Args:
        plans: of arms.
        records: of their runs, by id.
        tables: layers of each backbone, by its key.
    """
    for plan in plans:
        layers = {layer.index: layer for layer in tables[plan.backbone].layers}
        last = max(len(layers) - 1, 1)
        for entry in plan.cells:
            unfrozen = {*plan.runs[entry["run"]].unfrozen}
            for measured in (records[entry["run"]].get("measures") or {}).get("layers", []):
                layer = layers[measured["layer"]]
                about = {"name": layer.name, "unfrozen": layer.index in unfrozen}
                yield LayerRow(
                    **measured | about,
                    backbone=plan.backbone,
                    **{name: entry[name] for name in ("factor", "level", "strategy", "seed", "run")},
                    type=layer.type,
                    depth=layer.index / last,
                    parameters=layer.parameters,
                )
