"""A job: some runs of one backbone, trained in child processes, results in the store.

Fitting model after model in one process leaks memory and lets one run touch the next. A fork server that has imported
Keras, but opened no device, gives every graph a clean process without the seconds that the import takes. Runs that
differ in learning rate and seed alone have one graph, which is traced once (`compiled`).
"""

import multiprocessing
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from ..errors import BlocktuneError
from ..files.record import RunRecord
from ..files.spec import RunSpec
from ..gpus.use import GpuUse
from ..runs.store import MEASURES_VERSION, Store
from .child import USER_ERROR, train_in_child
from .ending import Ending
from .inputs import Rows, check_inputs
from .limits import RunLimits, wait_within
from .scratch import keep_socket_paths_short, scratch_folder

# A process that has nothing left to do is given this long to take TensorFlow down
_SECONDS_TO_END = 30


@dataclass(frozen=True)
class Job:
    """Everything a child needs to train one of the job's runs.

    Attributes:
        layers: file of the backbone's layer table.
        prepared: folder of the prepared images.
        splits: file of the parts.
        stage: the plan's: final runs train on the part `final`, all others on `search`.
        store: folder of finished runs.
        pretrained: weights file made by the workflow, for `weights: digits`.
        memory_gb: memory for cached features.
        pause_after: runs stop after this epoch, for a search that resumes some of them; None trains to the end.
        compared: images on which features before and after fine-tuning are compared; None measures nothing.
        gpus: the GPUs that trainings take slots on.
        rows: rows by their digest, of runs that see others than the splits' parts (training.inputs).
        limits: what one training may take.
    """

    layers: Path
    prepared: Path
    splits: Path
    stage: str
    store: Path
    pretrained: Path | None
    memory_gb: float
    pause_after: int | None = None
    compared: int | None = None
    gpus: GpuUse = field(default_factory=GpuUse)
    rows: Rows = field(default_factory=dict)
    limits: RunLimits = field(default_factory=RunLimits)


def run_job(specs: Sequence[RunSpec], job: Job) -> list[RunRecord]:
    """Train those runs that the store does not hold and return the records of all.

    Raises:
        BlocktuneError: a run could not be trained; the runs before it are in the store.
        Preempted: the job was told to end; finished runs and finished epochs are kept.
    """
    store = Store(job.store)
    keep_socket_paths_short()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["blocktune.known_keras", *(["sklearn.linear_model"] if _has_probes(specs) else [])])
    ending, checked = Ending(), False
    with scratch_folder() as features, _Trainer(context, job, features, ending) as trainer:
        for number, spec in enumerate(specs, 1):
            progress = f"run {spec.run_id} ({number} of {len(specs)})"
            ending.check()
            with store.lock(spec.run_id, trainer.leave):
                if store.has(spec, job.pause_after) and (not job.compared or store.measures(spec.run_id) is not None):
                    print(f"{progress}: in the store", flush=True)
                    continue
                begun = time.perf_counter()
                if not checked:
                    check_inputs(specs, job.prepared, job.splits, job.stage, job.rows)
                    checked = True
                trainer.train(spec, progress)
                print(f"{progress}: {time.perf_counter() - begun:.1f} s", flush=True)
    return [
        store.record(spec, job.pause_after)
        | ({"measures": store.measures(spec.run_id), "measures_version": MEASURES_VERSION} if job.compared else {})
        for spec in specs
    ]


def _has_probes(specs: Sequence[RunSpec]) -> bool:
    """Whether a run is a probe or starts as one: then scikit-learn is imported once, not by each process."""
    return any(spec.is_probe or spec.head.get("start") == "probe" for spec in specs)


class _Trainer:
    """A child process that trains runs of one graph; a run of another takes a fresh one."""

    def __init__(self, context: Any, job: Job, features: Path, ending: Ending) -> None:
        self._context, self._job, self._features, self._ending = context, job, features, ending
        self._child: Any = None
        self._messages: Connection | None = None
        self._graph: str | None = None

    def __enter__(self) -> "_Trainer":
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self.leave()
        else:
            self._kill()

    def train(self, spec: RunSpec, progress: str) -> None:
        """Train a run and store it.

        Raises:
            BlocktuneError: it could not be trained; a user's mistake has been printed.
        """
        if self._child is not None and (self._graph is None or spec.graph != self._graph):
            self.leave()
        if self._child is None:
            self._start(spec)
        # One that has ended says why below
        with suppress(BrokenPipeError):
            self._messages.send(spec)
        ended = wait_within(self._child, self._messages, self._job.limits, progress, self._ending.check)
        if ended is None:
            child, self._child = self._child, None
            _raise_why(child, progress)
        elif not ended.goes_on:
            self.leave()

    def _start(self, spec: RunSpec) -> None:
        self._messages, theirs = self._context.Pipe()
        self._child = self._context.Process(
            target=train_in_child, args=(self._job, self._features, theirs), name=spec.run_id
        )
        self._graph = spec.graph
        with theirs, self._ending.held():
            self._child.start()

    def leave(self) -> None:
        """Let the process, if there is one, end by itself, within reason; its GPU is free then."""
        if self._child is None:
            return
        with suppress(BrokenPipeError):
            self._messages.send(None)
        self._child.join(_SECONDS_TO_END)
        self._kill()

    def _kill(self) -> None:
        child, self._child = self._child, None
        # Without a number it was hit in its start; it ends when it finds nobody to hear from
        if child is not None and child.pid is not None:
            child.kill()
            child.join()
        if self._messages is not None:
            self._messages.close()


def _raise_why(child: Any, progress: str) -> NoReturn:
    """Raise: a process that ended before its run did was stopped by something."""
    status = child.exitcode
    if status == USER_ERROR:
        raise BlocktuneError(f"{progress} stopped; the reason stands above")
    if status is not None and status < 0:
        name = signal.Signals(-status).name
        hint = "; the system may have run out of memory" if name == "SIGKILL" else ""
        raise BlocktuneError(f"{progress} was ended by {name}{hint}")
    raise RuntimeError(f"{progress} failed with status {status}; its traceback stands above")
