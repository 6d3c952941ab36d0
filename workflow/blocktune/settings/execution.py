"""Execution settings: how a study is run, never what comes out. They come from profiles or `--config`."""

import os
import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from .kinds import Count, Line, Number, Section

GpuChoice = Literal["auto", "none"] | int | tuple[int | str, ...]
"""Which GPUs trainings may use: all, none, the first so many, or those listed by number or UUID."""

MemoryLimit = Literal["grow"] | float
"""GPU memory of one training: as much as it comes to need, or a hard limit in GB."""

_MOST_GPUS = 4096

_GPUS_ALLOWED = (
    "must be auto, none, how many (from 1), or a list of numbers and UUIDs, e.g. [0, 1] or [GPU-8932f937, MIG-5c1c9d2f]"
)


JOB_VARIABLES = {key: f"BLOCKTUNE_{key.upper()}" for key in ("gpus", "runs_per_gpu", "gpu_memory")}
"""What reaches jobs by their environment: a changed flag or param would make Snakemake run finished jobs again."""

LIMIT_VARIABLES = {key: f"BLOCKTUNE_{key.upper()}" for key in ("run_minutes", "run_memory_gb")}
"""Limits of a training; they reach jobs the same way."""


def gpu_choice(value: Any) -> GpuChoice:
    """Return `gpus` as it was given, whatever way YAML, `--config` or an environment variable spelt it.

    Raises:
        ValueError: says what is allowed.
    """
    if value is None or value == []:
        return "none"
    if isinstance(value, str):
        text = value.strip()
        if text in ("auto", "none"):
            return text
        value = int(text) if _is_number(text) else [part.strip() for part in text.strip("[]").split(",")]
    if isinstance(value, int) and not isinstance(value, bool):
        if value == 0:
            raise ValueError(f"{_GPUS_ALLOWED}; for the first GPU write [0], for none write none")
        if not 0 < value <= _MOST_GPUS:
            raise ValueError(_GPUS_ALLOWED)
        return value
    if not isinstance(value, (list, tuple)):
        raise ValueError(_GPUS_ALLOWED)
    return tuple(_each_once([_gpu(entry) for entry in value]))


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 10


def _gpu(entry: Any) -> int | str:
    if isinstance(entry, str):
        entry = entry.strip()
        if entry.startswith(("GPU-", "MIG-")):
            return entry
        entry = int(entry) if _is_number(entry) else None
    if isinstance(entry, bool) or not isinstance(entry, int) or not 0 <= entry <= _MOST_GPUS:
        raise ValueError(_GPUS_ALLOWED)
    return entry


def _each_once(entries: list[int | str]) -> list[int | str]:
    twice = {str(entry): None for entry in entries if entries.count(entry) > 1}
    if twice:
        raise ValueError(f"lists {', '.join(twice)} more than once")
    return entries


def memory_limit(value: Any) -> MemoryLimit:
    """Return `gpu_memory` as `grow` or a number of GB.

    Raises:
        ValueError: says what is allowed.
    """
    try:
        limit = value if value == "grow" or isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        limit = None
    if limit == "grow" or (isinstance(limit, float) and 0 < limit < float("inf")):
        return limit
    raise ValueError("must be grow, or a number of GB above 0")


def _job_size(value: Any) -> Any:
    if value == "auto":
        return value
    number = int(value) if isinstance(value, str) and _is_number(value) else value
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 10**9:
        return number
    raise ValueError("must be a whole number from 1, or auto")


def _expanded(value: Any) -> Any:
    """Put environment variables into a path: clusters keep scratch space under names like $SCRATCH."""
    if not isinstance(value, str):
        return value
    expanded = os.path.expandvars(value)
    left = re.search(r"\$\{?(\w+)\}?", expanded)
    if left:
        raise ValueError(f"the environment variable {left[1]} is not set")
    return expanded


class Execution(Section):
    """Keys of Snakemake's `config` that a profile may set in addition to the study's settings."""

    runs_per_job: Annotated[int | Literal["auto"], BeforeValidator(_job_size)] = Field(
        1,
        description="Trainings per job: 1 is one job per backbone and candidate; more share one start-up of Keras; "
        "`auto` fills each job until the start-up takes under a tenth of its time.",
    )
    memory_gb: Number = Field(
        2.0,
        gt=0,
        description="Memory for cached features in one training; where they need more, the cut moves to the input.",
    )
    gpus: Annotated[GpuChoice, BeforeValidator(gpu_choice)] = Field(
        "auto",
        description="GPUs that trainings may use, among those that CUDA_VISIBLE_DEVICES leaves visible: `auto` all, "
        "`none` the CPU only, a number so many, a list these (numbers count the visible ones from 0; or UUIDs).",
    )
    runs_per_gpu: Count = Field(1, description="Trainings at once on one GPU; each takes one of so many places.")
    gpu_memory: Annotated[MemoryLimit, BeforeValidator(memory_limit)] = Field(
        "grow", description="GPU memory of one training: `grow` takes what it comes to need, a number is a limit in GB."
    )
    run_minutes: Number | None = Field(
        None,
        gt=0,
        description="Time limit of one training in minutes, from when it has its device. A training that hangs is "
        "ended, and the next try resumes after its last saved epoch. None is no limit.",
    )
    run_memory_gb: Number | None = Field(
        None,
        gt=0,
        description="Memory limit of one training in GB (1e9 bytes); Keras alone takes about 0.4. None is no limit.",
    )
    offline: bool = Field(
        False,
        description="Download nothing: before the first job look whether the dataset and the weights are there.",
    )
    allow_code: bool = Field(
        False,
        description="Allow backbones named `module:function`: to build one, its module's code runs.",
    )
    store: Annotated[Line, BeforeValidator(_expanded)] = Field(
        "data/store",
        description="Folder of finished runs, shared by all studies; may hold $VARIABLES.",
    )
    training_env: Literal["cpu", "cuda"] = Field(
        "cpu", description="With --use-conda: trainings run in envs/train-cpu.yaml or in envs/train-cuda.yaml."
    )
    container: Line | None = Field(
        None, description="With --sdm apptainer: the image that jobs run in, a file or an address."
    )
    licence: Line | None = Field(
        None,
        description="Under which licence you publish the table of arms (`snakemake arms`), models and their cards "
        "(`snakemake models`), and the study itself (`blocktune origin --crate`), e.g. CC-BY-4.0.",
    )
    dry_seconds: Number | None = Field(
        None,
        ge=0,
        description="To rehearse a study on a cluster: every training only sleeps so long. All goes to results/dry, "
        "which nothing reads.",
    )

    def job_environment(self) -> dict[str, str]:
        """Return the variables that carry settings to jobs, as `Execution` reads them again."""
        values = {key: getattr(self, key) for key in JOB_VARIABLES}
        if isinstance(self.gpus, tuple):
            values["gpus"] = f"[{','.join(map(str, self.gpus))}]"
        limits = {key: value for key in LIMIT_VARIABLES if (value := getattr(self, key)) is not None}
        return {(JOB_VARIABLES | LIMIT_VARIABLES)[key]: str(value) for key, value in (values | limits).items()}
