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
from .model import Data, Settings


def write_sections(settings: Settings, folder: Path) -> None:
    """Write every section's file into the folder; files whose content stays the same are not touched."""
    data = settings.data
    _write(folder / "data.json", data_section(settings) | {"files": list(_files(data))})
    _write(folder / "split.json", {"split": settings.split.model_dump(mode="json"), "seed": settings.split.seed})
    _write(folder / "settings.json", settings.model_dump(mode="json"))
    _write(
        folder / "pretraining.json",
        {
            "pretraining": settings.pretraining.model_dump(mode="json"),
            "image_size": data.image_size,
            "seed": settings.seed,
        },
    )
    for backbone in settings.backbones:
        entry = {"backbone": backbone.model_dump(mode="json"), "image_size": data.image_size, "seed": settings.seed}
        _write(folder / "backbones" / f"{backbone.key}.json", entry)


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


def check_files(settings: Settings) -> None:
    """Look for every file that the settings name, before anything starts.

    Raises:
        BlocktuneError: names the key and where the file was looked for.
    """
    data = settings.data
    if data.source == "archive" and not Path(data.path).is_file():
        raise BlocktuneError(f"settings: data.path: no archive {data.path!r} (looked for {Path(data.path).absolute()})")
    if data.source == "folder" and not Path(data.path).is_dir():
        raise BlocktuneError(f"settings: data.path: no folder {data.path!r} (looked for {Path(data.path).absolute()})")
    for number, backbone in enumerate(settings.backbones):
        if backbone.weights_kind == "file" and not Path(backbone.weights).is_file():
            raise BlocktuneError(
                f"settings: backbones[{number}].weights: no file {backbone.weights!r} "
                f"(looked for {Path(backbone.weights).absolute()}); allowed: imagenet, none, digits, or a weights file"
            )


def _files(data: Data) -> Iterator[list[Any]]:
    """Name, size and date of every file below a data folder: any change means preparing again."""
    if data.source != "folder":
        return
    for path in sorted(Path(data.path).rglob("*")):
        if path.is_file():
            facts = path.stat()
            yield [str(path.relative_to(data.path)), facts.st_size, facts.st_mtime_ns]


def _write(path: Path, content: Any) -> None:
    text = json.dumps(content, indent=1, sort_keys=True) + "\n"
    try:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise BlocktuneError(f"can't write {path}: {error.strerror or error}") from None
