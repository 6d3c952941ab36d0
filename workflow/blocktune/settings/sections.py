"""The settings that each step depends on, as files of their own.

A step's file changes only when something that the step depends on changes, so its date means something to Snakemake,
also where Snakemake's own records are missing (after a checkout).
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import BlocktuneError
from ..files.plain import json_text, known_json, write_text
from ..walk import walk
from .backbone import Backbone
from .code import code_digests
from .data import Data
from .digests import Digests
from .members import source_path
from .model import Settings
from .own import code_files, hub_folder, is_function

# Where digests of images are remembered between calls; belongs to this machine, like the rest of the folder


def write_sections(settings: Settings, folder: Path, in_use: bool = False) -> list[str]:
    """Write every section's file into the folder and return the names; what stays the same is not touched.

    `in_use`: whether another Snakemake is at work here, whose jobs read the files that are there.

    Raises:
        BlocktuneError: a file that is in use would change, or can't be written.
    """
    names = []
    for name, content in _sections(settings, folder):
        names.append(name)
        path = folder / name
        text = json_text(content)
        if _text(path) == text:
            continue
        if in_use and path.is_file():
            raise BlocktuneError(
                f"another Snakemake is running in {Path.cwd()} with other settings ({path} would change). Wait for it, "
                "or use a folder of its own for this study (--directory). If none is running: snakemake --unlock"
            )
        write_text(path, text)
    return names


def _sections(settings: Settings, folder: Path) -> Iterator[tuple[str, Any]]:
    everything = settings.model_dump(mode="json")
    digests = Digests()
    yield "settings.json", everything
    shown_elsewhere = ("figures", "factors", "export")
    yield "report.json", {key: value for key, value in everything.items() if key not in shown_elsewhere}
    yield "figures.json", {"figures": everything["figures"]}
    yield "factors.json", {"factors": everything["factors"]}
    yield from _targets(settings, folder, digests)
    yield "source_pictures.json", _source_pictures(settings, folder / "source_pictures.json", digests)
    # Without the key: what was planned before there was this section is still its plan
    planned = planning(settings)
    yield "planning.json", planned.model_dump(mode="json", exclude={"export"})
    section = data_section(settings)
    yield "data.json", section | {"files": _data_files(settings.data, folder / "data.json", section, digests)}
    selection = {} if settings.selection is None else {"selection": settings.selection}
    yield "split.json", {"split": everything["split"], "seed": settings.split.seed, **selection}
    general = {"image_size": settings.data.image_size, "seed": settings.seed}
    yield "pretraining.json", {"pretraining": everything["pretraining"], **general}
    for backbone in planned.backbones:
        name, section = f"backbones/{backbone.key}.json", {"backbone": backbone.model_dump(mode="json"), **general}
        yield name, section | _contents(backbone, folder / name, digests)
    for step, digest in code_digests().items():
        yield f"code/{step}.json", {"sha256": digest}
    digests.remember()


def planning(settings: Settings) -> Settings:
    """Return the settings without what changes no plan: names, labels, looks, and how many repeats there are."""
    nameless = [backbone.model_copy(update={"label": None}) for backbone in settings.backbones]
    fields = type(settings).model_fields
    shown = {name: fields[name].default for name in ("study", "figures", "repeats", "factors")}
    return settings.model_copy(update={"backbones": nameless, **shown})


def _targets(settings: Settings, folder: Path, digests: Digests) -> Iterator[tuple[str, Any]]:
    """What each further target of the factor study is prepared from."""
    targets = settings.factors.targets
    for key, shift in targets.shifted.items():
        yield f"targets/{key}.json", {"shift": shift._asdict(), "seed": settings.split.seed}
    for target in targets.also:
        data = settings.data.model_copy(update=target.model_dump())
        left_out = {"max_16bit"} if data.max_16bit == "full" else None
        section = {"data": data.model_dump(mode="json", exclude=left_out), "seed": settings.split.seed}
        name = f"targets/{target.key}.json"
        yield name, section | {"files": _data_files(data, folder / name, section, digests)}


def _source_pictures(settings: Settings, before: Path, digests: Digests) -> dict[str, Any]:
    """The pictures that distances of targets are measured from, if the study has a folder of them."""
    path = settings.factors.targets.source_pictures
    section = {"path": path}
    if path is None:
        return section
    data = settings.data.model_copy(update={"source": "folder", "path": path})
    return section | {"files": _data_files(data, before, section, digests)}


def _data_files(data: Data, before: Path, section: dict[str, Any], digests: Digests) -> list[list[Any]]:
    """Name, size and sha256 of every file that is prepared: any change means preparing again.

    Where the source is gone, what `before` says of the same `section` is still true. The content of a source without a
    path is told by its name.
    """
    if source_path(data.source) is None:
        return []
    path = Path(data.path)
    if not path.exists():
        # The images are prepared and their source is gone (another machine, a disk that is not mounted): no change
        known = known_json(before)
        same = all(known.get(key) == value for key, value in section.items())
        return known.get("files", []) if same else []
    files = [path] if path.is_file() else _files_below(path)
    top = path.parent if path.is_file() else path
    return [[str(file.relative_to(top)), file.stat().st_size, digests.of(file)] for file in files]


def _files_below(folder: Path) -> list[Path]:
    """All files that are prepared, in the order of their paths."""
    try:
        found = walk(folder).files
    except OSError as error:
        raise BlocktuneError(f"data.path: {error.filename} can't be listed: {error.strerror}") from None
    return sorted(path for parts in found if (path := folder.joinpath(*parts)).is_file())


def _contents(backbone: Backbone, before: Path, digests: Digests) -> dict[str, Any]:
    """The sha256 of the files that a backbone is made from; of one that is gone, what was known when it was there."""
    found: dict[str, Any] = {}
    for key, file in backbone.files.items():
        path, name = Path(file), f"{key}_sha256"
        found[name] = digests.of(path) if path.is_file() else known_json(before).get(name)
    folder = hub_folder(backbone.name)
    if folder is not None:
        files = _files_below(folder) if folder.is_dir() else []
        told = [[str(path.relative_to(folder)), digests.of(path)] for path in files]
        found["preset_sha256"] = told or known_json(before).get("preset_sha256")
    if is_function(backbone.name):
        try:
            found["code_sha256"] = [[path.name, digests.of(path)] for path in code_files(backbone.name)]
        except BlocktuneError:
            found["code_sha256"] = known_json(before).get("code_sha256")
    return found


def data_section(settings: Settings) -> dict[str, Any]:
    """What the prepared images depend on; only the digits' shift is random."""
    data = settings.data
    seed = settings.split.seed if data.source == "digits" else 0
    fields = {"source", "name", "path", "image_size", "on_bad_image"}
    if data.source == "digits":
        fields = {"source", "name", "image_size", "digits", "shift"}
    # What was prepared before there was this key is still what its default makes
    elif data.max_16bit != "full":
        fields |= {"max_16bit"}
    return {"data": data.model_dump(mode="json", include=fields), "seed": seed}


def dataset_key(settings: Settings) -> str:
    """Name of the prepared images' folder: different preparations never share one."""
    section = json.dumps(data_section(settings), sort_keys=True)
    safe = settings.data.name.replace("/", "_").replace(":", "_")
    return f"{safe}-{settings.data.image_size}px-{hashlib.sha256(section.encode()).hexdigest()[:8]}"


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
