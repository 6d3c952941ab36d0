"""The process in which runs are trained: one, or one after the other those that share a graph (`RunSpec.graph`)."""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ..data.prepared import Prepared
from ..errors import BlocktuneError, machine_fault
from ..files.layers import LayerTable
from ..files.spec import RunSpec
from ..gpus.slots import Slot
from ..runs.store import Store
from .inputs import part_of
from .limits import Begun, Ended, memory_gb
from .planned import planned_backbone
from .process import end_with_parent

if TYPE_CHECKING:
    from .job import Job

USER_ERROR = 2
"""Exit status of a process that stopped at a user's mistake and has printed it."""

# What a process may grow beyond its first run's memory before it makes room for a fresh one
_GROWTH_GB = 0.25


def train_in_child(job: "Job", features: Path, messages: Connection) -> None:
    """Train what comes through `messages` until None comes, and say `Begun` and `Ended` of each run.

    Args:
        job: the runs' job.
        features: folder for what its runs have in common.
        messages: brings specifications (RunSpec), all of one graph.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Ctrl-C reaches all processes of the terminal; the job ends this one, and one of them says so
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    # What the fork server has imported stays: looking through it for garbage took half of the time that tracing takes
    gc.freeze()
    try:
        worker = _Worker(job, features)
        while (spec := _talked(messages.recv)) is not None:
            worker.train(spec, messages)
    except BlocktuneError as error:
        _stop(str(error))
    except Exception as error:
        said = machine_fault(error) if isinstance(error, OSError) else None
        if said is not None:
            _stop(said)
        traceback.print_exc()
        sys.exit(1)


def _talked(talk: Callable[..., Any], *said: Any) -> Any:
    """Receive from the job, or send to it; end without a word if it is gone: it has said why."""
    try:
        return talk(*said)
    except (ConnectionError, EOFError):
        sys.exit(1)


def _stop(said: str) -> NoReturn:
    print(f"error: {said}", file=sys.stderr, flush=True)
    sys.exit(USER_ERROR)


class _Worker:
    """Trains runs of one graph; holds the network, what is compiled and the device between them."""

    def __init__(self, job: "Job", features: Path) -> None:
        from .compiled import Shared
        from .features import FeatureCache

        self._job, self._cache = job, FeatureCache(features)
        self._table = LayerTable.read(job.layers)
        self._prepared = Prepared.open(job.prepared)
        self._store = Store(job.store)
        self._shared = Shared()
        self._backbone: Any = None
        self._device: str | None = None
        self._slot: Slot | None = None
        self._first_gb = 0.0

    def train(self, spec: RunSpec, messages: Connection) -> None:
        """Train a run, store it, and say when it begins and whether this process can take another."""
        from .device import open_device, take_place

        if self._device is None:
            self._slot = take_place(self._job.gpus, spec.run_id)
            self._device = open_device(self._job.gpus, self._slot)
        elif self._slot is not None:
            self._slot.tell(spec.run_id)
        _talked(messages.send, Begun(self._device))
        diverged = self._train(spec)
        used = memory_gb(os.getpid())
        self._first_gb = self._first_gb or used
        _talked(messages.send, Ended(goes_on=not diverged and used <= self._first_gb + _GROWTH_GB))

    def _train(self, spec: RunSpec) -> bool:
        from .assemble import ImageSet
        from .checkpoint import CheckpointFile
        from .measured import Measured
        from .train import train_run

        job, store = self._job, self._store
        backbone = self._pretrained(spec)
        checkpoint = CheckpointFile(store.checkpoint(spec.run_id), spec)
        image_set = ImageSet(self._prepared.images, self._prepared.labels)
        part = part_of(spec, job.splits, job.stage, job.rows)
        measured = Measured(backbone, job.compared) if job.compared else None
        finished = train_run(
            spec,
            backbone,
            self._table,
            image_set,
            part,
            job.memory_gb,
            checkpoint,
            self._cache,
            job.pause_after,
            self._shared if spec.graph else None,
        )
        resources = finished.resources | {"device": self._device}
        pause = job.pause_after if finished.paused else None
        store.put(spec, finished.metrics, finished.history, resources, pause, finished.validation)
        if measured is not None:
            if store.record(spec)["metrics"] != finished.metrics:
                print(
                    f"run {spec.run_id}: trained again to measure it, with other last digits (another machine, a GPU)"
                )
            pretrained = planned_backbone(spec, self._table, job.layers, job.pretrained)
            store.put_measures(spec.run_id, measured.after(spec, finished, backbone, pretrained, image_set, part))
        if not finished.paused:
            checkpoint.remove()
        return bool(finished.metrics["diverged"])

    def _pretrained(self, spec: RunSpec) -> Any:
        """Return the network as it was before any run."""
        if self._backbone is None:
            self._backbone = planned_backbone(spec, self._table, self._job.layers, self._job.pretrained)
        else:
            from ..backbones.own import seed_random_layers

            self._shared.restore()
            if self._table.architecture is not None:
                seed_random_layers(self._backbone, spec.seed)
        return self._backbone
