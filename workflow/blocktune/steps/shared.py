"""What several steps take and read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np

from ..data.prepared import read_split
from ..errors import BlocktuneError
from ..files.dataset import Dataset
from ..files.layers import LayerTable
from ..files.plain import read_json
from ..files.plan import ArmPlan, Plan, read_plan
from ..files.record import JobRecord, RunRecord
from ..files.rounds_scores import RoundsScores
from ..files.search_scores import HalvingScores, LayersScores, ScorerScores
from ..files.study import Study
from ..gpus.use import GpuUse, settle_gpus
from ..runs.history import which_right
from ..runs.plan import RunsPerJob
from ..search.schedule import Planner
from ..settings.execution import JOB_VARIABLES, LIMIT_VARIABLES, Execution
from ..settings.load import validate
from ..settings.members import askers
from ..settings.model import Factors, Figures, Settings
from .signature import Reader, Variable


def read_settings(path: Path) -> Settings:
    """Read a study's settings as `settings.sections` wrote them."""
    return validate(Settings, read_json(path))


def section_reader(section: type[Figures] | type[Factors], name: str) -> Reader:
    """Return what reads a section of a study's settings."""
    return Reader(lambda path: validate(section, read_json(path)[name]))


def read_search_scores(path: Path) -> LayersScores | RoundsScores:
    """Read what a search found that does not train every candidate: the file's name tells which kind it is.

    Raises:
        BlocktuneError: the file is none of them.
    """
    method = path.stem.removeprefix("scores-")
    kind = HalvingScores if method == "halving" else RoundsScores if method in askers() else ScorerScores
    return kind.read(path)


SettingsFile = Annotated[Settings, Reader(read_settings), "the study's settings"]
FiguresFile = Annotated[Figures, section_reader(Figures, "figures")]
FactorsFile = Annotated[Factors, section_reader(Factors, "factors"), "the section factors of the settings"]
SearchScoresFile = Annotated[LayersScores | RoundsScores, Reader(read_search_scores)]
JsonFile = Annotated[Any, Reader(read_json)]


@dataclass(frozen=True)
class Planning:
    """A backbone in a repeat of the study, or fed another range: what every planning of runs needs."""

    settings: SettingsFile
    layers: Annotated[LayerTable, "the backbone's layer table"]
    dataset: Annotated[Path, "facts on the prepared images"]
    splits: Annotated[Path, "the parts"]
    repeat: Annotated[int, "which repeat of the study, from 1"] = 1
    pixels: Annotated[Literal["unit", "native"] | None, "range of pixels (default: as the settings say)"] = None
    runs_per_job: Annotated[RunsPerJob, "trainings per job"] = 1

    @cached_property
    def own_settings(self) -> Settings:
        """The study's settings with the seed of this repeat, fed this range."""
        return self.settings.of_repeat(self.repeat, self.pixels)

    def planner(self, settings: Settings | None = None) -> Planner:
        """Return what plans runs with this repeat's settings, or with those given."""
        about = Dataset.read(self.dataset)
        settings = self.own_settings if settings is None else settings
        return Planner(settings, about.digest, len(about.classes), read_split(self.splits), self.runs_per_job)


@dataclass(frozen=True)
class Gpus:
    """How a job uses GPUs; the workflow says it by environment variables."""

    gpus: Annotated[str | None, Variable(JOB_VARIABLES["gpus"]), "auto, none, how many, or which, e.g. 0,1"]
    runs_per_gpu: Annotated[str | None, Variable(JOB_VARIABLES["runs_per_gpu"]), "trainings at once on one GPU"]
    gpu_memory: Annotated[str | None, Variable(JOB_VARIABLES["gpu_memory"]), "grow, or a limit per training in GB"]

    def settled(self) -> GpuUse:
        """Return how this job uses GPUs, and say so if there are none; must come before Keras is imported.

        Raises:
            BlocktuneError: a value that is not allowed, or a GPU that is not there.
        """
        execution = _execution({key: getattr(self, key) for key in JOB_VARIABLES})
        use = settle_gpus(execution.gpus, execution.runs_per_gpu, execution.gpu_memory)
        if not use.devices:
            print("no GPU: training on the CPU", flush=True)
        return use


@dataclass(frozen=True)
class Limits:
    """What one training may take; the workflow says it by environment variables."""

    run_minutes: Annotated[
        str | None, Variable(LIMIT_VARIABLES["run_minutes"]), "end a training that takes more minutes"
    ]
    run_memory_gb: Annotated[
        str | None, Variable(LIMIT_VARIABLES["run_memory_gb"]), "end a training that uses more memory, in GB"
    ]

    def settled(self) -> tuple[float | None, float | None]:
        """Return minutes and gigabytes.

        Raises:
            BlocktuneError: a value that is not allowed.
        """
        execution = _execution({key: getattr(self, key) for key in LIMIT_VARIABLES})
        return execution.run_minutes, execution.run_memory_gb


def _execution(given: dict[str, Any]) -> Execution:
    return validate(Execution, {key: value for key, value in given.items() if value is not None})


@dataclass(frozen=True)
class Training:
    """What every step needs that trains runs of a plan."""

    gpus: Gpus
    plan: Annotated[Plan | ArmPlan, Reader(read_plan), "the stage's plan"]
    layers: Annotated[Path, "the backbone's layer table"]
    dataset: Annotated[Path, "facts on the prepared images, in their folder"]
    splits: Annotated[Path, "the parts"]
    pretrained: Annotated[Path | None, "weights made by `pretrain`, for `weights: digits`"] = None
    memory_gb: Annotated[float, "memory for features of the frozen part in GB"] = 2.0


def records_by_run(files: Iterable[Path]) -> dict[str, RunRecord]:
    """Return the records of all runs in the jobs' files, by run id."""
    return {record["run"]: record for record in run_records(files)}


def run_records(files: Iterable[Path]) -> Iterator[RunRecord]:
    """Yield the records of all runs in the jobs' files.

    Raises:
        BlocktuneError: a file is the record of a dry job.
    """
    for file in files:
        for record in JobRecord.read(file).runs:
            if "metrics" not in record:
                raise BlocktuneError(f"{file} is the record of a dry job (dry_seconds): nothing was trained")
            yield record


def right_by_run(files: Iterable[Path], study: Study, images: int | None = None) -> dict[str, np.ndarray]:
    """Return by run whether each test image was classified rightly (bool), of runs with a test set.

    `images`: how many there are, if these runs have another test set than the study's.
    """
    found = {}
    count = study.images.get("test") if images is None else images
    for record in run_records(files):
        if test := record["metrics"].get("test"):
            found[record["run"]] = which_right(test[study.counts]["right"], count)
    return found


def by_repeat(files: Sequence[Path], backbones: int, flag: str) -> list[Sequence[Path]]:
    """Return files of all backbones of the first repeat, then of the next, by repeat.

    Raises:
        BlocktuneError: they are not as many for each repeat.
    """
    if len(files) % backbones:
        raise BlocktuneError(f"{flag}: {len(files)} files, but {backbones} are needed for each repeat")
    return [files[start : start + backbones] for start in range(0, len(files), backbones)]
