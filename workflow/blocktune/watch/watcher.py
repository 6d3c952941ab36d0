"""Where a study stands: what its plans, store, locks and logs say. Writes nothing and holds nobody up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..gpus.slots import slots_in_use, slots_place
from ..runs.plan import trained_runs
from ..runs.store import Store
from ..settings.model import Row, Settings
from .failures import Failure, FailureReader
from .files import StudyFiles
from .progress import BackboneProgress, Progress, Tally
from .session import Session, at_work
from .timeleft import TimeLeft


class Watcher:
    """Looks at the study in a folder, as often as wanted.

    Raises:
        BlocktuneError: there is no study in the folder.
    """

    def __init__(self, folder: Path, store: Path | None = None) -> None:
        """Open the study; `store` says where finished runs lie if the workflow did not write that down."""
        self._folder, self._store = folder, store
        self._files = StudyFiles(folder)
        self._files.settings()
        self._failures = FailureReader(folder)
        self._time_left = TimeLeft(self._files)

    def look(self) -> Progress:
        """Return how the study stands now."""
        settings, session, working = self._files.settings(), Session.read(self._folder), at_work(self._folder)
        store = Store(self._folder / (self._store or (session.store if session else "data/store")))
        locked = store.locked()
        failed = {
            failure.job: failure for failure in self._failures.read(session.started if session and working else 0)
        }
        states: dict[str, str] = {}
        backbones = [self._backbone(entry, settings, store, locked, failed, states) for entry in settings.rows]
        runs = Tally()
        for state in states.values():
            runs.add(state)
        measured = self._time_left.reckon(settings, store, backbones, states)
        state = self._state(working, backbones, runs)
        left = [entry.training_seconds_left for entry in backbones]
        return Progress(
            study=settings.study,
            folder=str(self._folder.absolute()),
            store=str(store.folder.absolute()),
            state=state,
            started=session.started if session else None,
            ended=session.ended if session else None,
            runs=runs,
            backbones=backbones,
            running=[{"run": run, "since": locked[run]} for run, now in states.items() if now == "running"],
            failed=[] if state == "finished" else list(failed.values()),
            seconds_left=sum(left) / runs.running if runs.running and None not in left else None,
            measured_runs=measured,
            slots=session.slots if session else 0,
            slots_in_use=slots_in_use(slots_place()),
        )

    def planned_runs(self) -> set[str]:
        """Return the ids of all runs that the study's plans train."""
        settings = self._files.settings()
        keys = [entry.key for entry in settings.rows]
        plans = (self._files.plan(key, stage) for key in keys for stage in self._files.stages(key, settings))
        return {run for plan in plans if plan is not None for run in trained_runs(plan)}

    def _state(self, working: bool, backbones: list[BackboneProgress], runs: Tally) -> str:
        if working:
            return "running" if all(entry.planned for entry in backbones) else "planning"
        planned = all({"search", "dependent", "final"} <= set(entry.planned) for entry in backbones)
        done = runs.done == runs.planned and self._files.table_made([entry.backbone for entry in backbones])
        return "finished" if planned and done else "stopped"

    def _backbone(
        self,
        entry: Row,
        settings: Settings,
        store: Store,
        locked: dict[str, float],
        failed: dict[str, Failure],
        states: dict[str, str],
    ) -> BackboneProgress:
        """Count one backbone's runs, add their states to those of the study, and forget failures that were mended."""
        again = f", repeat {entry.repeat}" if settings.repeats > 1 else ""
        progress = BackboneProgress(entry.key, entry.backbone.title + again)
        runs: set[str] = set()
        for stage in self._files.stages(entry.key, settings):
            plan = self._files.plan(entry.key, stage)
            if plan is None:
                continue
            progress.planned.append(stage)
            found = dict(self._states(entry.key, plan, store, locked, failed))
            # Of a run that goes on in a later round, that round counts
            states.update(found)
            runs |= set(found)
            for candidate in plan["candidates"]:
                if candidate["run"] in found and stage != "unseen":
                    tallies = progress.strategies if stage != "final" else progress.final
                    tallies.setdefault(candidate["strategy"], Tally()).add(states[candidate["run"]])
        for run in runs:
            progress.runs.add(states[run])
        return progress

    def _states(
        self, key: str, plan: dict[str, Any], store: Store, locked: dict[str, float], failed: dict[str, Failure]
    ) -> Iterator[tuple[str, str]]:
        for job, runs in plan["jobs"].items():
            log = f"train/{key}/{plan['stage']}/{job}"
            recorded = self._files.recorded(key, plan["stage"], job)
            if recorded or any(run in locked for run in runs):
                # What an earlier try said does not count any more
                failed.pop(log, None)
            for run in runs:
                if recorded or self._files.has(store, run, plan.get("pause_after")):
                    yield run, "done"
                elif run in locked:
                    yield run, "running"
                else:
                    yield run, "failed" if log in failed else "waiting"
