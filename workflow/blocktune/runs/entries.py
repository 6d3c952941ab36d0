"""A study's runs as other programs show them: an entry each, with its settings, its curves and its scores."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BlocktuneError
from ..explain import fields_of
from ..files.history import Epoch
from ..files.plan import Planned, PlannedCandidate, PlannedCell, read_plan
from ..files.record import RunRecord
from ..files.spec import RunSpec
from .history import read_history, validation_loss
from .store import Store

Value = str | int | float | bool | None
_CURVES = [column for column in fields_of(Epoch) if column != "epoch"]
_COSTS = ("seconds", "cpu_seconds", "peak_memory_mb")
_STAGES = ("search", "rung*", "round*", "dependent", "final", "unseen", "factors/*", "arms/all")
_PLANS = [f"*/{stage}.json" for stage in _STAGES]


@dataclass(frozen=True)
class Entry:
    """A run.

    Attributes:
        run: its id.
        strategy: whose candidate it trains; the first, where several strategies have the same candidate.
        about: what it is: backbone, repeat, stages, all candidates that it trains, and the names of their layers.
        settings: its specification, by key such as `training.learning_rate`.
        curves: by column of the history the value after each epoch, counted from 1; unknown ones are left out.
        scores: its numbers, by name such as `score/last_accuracy`.
        diverged: whether its loss left the numbers.
        ended: when the store got it, in seconds since 1970.
        seconds: wall time of each epoch; empty where that is not known.
    """

    run: str
    strategy: str
    about: dict[str, Value]
    settings: dict[str, Value]
    curves: dict[str, dict[int, float]]
    scores: dict[str, float]
    diverged: bool
    ended: float
    seconds: tuple[float, ...]

    @property
    def name(self) -> str:
        """What it is called: its backbone, repeat and first candidate, and the beginning of its id."""
        about = self.about
        repeat = f"~{about['repeat']}" if about["repeat"] != 1 else ""
        return f"{about['backbone']}{repeat} {str(about['candidates']).split(',')[0]} {self.run[:8]}"

    @property
    def epochs(self) -> int:
        """The last epoch that any curve has, 0 without one."""
        return max((epoch for curve in self.curves.values() for epoch in curve), default=0)

    def after(self, epoch: int) -> float:
        """Return when an epoch ended, in seconds since 1970; all end at once where their seconds are not known."""
        return self.ended - sum(self.seconds[epoch:])


@dataclass(frozen=True)
class ShownStudy:
    """A study.

    Attributes:
        name: its name.
        settings: all that its numbers depend on, by key such as `data.name`.
        entries: its finished runs, strategy after strategy.
        missing: ids of runs that are planned and not in the store.
    """

    name: str
    settings: dict[str, Value]
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]


@dataclass
class _Wanted:
    """A run as plans have it.

    Attributes:
        key: the backbone's key in the repeat, and the range that it is fed.
        pauses: epochs after which it may have paused.
        listed: strategy and words of each candidate that it trains, in the order of the plans.
        layers: names of the layers that it unfreezes; None where the plan does not say.
    """

    spec: RunSpec
    key: str
    stages: dict[str, None]
    pauses: set[int]
    listed: dict[str, str]
    layers: str | None


def read_study(name: str, settings: Mapping[str, Any], plans: Iterable[Path], store: Store) -> ShownStudy:
    """Read what plans (files below results/plan) say was to be trained, and what of it the store has.

    Raises:
        BlocktuneError: a plan can't be read, or a run in the store is not what this version writes.
    """
    wanted: dict[str, _Wanted] = {}
    for file in plans:
        _want(file, wanted)
    entries, missing = [], []
    for run, one in wanted.items():
        stored = _stored(one, store)
        if stored is None:
            missing.append(run)
        else:
            entries.append(_entry(run, one, *stored, paused=stored[1] != store.path(run)))
    order = list(dict.fromkeys(entry.strategy for entry in entries))
    by_strategy = sorted(entries, key=lambda entry: order.index(entry.strategy))
    return ShownStudy(name, flat(settings), tuple(by_strategy), tuple(missing))


def plans_below(folder: Path) -> list[Path]:
    """Return the plans in results/plan in the order of a study's stages: its own, then those asked for beside it.

    Raises:
        BlocktuneError: there is none.
    """
    found = [
        path for pattern in _PLANS for path in sorted(folder.glob(pattern), key=lambda path: (len(path.name), path))
    ]
    if not found:
        raise BlocktuneError(f"no plans in {folder.absolute()}: run `snakemake` first, or name the study's folder")
    # The audit feeds the study's networks another range
    return sorted(found, key=lambda path: "@" in repeat_key_of(path))


def repeat_key_of(plan: Path) -> str:
    """Return which repeat a plan is of: the backbone's key, from the second repeat on with `~` and its number."""
    return (plan.parent.parent if plan.parent.name in ("factors", "arms") else plan.parent).name


