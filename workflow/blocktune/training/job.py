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
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from ..atomic import set_aside
from ..candidates.table import LayerTable
from ..data.prepared import Prepared
from ..errors import BlocktuneError, machine_fault
from ..gpus.use import GpuUse
from ..runs.spec import RunSpec
from ..runs.store import MEASURES_VERSION, Store
from ..settings.backbone import Backbone
from ..settings.own import is_function
from .ending import Ending
from .inputs import Rows, check_inputs, part_of
from .limits import RunLimits, wait_within
from .process import end_with_parent
from .scratch import keep_socket_paths_short, scratch_folder

# Exit status of a child that stopped at a user's mistake and has printed it
_USER_ERROR = 2


@dataclass(frozen=True)
class Job:
    """Everything a child needs to train one of the job's runs.

    Attributes:
        layers: file of the backbone's layer table.
        prepared: folder of the prepared photographs.
        splits: file of the parts.
        stage: the plan's: final runs train on the part `final`, all others on `search`.
        store: folder of finished runs.
        pretrained: weights file made by the workflow, for `weights: digits`.
        memory_gb: memory for cached features.
        pause_after: runs stop after this epoch, for a search that goes on with some of them; None trains to the end.
        compared: photographs on which features before and after tuning are compared; None measures nothing.
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


def run_job(specs: Sequence[RunSpec], job: Job) -> list[dict[str, Any]]:
    """Train those runs that the store does not hold and return the records of all.

    Raises:
        BlocktuneError: a run could not be trained; the runs before it are in the store.
        Preempted: the job was told to end; finished runs and finished epochs are kept.
    """
    store = Store(job.store)
    keep_socket_paths_short()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["blocktune.known_keras"])
    ending, checked = Ending(), False
    with scratch_folder() as features:
        for number, spec in enumerate(specs, 1):
            progress = f"run {spec.run_id} ({number} of {len(specs)})"
            ending.check()
            with store.lock(spec.run_id):
                if store.has(spec, job.pause_after) and (not job.compared or store.measures(spec.run_id) is not None):
                    print(f"{progress}: in the store", flush=True)
                    continue
                begun = time.perf_counter()
                if not checked:
                    check_inputs(specs, job.prepared, job.splits, job.stage, job.rows)
                    checked = True
                _train_in_fresh_process(context, spec, job, features, progress, ending)
                print(f"{progress}: {time.perf_counter() - begun:.1f} s", flush=True)
    return [
        store.record(spec, job.pause_after)
        | ({"measures": store.measures(spec.run_id), "measures_version": MEASURES_VERSION} if job.compared else {})
        for spec in specs
    ]


def _train_in_fresh_process(
    context: Any, spec: RunSpec, job: Job, features: Path, progress: str, ending: Ending
) -> None:
    begun, begins = context.Pipe(duplex=False)
    child = context.Process(target=_train_in_child, args=(spec, job, features, begins), name=spec.run_id)
    with begun, begins:
        try:
            child.start()
            wait_within(child, begun, job.limits, progress, ending.check)
        except BaseException:
            # Without a number it was hit in its start; it ends when it finds nobody to send to
            if child.pid is not None:
                child.kill()
                child.join()
            raise
    _check_ended_well(child, progress)


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


def _train_in_child(spec: RunSpec, job: Job, features: Path, begins: Connection) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Ctrl-C reaches all processes of the terminal; the job ends this one, and one of them says so
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    try:
        _train_and_store(spec, job, features, begins)
    except BlocktuneError as error:
        _stop(str(error))
    except Exception as error:
        said = machine_fault(error) if isinstance(error, OSError) else None
        if said is not None:
            _stop(said)
        traceback.print_exc()
        sys.exit(1)


def _stop(said: str) -> NoReturn:
    print(f"error: {said}", file=sys.stderr, flush=True)
    sys.exit(_USER_ERROR)


def _train_and_store(spec: RunSpec, job: Job, features: Path, begins: Connection) -> None:
    from .assemble import Photographs
    from .checkpoint import CheckpointFile
    from .device import take_device
    from .features import FeatureCache
    from .measured import Measured
    from .train import train_run

    device = take_device(job.gpus, {"run": spec.run_id})
    try:
        begins.send(device)
    except BrokenPipeError:
        # The job is gone, and has said why
        sys.exit(1)
    table = LayerTable.read(job.layers)
    backbone = planned_backbone(spec, table, job.layers, job.pretrained)
    prepared = Prepared.open(job.prepared)
    store = Store(job.store)
    checkpoint = CheckpointFile(store.checkpoint(spec.run_id), spec)
    photographs, part = Photographs(prepared.images, prepared.labels), part_of(spec, job.splits, job.stage, job.rows)
    measured = Measured(backbone, job.compared) if job.compared else None
    finished = train_run(
        spec,
        backbone,
        table,
        photographs,
        part,
        job.memory_gb,
        checkpoint,
        FeatureCache(features),
        job.pause_after,
    )
    resources = finished.resources | {"device": device}
    pause = job.pause_after if finished.paused else None
    store.put(spec, finished.metrics, finished.history, resources, pause, finished.validation)
    if measured is not None:
        if store.record(spec)["metrics"] != finished.metrics:
            print(f"run {spec.run_id}: trained again to measure it, with other last digits (another machine or a GPU)")
        pretrained = planned_backbone(spec, table, job.layers, job.pretrained)
        store.put_measures(spec.run_id, measured.after(spec, finished, backbone, pretrained, photographs, part))
    if not finished.paused:
        checkpoint.remove()


def planned_backbone(spec: RunSpec, table: LayerTable, layers: Path, pretrained: Path | None) -> Any:
    """Build the backbone (a keras.Model) that a run was planned with.

    Raises:
        BlocktuneError: its weights are not those that the plan saw, or a network of the user's own is another.
    """
    from ..backbones.build import build_backbone
    from ..backbones.graph import architecture_digest
    from ..backbones.own import seed_random_layers
    from ..backbones.weights import weights_digest

    entry = Backbone(**{name: table.backbone[name] for name in Backbone.model_fields if name in table.backbone})
    backbone = build_backbone(entry, spec.image_size, table.seed, pretrained)
    if weights_digest(backbone) != spec.backbone["weights"]:
        differ = f"{entry.key}: the pre-trained weights differ from those that were planned with"
        if is_function(entry.name):
            differ += " (a function must return the same each time)"
        if entry.weights_kind == "digits" and pretrained is not None:
            aside = set_aside(pretrained)
            raise BlocktuneError(f"{differ}: {pretrained} is damaged; set aside as {aside}, it is made again next time")
        raise BlocktuneError(f"{differ}; remove {layers} and start again")
    if entry.own:
        if architecture_digest(backbone) != spec.backbone["architecture"]:
            raise BlocktuneError(
                f"{entry.key}: the network differs from the one that was planned with; remove {layers} and start again"
            )
        seed_random_layers(backbone, spec.seed)
    return backbone
