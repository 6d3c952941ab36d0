"""Pieces that several commands share."""

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..analysis.study import Study as ReportedStudy
from ..data.prepared import read_split
from ..errors import BlocktuneError
from ..gpus.use import GpuUse, settle_gpus
from ..runs.files import read_json
from ..search.schedule import Study
from ..settings.execution import JOB_VARIABLES, LIMIT_VARIABLES, Execution
from ..settings.load import validate
from ..settings.model import Settings


def path_flag(
    parser: argparse.ArgumentParser, flag: str, help_text: str, required: bool = True, many: bool = False
) -> None:
    """Add a flag that takes a path, or several."""
    parser.add_argument(flag, type=Path, required=required, help=help_text, metavar="FILE", nargs="+" if many else None)


def halved_flags(parser: argparse.ArgumentParser) -> None:
    """Add what shows every candidate of a search by halving, however far it was trained."""
    for flag, what in (("--search-plans", "plans of the search"), ("--halved", "what `halve` wrote")):
        parser.add_argument(
            flag, type=Path, nargs="*", default=[], metavar="FILE", help=f"of a search by halving: {what}"
        )


def usable_cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def planning_flags(parser: argparse.ArgumentParser) -> None:
    """Add what every planning of runs needs; `existing_study` reads it."""
    path_flag(parser, "--settings", "the study's settings")
    path_flag(parser, "--layers", "the backbone's layer table")
    path_flag(parser, "--dataset", "facts on the prepared photographs")
    path_flag(parser, "--splits", "the parts")
    repeat_flag(parser)
    parser.add_argument("--pixels", choices=["unit", "native"], help="range of pixels (default: as the settings say)")
    parser.add_argument(
        "--runs-per-job",
        type=lambda text: text if text == "auto" else int(text),
        default=1,
        metavar="N|auto",
        help="trainings per job (default 1)",
    )


def repeat_flag(parser: argparse.ArgumentParser) -> None:
    """Add which repeat of a study a command is about."""
    parser.add_argument(
        "--repeat", type=int, default=1, metavar="N", help="which repeat of the study, from 1 (default 1)"
    )


def settings_of_row(options: argparse.Namespace) -> Settings:
    """Return the settings in the file --settings, with the seed of --repeat and fed the range of --pixels."""
    return validate(Settings, read_json(options.settings)).of_row(options.repeat, options.pixels)


def training_flags(parser: argparse.ArgumentParser) -> None:
    """Add what every command needs that trains runs of a plan."""
    path_flag(parser, "--plan", "the stage's plan")
    path_flag(parser, "--layers", "the backbone's layer table")
    path_flag(parser, "--dataset", "facts on the prepared photographs, in their folder")
    path_flag(parser, "--splits", "the parts")
    path_flag(parser, "--pretrained", "weights made by `pretrain`, for `weights: digits`", required=False)
    parser.add_argument(
        "--memory-gb", type=float, default=2.0, help="memory for features of the frozen part in GB (default 2)"
    )
    gpu_flags(parser)


def gpu_flags(parser: argparse.ArgumentParser) -> None:
    """Add how GPUs are used; the workflow says it by environment variables."""
    for flag, meaning in (
        ("--gpus", "auto, none, how many, or which, e.g. 0,1"),
        ("--runs-per-gpu", "trainings at once on one GPU"),
        ("--gpu-memory", "grow, or a limit per training in GB"),
    ):
        variable = JOB_VARIABLES[flag[2:].replace("-", "_")]
        parser.add_argument(flag, default=os.environ.get(variable), help=f"{meaning} (default ${variable})")


def limit_flags(parser: argparse.ArgumentParser) -> None:
    """Add what one training may take; the workflow says it by environment variables."""
    for flag, meaning in (
        ("--run-minutes", "end a training that takes more minutes"),
        ("--run-memory-gb", "end a training that uses more memory, in GB"),
    ):
        variable = LIMIT_VARIABLES[flag[2:].replace("-", "_")]
        parser.add_argument(flag, default=os.environ.get(variable), help=f"{meaning} (default ${variable})")


def run_limits(options: argparse.Namespace) -> dict[str, float | None]:
    """Return the limits that `limit_flags` read, by key of the settings.

    Raises:
        BlocktuneError: a value that is not allowed.
    """
    given = {key: getattr(options, key) for key in LIMIT_VARIABLES}
    execution = validate(Execution, {key: value for key, value in given.items() if value is not None})
    return {key: getattr(execution, key) for key in LIMIT_VARIABLES}


def settled_gpus(options: argparse.Namespace) -> GpuUse:
    """Return how this job uses GPUs, and say so if there are none; must come before Keras is imported.

    Raises:
        BlocktuneError: a value that is not allowed, or a GPU that is not there.
    """
    given = {key: getattr(options, key) for key in JOB_VARIABLES}
    execution = validate(Execution, {key: value for key, value in given.items() if value is not None})
    use = settle_gpus(execution.gpus, execution.runs_per_gpu, execution.gpu_memory)
    if not use.devices:
        print("no GPU: training on the CPU", flush=True)
    return use


def existing_study(settings: Settings, options: argparse.Namespace) -> Study:
    """Return what planning needs, from the files named by --dataset, --splits and --runs-per-job."""
    dataset = read_json(options.dataset)
    return Study(settings, dataset["digest"], len(dataset["classes"]), read_split(options.splits), options.runs_per_job)


def records_by_run(files: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return the records of all runs in the jobs' files, by run id."""
    return {record["run"]: record for record in run_records(files)}


def metrics_by_run(files: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Return the metrics of all runs in the jobs' files, by run id."""
    return {run: record["metrics"] for run, record in records_by_run(files).items()}


def run_records(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the records of all runs in the jobs' files.

    Raises:
        BlocktuneError: a file is the record of a dry job.
    """
    for file in files:
        for record in read_json(file)["runs"]:
            if "metrics" not in record:
                raise BlocktuneError(f"{file} is the record of a dry job (dry_seconds): nothing was trained")
            yield record


def right_by_run(files: Iterable[Path], study: ReportedStudy, photographs: int | None = None) -> dict[str, np.ndarray]:
    """Return by run whether each test photograph was classified rightly (bool), of runs with a test part.

    Args:
        files: the jobs' records.
        study: gives the size of the test part and the epoch that counts.
        photographs: how many there are, if these runs have another test part than the study's.
    """
    found = {}
    count = study.photographs.get("test") if photographs is None else photographs
    for record in run_records(files):
        if test := record["metrics"].get("test"):
            bits = np.frombuffer(bytes.fromhex(test[study.counts]["right"]), np.uint8)
            found[record["run"]] = np.unpackbits(bits, count=count).astype(bool)
    return found


def by_repeat(files: Sequence[Path], backbones: int, flag: str) -> list[Sequence[Path]]:
    """Return files of all backbones of the first repeat, then of the next, by repeat.

    Raises:
        BlocktuneError: they are not as many for each repeat.
    """
    if len(files) % backbones:
        raise BlocktuneError(f"{flag}: {len(files)} files, but {backbones} are needed for each repeat")
    return [files[start : start + backbones] for start in range(0, len(files), backbones)]


def proxy_scores(content: dict[str, Any]) -> dict[tuple[int, ...], float | None]:
    """Return the scores in a file that `proxy` made, by indices of layers."""
    return {tuple(entry["layers"]): entry["score"] for entry in content["scores"]}
