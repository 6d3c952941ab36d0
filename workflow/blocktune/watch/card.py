"""The cards that a workflow shows when it starts and when it ends. Whatever goes wrong here, the workflow continues."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

from ..analysis.diverged import LOOK_AT, most_diverged
from ..files.dataset import Dataset
from ..files.plan import Training
from ..files.spec import RUN_ID_DIGITS
from ..gpus.choose import Device
from ..runs.store import Store
from ..settings.execution import Execution
from ..settings.model import Settings
from .failures import LOGS, failed_jobs
from .files import REPORT, TABLE, StudyFiles
from .progress import Tally
from .session import Session
from .watcher import Watcher
from .words import duration, still_expected

_WIDTH = 100
Say = Callable[[str], None]
Given = ParamSpec("Given")


def _safely(show: "Callable[Concatenate[Cards, Given], None]") -> "Callable[Concatenate[Cards, Given], None]":
    """Let a method of the cards say what went wrong instead of raising it."""

    @wraps(show)
    def shown(self: "Cards", *arguments: Given.args) -> None:
        try:
            show(self, *arguments)
        except Exception as error:
            self._say(f"blocktune: can't show how the study stands: {error}")

    return shown


class Cards:
    """The cards of one call of Snakemake in a study's folder; `say` takes a finished one.

    Devices are the GPUs of this machine that trainings use; None if they run elsewhere.
    """

    def __init__(
        self, settings: Settings, execution: Execution, devices: Sequence[Device] | None, say: Say, folder: Path
    ) -> None:
        self._settings, self._execution, self._devices = settings, execution, devices
        self._say, self._folder = say, folder
        self._there: set[Training] = set()
        self._session: Session | None = None

    @_safely
    def start(self) -> None:
        """Write the session down and show what is going to happen."""
        slots = len(self._devices or ()) * self._execution.runs_per_gpu
        self._session = Session.begin(self._execution.store, slots, elsewhere=self._devices is None)
        self._session.write(self._folder)
        settings, progress = self._settings, Watcher(self._folder).look()
        self._there = _stored(Path(self._execution.store))
        planned = [entry for entry in progress.backbones if entry.planned]
        later = len(progress.backbones) - len(planned)
        runs = [f"{progress.runs.planned} planned, {progress.runs.done} of them done"] if planned else []
        runs += [f"{later} of {len(progress.backbones)} backbones not planned yet"] if later else []
        training, data = settings.training, settings.data
        self._card(
            settings.study,
            [
                ("images", f"{data.name} ({data.source}), {data.image_size} px, {settings.pixels.range} preprocessing"),
                ("backbones", ", ".join(entry.title for entry in progress.backbones)),
                (
                    "training",
                    f"{training.epochs} epochs, batches of {training.batch_size}, learning rate "
                    f"{training.learning_rate:g}, seed {settings.seed}, search {settings.search.method}"
                    + (f", at most {most} candidates of each strategy" if (most := settings.search.candidates) else ""),
                ),
                (
                    "runs",
                    "; ".join([*runs, f"the store holds {sum(end is None for _, end in self._there)}, of all studies"]),
                ),
                ("devices", self._device_text()),
                ("results", f"{self._folder.absolute() / 'results'}"),
                ("store, logs", f"{self._execution.store}, {LOGS}"),
                ("watch", f"blocktune status --directory {self._folder.absolute()}"),
            ],
        )

    @_safely
    def expect(self, cores: int | None) -> None:
        """Say how long what is still to train is expected to take, on so many cores; for a look without a run."""
        progress = Watcher(self._folder, Path(self._execution.store)).look()
        for sentence in still_expected(progress, self._settings, cores or 1):
            self._say(f"expected time: {sentence}")

    def _device_text(self) -> str:
        if self._devices is None:
            return "those of the cluster's jobs"
        if not self._devices:
            return "no GPU" + (" wanted" if self._execution.gpus == "none" else "") + ": trainings run on the CPU"
        names = ", ".join(device.gpu.name if device.gpu else f"GPU {device.visible}" for device in self._devices)
        memory = self._execution.gpu_memory
        limit = "" if memory == "grow" else f", at most {memory:g} GB each"
        each = self._execution.runs_per_gpu
        return f"{names}; {each} training{'s' if each > 1 else ''} at once on each{limit}"

    @_safely
    def success(self) -> None:
        """Show what was made and where it lies."""
        took = self._end("success")
        table = self._folder / TABLE
        answer = table.with_name("recommendation.md")
        made = (("answer", answer), ("Table I", table), ("report", self._folder / REPORT))
        lines = [(what, str(file.absolute())) for what, file in made if file.is_file()]
        self._card(f"{self._settings.study}: done{took}", [*lines, *self._run_lines()])

    @_safely
    def error(self, snakemake_logs: Sequence[str]) -> None:
        """Show which jobs failed, as Snakemake's own logs tell, and how to resume."""
        took = self._end("error")
        lines = []
        for failure in (job for log in snakemake_logs for job in failed_jobs(Path(log), self._folder)):
            lines += [("failed", failure.job), ("", f"log {failure.log}")] if failure.log else [("failed", failure.job)]
            lines += [("", failure.last_line)] if failure.last_line else []
        self._card(
            f"{self._settings.study}: stopped{took}",
            [
                *lines,
                *self._run_lines(),
                ("resume", "the same command again: finished runs are kept,"),
                ("", "interrupted runs resume after their last saved epoch"),
            ],
        )

    def _end(self, outcome: str) -> str:
        if self._session is None:
            return ""
        ended = replace(self._session, ended=time.time(), outcome=outcome)
        ended.write(self._folder)
        return f" after {duration(ended.ended - ended.started)}"

    def _run_lines(self) -> list[tuple[str, str]]:
        """How many runs were trained now and how many came from the store: the study's, then what was requested."""
        watcher = Watcher(self._folder)
        progress, planned = watcher.look(), watcher.planned_trainings()
        stored = _stored(Path(self._execution.store))
        trained = {one for one in set().union(*planned.values()) if _in(stored, one) and not _in(self._there, one)}
        counts = [("runs", progress.runs), *((entry.what, entry.runs) for entry in progress.requested)]
        lines = [(what, _run_text(runs, len(trained & planned[what]))) for what, runs in counts]
        return [*lines, *_data_lines(StudyFiles(self._folder).dataset()), *self._warning(watcher)]

    def _warning(self, watcher: Watcher) -> list[tuple[str, str]]:
        """What to look at, if most runs diverged."""
        for what, (diverged, runs) in watcher.diverged(Store(Path(self._execution.store))).items():
            if warning := most_diverged(diverged, runs, what):
                return [("warning", warning), *zip(["look at", *[""] * (len(LOOK_AT) - 1)], LOOK_AT, strict=True)]
        return []

    def _card(self, title: str, lines: Sequence[tuple[str, str]]) -> None:
        heading = f"== blocktune: {title} ".ljust(_WIDTH, "=")
        self._say("\n".join([heading, *(f"{name:<12} {text}" for name, text in lines), "=" * _WIDTH]))


