"""In which state each run of a plan is, from the store, its locks, the jobs' records and their logs."""

from collections.abc import Iterator

from ..files.plan import Planned
from ..runs.store import Store
from .failures import Failure
from .files import StudyFiles


class RunStates:
    """The states of a study's runs at one moment: `done`, `running`, `failed` or `waiting`.

    `failed` are jobs whose latest log ends in an error; those that were mended are taken out as they are met.
    """

    def __init__(self, files: StudyFiles, store: Store, failed: dict[str, Failure]) -> None:
        self.files, self.store, self.failed = files, store, failed
        self.locked = store.locked()

    def of_plan(self, key: str, stage: str, plan: Planned, measured: bool = False) -> Iterator[tuple[str, str]]:
        """Yield every run that a plan trains with its state.

        The plan lies at the path `stage`, without its ending, below the files of the backbone `key`. With `measured` a
        run is done only when its fine-tuned network was measured, too.
        """
        for job, runs in plan.jobs.items():
            log = f"train/{key}/{stage}/{job}"
            recorded = self.files.recorded(key, stage, job)
            if recorded or any(run in self.locked for run in runs):
                # What an earlier try said does not count any more
                self.failed.pop(log, None)
            for run in runs:
                if recorded or self._finished(run, plan, measured):
                    yield run, "done"
                elif run in self.locked:
                    yield run, "running"
                else:
                    yield run, "failed" if log in self.failed else "waiting"

    def _finished(self, run: str, plan: Planned, measured: bool) -> bool:
        there = self.files.has(self.store, run, plan.pause_after)
        return there and (not measured or self.store.has_measures(run))
