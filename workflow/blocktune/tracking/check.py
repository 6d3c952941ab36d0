"""What must hold before DVC lets Snakemake work: said in one message, before anything is touched."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from ..data.origins import check_copy, origins
from ..errors import BlocktuneError
from ..settings.load import load_files
from ..settings.members import source_path
from ..settings.model import Settings
from ..settings.own import hub_folder, is_function, module_of
from .call import WITHOUT_JOBS, read_call
from .places import RAW, planned_settings, snakemake_at_work
from .provenance import edited_outputs
from .snakemake_records import incomplete_outputs

# Flags for the Snakemake that DVC starts: cores, memory, a cluster's profile
FLAGS = "BLOCKTUNE_FLAGS"
_SCIENCE_FLAGS = ("configfile", "directory", "snakefile", "replace_workflow_config", *WITHOUT_JOBS, "touch")


def check(params: Path) -> None:
    """Look for everything that would make DVC write down something untrue.

    Raises:
        BlocktuneError: names what is in the way and what to do about it; nothing was changed.
    """
    settings = load_files([params])
    problems = [*_flags(), *_sources(settings)]
    if snakemake_at_work():
        problems.append(
            "Snakemake is running in this folder, or was killed before it released its lock. Wait for it. If none is "
            "running: snakemake --unlock, then repeat the command; finished results are kept"
        )
    else:
        problems += _edits()
    if problems:
        raise BlocktuneError("\n  ".join(["the study was not started:", *problems]))


def settings_mismatch(params: Path) -> list[str]:
    """Return the sections in which the results' settings differ from those of `params`: none may be recorded for it."""
    wanted, found = load_files([params]).model_dump(mode="json"), planned_settings()
    return [name for name, value in wanted.items() if found.get(name) != value]


def _flags() -> Iterator[str]:
    try:
        options = read_call(shlex.split(os.environ.get(FLAGS, ""))).options
    except BlocktuneError as error:
        yield f"{FLAGS}: {error}"
        return
    given = [f"--{name.replace('_', '-')}" for name in _SCIENCE_FLAGS if getattr(options, name, None)]
    given += [word for word in getattr(options, "config", None) or () if word.split("=")[0] in Settings.model_fields]
    for flag in given:
        yield f"{FLAGS} has {flag}: it is only for cores, profiles and the like; settings belong into params.yaml"


def _sources(settings: Settings) -> Iterator[str]:
    """Files that DVC would not see change."""
    given = []
    if source_path(settings.data.source):
        given.append(("data.path", settings.data.path))
    for number, backbone in enumerate(settings.backbones):
        given += [(f"backbones[{number}].{key}", file) for key, file in backbone.files.items()]
        if folder := hub_folder(backbone.name):
            given.append((f"backbones[{number}].name", str(folder)))
        if is_function(backbone.name):
            yield from _module_outside(number, backbone.name)
    for key, path in given:
        if Path(path).is_absolute() or ".." in Path(path).parts or not Path(path).is_relative_to(RAW):
            yield (
                f"{key}: {path} lies outside {RAW}, where DVC does not see it change: "
                f"move it to {RAW}/{Path(path).name}, dvc add it there, and name that path"
            )
    if settings.data.source == "archive":
        try:
            check_copy(Path(settings.data.path), origins())
        except BlocktuneError as error:
            yield f"data.path: {error}"


def _module_outside(number: int, name: str) -> Iterator[str]:
    """A function's module that DVC would not see change."""
    inside = Path(*module_of(name).split("."))
    if not inside.is_relative_to(RAW):
        dotted = ".".join([*RAW.parts, inside.name])
        yield (
            f"backbones[{number}].name: the module of {name} lies outside {RAW}, where DVC does not see it change: "
            f"move it to {RAW}/{inside.name}.py, dvc add it there, and name {dotted}:{name.partition(':')[2]}"
        )


def _edits() -> Iterator[str]:
    for output in edited_outputs(incomplete_outputs()):
        yield (
            f"{output} was changed after the workflow made it: to keep the change, copy it elsewhere; "
            f"to have the made one back: dvc checkout {output} --force, or delete it and it is made again"
        )
