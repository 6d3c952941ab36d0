"""A job: some runs of one backbone, each trained in a fresh child process, results in the store.

Fitting model after model in one process leaks memory and lets one run touch the next. A fork server that has imported
Keras, but opened no device, gives every run a clean process without the seconds that the import takes.
"""

import multiprocessing
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..candidates.table import LayerTable
from ..data.prepared import Prepared, read_split
from ..errors import BlocktuneError
from ..runs.spec import Part, RunSpec
from ..runs.store import Store
from ..settings.backbone import Backbone

# Exit status of a child that stopped at a user's mistake and has printed it
_USER_ERROR = 2


@dataclass(frozen=True)
class Job:
    """Everything a child needs to train one of the job's runs.

    Attributes:
        layers: file of the backbone's layer table.
        prepared: folder of the prepared photographs.
        splits: file of the parts.
        part: which part is trained on, `search` or `final`.
        store: folder of finished runs.
        pretrained: weights file made by the workflow, for `weights: digits`.
        memory_gb: memory for cached features.
    """

    layers: Path
    prepared: Path
    splits: Path
    part: str
    store: Path
    pretrained: Path | None
    memory_gb: float


def run_job(specs: Sequence[RunSpec], job: Job) -> list[dict[str, Any]]:
    """Train those runs that the store does not hold and return the records of all.

    Raises:
        BlocktuneError: a run could not be trained; the runs before it are in the store.
    """
    store = Store(job.store)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["keras"])
    for number, spec in enumerate(specs, 1):
        progress = f"run {spec.run_id} ({number} of {len(specs)})"
        if store.has(spec):
            print(f"{progress}: in the store", flush=True)
            continue
        begun = time.perf_counter()
        child = context.Process(target=_train_in_child, args=(spec, job), name=spec.run_id)
        child.start()
        child.join()
        _check_ended_well(child, progress)
        print(f"{progress}: {time.perf_counter() - begun:.1f} s", flush=True)
    return [store.record(spec) for spec in specs]


def _check_ended_well(child: Any, progress: str) -> None:
    status = child.exitcode
    if status == 0:
        return
    if status == _USER_ERROR:
        raise BlocktuneError(f"{progress} stopped; the reason stands above")
    if status is not None and status < 0:
        name = signal.Signals(-status).name
        hint = "; the system may have run out of memory" if name == "SIGKILL" else ""
        raise BlocktuneError(f"{progress} was ended by {name}{hint}")
    raise RuntimeError(f"{progress} failed with status {status}; its traceback stands above")


def _train_in_child(spec: RunSpec, job: Job) -> None:
    try:
        _train_and_store(spec, job)
    except BlocktuneError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        sys.exit(_USER_ERROR)
    except Exception:
        traceback.print_exc()
        sys.exit(1)


def _train_and_store(spec: RunSpec, job: Job) -> None:
    from ..backbones.build import build_backbone, weights_digest
    from .train import Photographs, train_run

    table = LayerTable.read(job.layers)
    entry = Backbone(**{name: table.backbone[name] for name in Backbone.model_fields})
    backbone = build_backbone(entry, spec.image_size, table.seed, job.pretrained)
    if weights_digest(backbone) != spec.backbone["weights"]:
        raise BlocktuneError(
            f"{entry.key}: the pre-trained weights differ from those that were planned with; "
            f"remove {job.layers} and start again"
        )
    prepared = Prepared.open(job.prepared)
    rows = read_split(job.splits)
    finished = train_run(
        spec,
        backbone,
        table,
        Photographs(prepared.images, prepared.labels),
        Part(rows[job.part], rows["validation"]),
        job.memory_gb,
    )
    Store(job.store).put(spec, finished.metrics, finished.history, finished.resources)