def flat(content: Any, prefix: str = "") -> dict[str, Value]:
    """Return nested settings by dotted key; lists are JSON text, since no other program knows them."""
    if isinstance(content, Mapping):
        # A section without keys is nothing that can be set
        return {key: value for name in content for key, value in flat(content[name], f"{prefix}{name}.").items()}
    if isinstance(content, list | tuple):
        return {prefix[:-1]: json.dumps(content, ensure_ascii=False)}
    return {prefix[:-1]: content}


def _want(file: Path, wanted: dict[str, _Wanted]) -> None:
    plan = read_plan(file)
    trained = plan.trained_runs
    for run, strategy, words, layers in _listed(plan):
        known = wanted.get(run)
        if known is None:
            if run not in trained:
                continue
            known = wanted[run] = _Wanted(plan.runs[run], repeat_key_of(file), {}, set(), {}, layers)
        known.listed.setdefault(words, strategy)
        if run in trained:
            known.stages[plan.stage] = None
            known.pauses |= {plan.pause_after} - {None}


def _listed(plan: Planned) -> Iterator[tuple[str, str, str, str | None]]:
    """Run, strategy, words and layers of everything that a plan lists."""
    one: PlannedCandidate | PlannedCell
    for one in getattr(plan, "candidates", ()):
        yield one.run, one.strategy, f"{one.strategy} {one.candidate}", ", ".join(one.names)
    for one in getattr(plan, "cells", ()):
        yield one["run"], one["strategy"], f"{one['strategy']} with {one['factor']} {one['level']}", None


def _stored(wanted: _Wanted, store: Store) -> tuple[RunRecord, Path] | None:
    """What the store has of a run, and where: all of it, or as far as it came before a search discarded it."""
    for epochs in (None, *sorted(wanted.pauses, reverse=True)):
        if store.has(wanted.spec, epochs):
            return store.record(wanted.spec, epochs), store.path(wanted.spec.run_id, epochs)
    return None


def _entry(run: str, wanted: _Wanted, record: RunRecord, place: Path, paused: bool) -> Entry:
    key, _, pixels = wanted.key.partition("@")
    backbone, _, repeat = key.partition("~")
    epochs, metrics = read_history(record["history"], record["run"]), record["metrics"]
    about = {
        "backbone": backbone,
        "repeat": int(repeat or 1),
        "stages": ", ".join(wanted.stages),
        "candidates": ", ".join(wanted.listed),
        "layers": wanted.layers,
        "range": pixels or None,
        "state": "diverged" if metrics["diverged"] else "paused" if paused else "finished",
    }
    curves = {
        column: {epoch.epoch: value for epoch in epochs if (value := getattr(epoch, column)) is not None}
        for column in _CURVES
    }
    return Entry(
        run=run,
        strategy=next(iter(wanted.listed.values())),
        about=about,
        settings=flat({key: value for key, value in wanted.spec.content().items() if value is not None}),
        curves={column: curve for column, curve in curves.items() if curve},
        scores=_scores(record),
        diverged=metrics["diverged"],
        ended=(place / "metrics.json").stat().st_mtime,
        seconds=tuple(record["resources"].get("seconds_epochs", ())),
    )


def _scores(record: RunRecord) -> dict[str, float]:
    """The numbers of a run; what is unknown is left out."""
    metrics, resources = record["metrics"], record["resources"]
    names = ("last_accuracy", "best_accuracy", "best_epoch", "parameters_backbone", "parameters_trained")
    found: dict[str, float | None] = {f"score/{name}": metrics.get(name) for name in names}
    found["score/validation_loss"] = validation_loss(record)
    tested = metrics.get("test") or {}
    found |= {
        f"score/test_{which}_accuracy": tested[which]["accuracy"] for which in ("last", "best") if which in tested
    }
    found |= {f"cost/{name}": resources.get(name) for name in _COSTS}
    return {name: value for name, value in found.items() if value is not None}