def _data_lines(dataset: Dataset | None) -> list[tuple[str, str]]:
    """What of the images was not read as it is, and where that is told at length."""
    if dataset is None:
        return []
    unread, left_out = len(dataset.skipped), dataset.left_out
    counts = [_count(unread, "unreadable file")] if unread else []
    if left_out:
        files, empty = sum(entry.files for entry in left_out), sum(not entry.files for entry in left_out)
        counts += [f"{_count(files, 'file')} not looked at"] if files else []
        counts += [f"{_count(empty, 'folder')} without images or read already"] if empty else []
    lines = [("left out", f"{', '.join(counts)}: {LOGS}/prepare.log names them")] if counts else []
    warning = dataset.sixteen_bit.warning
    return [*lines, ("warning", warning)] if warning else lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _run_text(runs: Tally, trained: int) -> str:
    open_ones = runs.planned - runs.done
    rest = f", {open_ones} still to train" if open_ones else ""
    return f"{trained} trained now, {max(runs.done - trained, 0)} from the store{rest}"


def _stored(store: Path) -> set[Training]:
    """All runs in a store, those that pause included."""
    name = "[0-9a-f]" * RUN_ID_DIGITS
    paused = (run.name.split("-", 1) for run in (store / "paused").glob(f"{name}-*"))
    whole = {(run.name, None) for run in store.glob(f"??/{name}")}
    return whole | {(run, int(epoch)) for run, epoch in paused if epoch.isdigit()}


def _in(stored: set[Training], training: Training) -> bool:
    """Whether a training is stored, or the whole run that it is a part of."""
    return training in stored or (training[0], None) in stored
