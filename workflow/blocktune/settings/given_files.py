"""Whether every file that settings name is there, before anything starts."""

from collections.abc import Iterator
from pathlib import Path

from ..errors import BlocktuneError
from ..files.layers import LayerTable
from .backbone import Backbone
from .looking import is_there
from .members import source_path
from .model import Settings
from .other_forms import other_form
from .own import code_files, hub_folder, is_function


def check_files(settings: Settings, prepared: bool = False, plan: Path | None = None) -> None:
    """Look for every file that the settings name, before anything starts.

    Args:
        settings: the study's settings.
        prepared: whether the images are prepared; then their source is not needed any more.
        plan: folder of the layer tables; weights that a table was made from are not needed for what is finished.

    Raises:
        BlocktuneError: names the key and where the file was looked for.
    """
    for key, path, source in _pictures(settings, prepared):
        if not is_there(path, key, source_path(source)):
            raise BlocktuneError(f"settings: {key}: no {source} {path!r} (looked for {Path(path).absolute()})")
    for number, backbone in enumerate(settings.backbones):
        problem = _missing(backbone, f"backbones[{number}]")
        if problem and (plan is None or not _inspected(plan / backbone.key / "layers.json", backbone)):
            raise BlocktuneError(f"settings: backbones[{number}].{problem}")


_ALLOWED = {
    "name": "a constructor of keras.applications, a saved model (.keras), or module:function, or hub:PRESET",
    "weights": "imagenet, none, digits, or a weights file",
}


def _missing(backbone: Backbone, where: str) -> str | None:
    """What a backbone is made from and is not there."""
    for key, file in backbone.files.items():
        if not is_there(file, f"{where}.{key}"):
            other = other_form(Path(file)) if key == "name" else None
            if other:
                return f"{key}: {other}"
            return f"{key}: no file {file!r} (looked for {Path(file).absolute()}); allowed: {_ALLOWED[key]}"
    folder = hub_folder(backbone.name)
    if folder is not None and not is_there(folder, f"{where}.name", "folder"):
        return f"name: no folder {str(folder)!r} (looked for {folder.absolute()}) with a preset of keras-hub"
    try:
        if is_function(backbone.name):
            code_files(backbone.name)
    except BlocktuneError as error:
        return f"name: {error}"
    return None


def _pictures(settings: Settings, prepared: bool) -> Iterator[tuple[str, str, str]]:
    """Key, path and source of the images that the study reads, and the factor study besides."""
    data, targets = settings.data, settings.factors.targets
    if data.path and not prepared:
        yield "data.path", data.path, data.source
    for number, target in enumerate(targets.also):
        if target.path:
            yield f"factors.targets.also[{number}].path", target.path, target.source
    if targets.source_pictures:
        yield "factors.targets.source_pictures", targets.source_pictures, "folder"


def _inspected(table: Path, backbone: Backbone) -> bool:
    """Whether the layer table was made from the files that the entry names now."""
    try:
        made_from = LayerTable.read(table).backbone
    except BlocktuneError:
        return False
    return (made_from.name, made_from.weights) == (backbone.name, backbone.weights)
