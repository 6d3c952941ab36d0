"""Where a study stands: what its plans, store, locks and logs say. Writes nothing and holds nobody up."""

from dataclasses import replace
from pathlib import Path

from ..files.plan import Training, state_words
from ..gpus.slots import slots_in_use, slots_place
from ..runs.store import Store
from ..settings.model import BackboneRepeat, Settings
from .expected import round_of, rounds_to_come, to_be_planned
from .failures import FailureReader
from .files import StudyFiles
from .progress import BackboneProgress, Progress, Running, Tally
from .requested import count_requested, jobs_on_request, requested_plans
from .session import Session, at_work
from .states import RunStates
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
        failures = self._failures.read(session.started if session and working else 0)
        now = RunStates(self._files, store, {failure.job: failure for failure in failures})
        states: dict[Training, str] = {}
        backbones = [self._backbone(entry, settings, now, states) for entry in settings.backbone_repeats]
        runs = Tally.of(states.values())
        plans = list(requested_plans(self._files, settings))
        requested, asked = count_requested(plans, now)
        measured = self._time_left.reckon(settings, store, backbones, requested, states)
        state = self._state(working, session, backbones, runs)
        # A study that is finished has no failures left but those of what was asked for beside it
        beside = jobs_on_request(plans)
        failed = [failure for job, failure in now.failed.items() if state != "finished" or job in beside]
        states_of_runs = [*((run, state) for (run, _), state in states.items()), *asked.items()]
        running = sorted({run for run, state in states_of_runs if state == "running"})
        return Progress(
            study=settings.study,
            folder=str(self._folder.absolute()),
            store=str(store.folder.absolute()),
            state=state,
            started=session.started if session else None,
            ended=session.ended if session else None,
            runs=runs,
            backbones=backbones,
            requested=requested,
            running=[Running(run, now.locked[run]) for run in running],
            failed=failed,
            measured_runs=measured,
            slots=session.slots if session else 0,
            slots_in_use=slots_in_use(slots_place()),
        )

    def planned_trainings(self) -> dict[str, set[Training]]:
        """Return all trainings that the study plans (`runs`), and those of what was asked for beside it."""
        settings = self._files.settings()
        keys = [entry.key for entry in settings.backbone_repeats]
        plans = (plan for key in keys for _, plan in self._files.plans(key, self._files.stages(key, settings)))
        found = {"runs": {one for plan in plans for one in plan.trainings}}
        for what, _, _, plan in requested_plans(self._files, settings):
            found.setdefault(what, set()).update(plan.trainings)
        return found

    def diverged(self, store: Store) -> dict[str, tuple[int, int]]:
        """Return how many finished runs of the study diverged and how many there are: of all, and of the final ones."""
        keys = [entry.key for entry in self._files.settings().backbone_repeats]
        plans = (self._files.plan(key, "final") for key in keys)
        final = {run for plan in plans if plan is not None for run in plan.trained_runs}
        everything = {run for run, _ in self.planned_trainings()["runs"]}
        counts = {}
        for what, runs in (("runs", everything), ("final runs", final)):
            known = [told for run in runs if (told := self._files.diverged(store, run)) is not None]
            counts[what] = sum(known), len(known)
        return counts

    def _state(self, working: bool, session: Session | None, backbones: list[BackboneProgress], runs: Tally) -> str:
        if working:
            return "running" if all(entry.planned for entry in backbones) else "planning"
        planned = all({"search", "dependent", "final"} <= set(entry.planned) for entry in backbones)
        trained = planned and runs.done == runs.planned
        # Not every target makes Table I (`snakemake factors`): then the call's own end tells that all is there
        ended_well = session is not None and session.outcome == "success"
        made = self._files.table_made([entry.backbone for entry in backbones])
        return "finished" if trained and (made or ended_well) else "stopped"

    def _backbone(
        self, entry: BackboneRepeat, settings: Settings, now: RunStates, states: dict[Training, str]
    ) -> BackboneProgress:
        """Count one backbone's runs, add their states to those of the study, and forget failures that were mended."""
        again = f", repeat {entry.repeat}" if settings.repeats > 1 else ""
        progress = BackboneProgress(entry.key, entry.backbone.title + again)
        mine: set[Training] = set()
        rounds: dict[int, int] = {}
        for stage, plan in self._files.plans(entry.key, self._files.stages(entry.key, settings)):
            progress.planned.append(stage)
            found = dict(now.of_plan(entry.key, stage, plan))
            these = {(run, plan.pause_after): state for run, state in found.items()}
            states.update(these)
            mine |= set(these)
            if number := round_of(stage):
                rounds[number] = len(found)
            if plan.state is not None:
                done = plan.state.trainings + Tally.of(found.values()).done
                progress.search = state_words(replace(plan.state, trainings=done), len(rounds))
            for candidate in plan.candidates:
                if candidate.run in found and stage != "unseen":
                    tallies = progress.strategies if stage != "final" else progress.final
                    tallies.setdefault(candidate.strategy, Tally()).add(found[candidate.run])
        progress.runs = Tally.of(states[one] for one in mine)
        search = self._files.plan(entry.key, "search")
        if search is not None:
            later = rounds_to_come(settings, search, rounds)
            progress.to_be_planned = to_be_planned(settings, progress.planned, later)
        return progress
