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
from .backbone import Backbone
from .model import Data, Settings


def write_sections(settings: Settings, folder: Path, in_use: bool = False) -> None:
    """Write every section's file into the folder; files whose content stays the same are not touched.

    Args:
        settings: the study's settings.
        folder: where the files go.
        in_use: whether another Snakemake is at work here, whose jobs read the files that are there.

    Raises:
        BlocktuneError: a file that is in use would change, or can't be written.
    """
    for name, content in _sections(settings, folder):
        path = folder / name
        text = json.dumps(content, indent=1, sort_keys=True) + "\n"
        if _text(path) == text:
            continue
        if in_use and path.is_file():
            raise BlocktuneError(
                f"another Snakemake is at work in {Path.cwd()} with other settings ({path} would change). Wait for it, "
                "or use a folder of its own for this study (--directory). If none is at work: snakemake --unlock"
            )
        _write(path, text)


def _sections(settings: Settings, folder: Path) -> Iterator[tuple[str, Any]]:
    data = settings.data
    yield "data.json", _data_file(settings, folder)
    yield "split.json", {"split": settings.split.model_dump(mode="json"), "seed": settings.split.seed}
    yield "settings.json", settings.model_dump(mode="json")
    general = {"image_size": data.image_size, "seed": settings.seed}
    yield "pretraining.json", {"pretraining": settings.pretraining.model_dump(mode="json"), **general}
    for backbone in settings.backbones:
        yield f"backbones/{backbone.key}.json", {"backbone": backbone.model_dump(mode="json"), **general}


def _data_file(settings: Settings, folder: Path) -> dict[str, Any]:
    section = data_section(settings)
    if settings.data.source == "folder" and not Path(settings.data.path).is_dir():
        # The photographs are prepared and their folder is gone (another machine, a disk that is not mounted): no change
        before = json.loads(_text(folder / "data.json") or "{}")
        if all(before.get(key) == value for key, value in section.items()):
            return before
    return section | {"files": list(_files(settings.data))}


def data_section(settings: Settings) -> dict[str, Any]:
    """What the prepared photographs depend on; only the digits' shift is drawn at random."""
    data = settings.data
    seed = settings.split.seed if data.source == "digits" else 0
    fields = {"source", "name", "path", "image_size", "on_bad_image"}
    if data.source == "digits":
        fields = {"source", "name", "image_size", "digits", "shift"}
    return {"data": data.model_dump(mode="json", include=fields), "seed": seed}


def dataset_key(settings: Settings) -> str:
    """Name of the prepared photographs' folder: different preparations never share one."""
    section = json.dumps(data_section(settings), sort_keys=True)
    safe = settings.data.name.replace("/", "_").replace(":", "_")
    return f"{safe}-{settings.data.image_size}px-{hashlib.sha256(section.encode()).hexdigest()[:8]}"


def check_files(settings: Settings, prepared: bool = False, plan: Path | None = None) -> None:
    """Look for every file that the settings name, before anything starts.

    Args:
        settings: the study's settings.
        prepared: whether the photographs are prepared; then their source is not needed any more.
        plan: folder of the layer tables; weights that a table was made from are not needed for what is finished.

    Raises:
        BlocktuneError: names the key and where the file was looked for.
    """
    data = settings.data
    if data.source == "archive" and not prepared and not Path(data.path).is_file():
        raise BlocktuneError(f"settings: data.path: no archive {data.path!r} (looked for {Path(data.path).absolute()})")
    if data.source == "folder" and not prepared and not Path(data.path).is_dir():
        raise BlocktuneError(f"settings: data.path: no folder {data.path!r} (looked for {Path(data.path).absolute()})")
    for number, backbone in enumerate(settings.backbones):
        if backbone.weights_kind != "file" or Path(backbone.weights).is_file():
            continue
        if plan is None or not _inspected(plan / backbone.key / "layers.json", backbone):
            raise BlocktuneError(
                f"settings: backbones[{number}].weights: no file {backbone.weights!r} "
                f"(looked for {Path(backbone.weights).absolute()}); allowed: imagenet, none, digits, or a weights file"
            )


def _inspected(table: Path, backbone: Backbone) -> bool:
    """Whether the layer table was made from the weights that the entry names now."""
    try:
        return json.loads(table.read_text(encoding="utf-8"))["backbone"]["weights"] == backbone.weights
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _files(data: Data) -> Iterator[list[Any]]:
    """Name, size and date of every file below a data folder: any change means preparing again."""
    if data.source != "folder":
        return
    for path in sorted(Path(data.path).rglob("*")):
        if path.is_file():
            facts = path.stat()
            yield [str(path.relative_to(data.path)), facts.st_size, facts.st_mtime_ns]


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise BlocktuneError(f"can't write {path}: {error.strerror or error}") from None
