"""From finished runs to a table of arms; nothing is trained here."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..candidates.strategies import blocks
from ..errors import BlocktuneError
from ..files.layers import LayerTable
from ..files.plan import Plan
from ..files.record import RunRecord
from ..files.search_scores import ScorerScores
from ..runs.history import read_history, validation_loss
from ..search.arm_table import Table, TableError
from ..search.arms import arms_of, listed

# Seconds are kept in steps of about a millisecond: digits that are noise don't compress
_TICK = 2.0**-10


def collect(
    about: Mapping[str, Any],
    layers: LayerTable,
    delimiters: str | Sequence[str],
    plans: Sequence[Plan],
    records: Mapping[str, RunRecord],
    proxies: Sequence[ScorerScores] = (),
) -> Table:
    """Return the table of a cell.

    Args:
        about: its facts, see `search.arm_table.Table`; what follows from the runs is added here.
        layers: the backbone's.
        delimiters: where its blocks are cut (`search.delimiters`).
        plans: one per seed, of the same arms.
        records: of all their runs, by run id.
        proxies: scores made by `proxy`, with the same seeds.

    Raises:
        BlocktuneError: a run has no record, the seeds' arms differ, or there are none.
    """
    cell, arms = about["cell"], arms_of(plans[0], layers, delimiters)
    if not arms:
        raise BlocktuneError(f"{cell}: the plan has no arms")
    runs = [{key: entry.run for entry, key in listed(plan)} for plan in plans]
    if any(set(ours) != set(arms) for ours in runs):
        raise BlocktuneError(f"{cell}: the seeds have different arms: all plans must be of the same settings")
    if missing := [run for ours in runs for run in ours.values() if run not in records]:
        raise BlocktuneError(f"{cell}: run {missing[0]} has not been trained")
    found = [[records[ours[key]] for ours in runs] for key in arms]
    specs = [plan.runs[next(iter(ours.values()))] for plan, ours in zip(plans, runs, strict=True)]
    epochs, validated, seeds = specs[0].training["epochs"], specs[0].validated_epochs, [spec.seed for spec in specs]
    tested = all("test" in record["metrics"] for row in found for record in row)
    images = {part: count for part, count in about["images"].items() if part != "test" or tested}
    arrays = _trainings(found, epochs, validated, images)
    arrays |= _probes([records.get(_probe(plan)) for plan in plans], images)
    arrays |= _scores([layers for layers, _ in arms], seeds, proxies)
    facts = {
        **about,
        "epochs": epochs,
        "validated": validated,
        "images": images,
        "blocks": len(blocks(layers.layers, delimiters)),
        "versions": _versions([record for row in found for record in row]),
    }
    try:
        return Table(facts, arms.values(), seeds, arrays)
    except TableError as error:
        raise BlocktuneError(str(error)) from None


def _probe(plan: Plan) -> str | None:
    """The run of a plan's linear probe."""
    return next((run for run, spec in plan.runs.items() if spec.is_probe), None)


def _trainings(
    found: Sequence[Sequence[RunRecord]], epochs: int, validated: Sequence[int], images: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """What each training, by arm and seed, came to and cost."""
    size = len(found), len(found[0])
    arrays = {name: np.full((*size, len(validated)), np.nan) for name in ("loss", "accuracy")}
    arrays |= {"seconds": np.full((*size, epochs + 1), np.nan), "scaled_loss": np.full(size, np.nan)}
    arrays |= {"trained": np.ones(size, bool), "diverged": np.zeros(size, bool)}
    places = {epoch: place for place, epoch in enumerate(validated)}
    for arm, seed in np.ndindex(size):
        record = found[arm][seed]
        for epoch in read_history(record["history"], record["run"]):
            if epoch.epoch in places:
                arrays["loss"][arm, seed, places[epoch.epoch]] = epoch.val_loss
                arrays["accuracy"][arm, seed, places[epoch.epoch]] = epoch.val_accuracy
        each = record["resources"]["cpu_seconds_epochs"]
        seconds = np.array([record["resources"]["cpu_seconds"] - sum(each), *each])
        arrays["seconds"][arm, seed, : len(each) + 1] = np.round(seconds / _TICK) * _TICK
        arrays["diverged"][arm, seed] = record["metrics"]["diverged"]
        if (loss := validation_loss(record)) is not None:
            arrays["scaled_loss"][arm, seed] = loss
    for part, count in images.items():
        bits = [[_right(record, part, count) for record in row] for row in found]
        if all(one is not None for row in bits for one in row):
            arrays[f"{part}_right"] = np.array(bits)
    return arrays


def _probes(records: Sequence[RunRecord | None], images: Mapping[str, int]) -> dict[str, np.ndarray]:
    """What the linear probe of each seed came to; nothing if one is missing or failed."""
    if any(record is None or record["metrics"]["diverged"] for record in records):
        return {}
    known = [record for record in records if record is not None]
    rows = []
    for record in known:
        test = record["metrics"].get("test")
        loss = validation_loss(record)
        rows.append(
            [
                record["metrics"]["last_accuracy"],
                test["last"]["accuracy"] if test else np.nan,
                np.nan if loss is None else loss,
                record["resources"]["cpu_seconds"],
            ]
        )
    arrays = {"probe": np.array(rows, float)}
    for part, count in images.items():
        bits = [_right(record, part, count) for record in known]
        if all(one is not None for one in bits):
            arrays[f"probe_{part}_right"] = np.array(bits)
    return arrays


def _right(record: RunRecord, part: str, images: int) -> np.ndarray | None:
    """Bits of the images that a run classifies rightly after its last epoch: none if it diverged, None if unknown."""
    if record["metrics"]["diverged"]:
        return np.zeros(-(-images // 8), np.uint8)
    found = record.get("validation_right") if part == "validation" else record["metrics"]["test"]["last"]["right"]
    return None if found is None else np.frombuffer(bytes.fromhex(found), np.uint8)


def _scores(
    layers: Sequence[tuple[int, ...]], seeds: Sequence[int], proxies: Sequence[ScorerScores]
) -> dict[str, np.ndarray]:
    """Each method's scores of all arms with every seed; a method that lacks a seed is left out."""
    arrays = {}
    for method in sorted({content.method for content in proxies}):
        by_seed = {content.seed: content for content in proxies if content.method == method}
        if set(seeds) <= set(by_seed):
            found = [by_seed[seed].by_layers for seed in seeds]
            arrays[f"scores/{method}"] = np.array([[one.get(span) for one in found] for span in layers], float)
            arrays[f"scores_seconds/{method}"] = np.array([by_seed[seed].cpu_seconds for seed in seeds], float)
    return arrays


def _versions(records: Sequence[RunRecord]) -> dict[str, list[str]]:
    """All versions of what trained, by package; machines and devices among them."""
    found: dict[str, set[str]] = {}
    for record in records:
        resources = record["resources"]
        told = {
            **resources.get("versions", {}),
            **{key: resources.get(key) for key in ("backend", "machine", "device")},
        }
        for name, value in told.items():
            if value is not None:
                found.setdefault(name, set()).add(value)
    return {name: sorted(values) for name, values in sorted(found.items())}
