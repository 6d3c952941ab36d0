"""What the factor study's runs found, as tables: one row for each level, strategy and seed, one for each layer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..candidates.table import LayerTable
from ..errors import BlocktuneError
from ..runs.history import accuracies, epochs_to
from ..runs.plan import Plan
from ..runs.store import MEASURES_VERSION
from ..search.ranking import score_of
from ..settings.model import Settings
from .arms import OWN

RESPONSES = (
    *("backbone", "title", "factor", "level", "value", "strategy", "seed", "run", "right", "scored", "accuracy"),
    *("calibration_error", "calibration_if_perfect", "epochs_to_95", "diverged", "reference"),
    *("learning_rate", "photographs", "imbalance", "optimizer", "batch_norm", "target", "source"),
)
LAYERS = (
    *("backbone", "factor", "level", "strategy", "seed", "run", "layer", "name", "type", "depth", "parameters"),
    *("unfrozen", "relative_change", "cosine", "bn_mean_shift", "bn_variance_shift", "cka"),
)
_CELL = ("learning_rate", "photographs", "imbalance", "optimizer", "batch_norm")

WHERE = "where"
"""The factor whose levels are the strategies of the study itself: where tuning happens."""

Record = Mapping[str, Any]
Row = dict[str, Any]


def check_measures(records: Iterable[Record]) -> None:
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


def responses(plans: Sequence[Plan], records: Mapping[str, Record], counts: str) -> Iterator[Row]:
    """Yield a row (`RESPONSES`) for each cell, strategy and seed of the arms' plans.

    Args:
        plans: of arms, in any order.
        records: of their runs, by id.
        counts: `last` or `best`: which epoch gives the score.
    """
    for plan in plans:
        for entry in plan["cells"]:
            spec = plan["runs"][entry["run"]]
            scored = len(plan["rows"][spec["test_rows"] or spec["validation_rows"]])
            value = entry["value"]
            if entry["factor"] == "photographs" and value is None:
                # All there are, of each class on an average
                value = len(plan["rows"][spec["train_rows"]]) / spec["classes"]
            yield {
                "backbone": plan["backbone"],
                "title": plan["title"],
                **{name: entry[name] for name in ("factor", "level", "strategy", "seed", "run")},
                "value": value,
                **_found(records[entry["run"]], scored, counts),
                "reference": int(entry["reference"]),
                **{name: entry[name] for name in _CELL},
                "target": plan["level"] if plan["factor"] == "target" else OWN,
                "source": plan["level"] if plan["factor"] == "source" else OWN,
            }


def strategies_of_the_study(
    plans: Sequence[Plan], records: Mapping[str, Record], settings: Settings, scored: int
) -> Iterator[Row]:
    """Yield a row for each strategy of the study's final runs: where tuning happens, at the study's own levels.

    Args:
        plans: of the final stage, of all backbones and repeats.
        records: of their runs, by id.
        settings: the study's.
        scored: photographs that score a final run.
    """
    training = settings.training
    for plan in plans:
        # A probe depends on no seed and stands beside the others of its repeat
        seed = max(spec["seed"] for spec in plan["runs"].values())
        for entry in plan["candidates"]:
            yield {
                "backbone": plan["backbone"],
                "title": plan["title"],
                "factor": WHERE,
                "level": entry["strategy"],
                "value": None,
                "strategy": entry["strategy"],
                "seed": seed,
                "run": entry["run"],
                **_found(records[entry["run"]], scored, training.counts),
                "reference": 0,
                "learning_rate": training.learning_rate,
                "photographs": "all",
                "imbalance": None,
                "optimizer": training.optimizer,
                "batch_norm": training.batch_norm,
                "target": OWN,
                "source": OWN,
            }


def _found(record: Record, scored: int, counts: str) -> Row:
    metrics = record["metrics"]
    score = score_of(metrics, counts)
    measures = record.get("measures") or {}
    return {
        "right": None if score is None else round(score * scored),
        "scored": scored,
        "accuracy": score,
        "calibration_error": measures.get("calibration_error"),
        "calibration_if_perfect": measures.get("calibration_if_perfect"),
        "epochs_to_95": None if score is None else epochs_to(accuracies(record["history"])),
        "diverged": int(metrics["diverged"]),
    }


def layer_rows(plans: Iterable[Plan], records: Mapping[str, Record], tables: Mapping[str, LayerTable]) -> Iterator[Row]:
    """Yield a row (`LAYERS`) for each layer with weights of each run that did not diverge.

    Args:
        plans: of arms.
        records: of their runs, by id.
        tables: layers of each backbone, by its key.
    """
    for plan in plans:
        layers = {layer.index: layer for layer in tables[plan["backbone"]].layers}
        last = max(len(layers) - 1, 1)
        for entry in plan["cells"]:
            unfrozen = {*plan["runs"][entry["run"]]["unfrozen"]}
            for measured in (records[entry["run"]].get("measures") or {}).get("layers", []):
                layer = layers[measured["layer"]]
                yield {
                    **measured,
                    "backbone": plan["backbone"],
                    **{name: entry[name] for name in ("factor", "level", "strategy", "seed", "run")},
                    "name": layer.name,
                    "type": layer.type,
                    "depth": layer.index / last,
                    "parameters": layer.parameters,
                    "unfrozen": int(layer.index in unfrozen),
                }
