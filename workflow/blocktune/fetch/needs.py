"""What the settings need from outside this folder, and whether it is there. Imports neither Keras nor TensorFlow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..backbones.imagenet import imagenet_file
from ..backbones.presets import CONFIG, WEIGHTS, kept_presets
from ..data.place import place_of
from ..data.tfds import dataset_folder, prepared_versions
from ..errors import BlocktuneError
from ..settings.backbone import Backbone
from ..settings.looking import is_there
from ..settings.members import source_path
from ..settings.model import Settings
from ..settings.own import HUB, code_files, hub_folder, is_function, is_hub

_INSTALLED = "what is installed"


@dataclass(frozen=True)
class Need:
    """One thing that a study needs.

    Attributes:
        key: the setting that asks for it.
        what: for people.
        place: where it lies or belongs.
        problem: why it can't be used as it is; empty if it is there.
        backbone: for weights that Keras downloads.
        dataset: for images that tensorflow-datasets downloads.
    """

    key: str
    what: str
    place: Path | None
    problem: str = ""
    backbone: Backbone | None = None
    dataset: str | None = None

    @property
    def downloadable(self) -> bool:
        """Whether `blocktune fetch` can get it; other things the user has to put in place."""
        return self.backbone is not None or self.dataset is not None


def list_needs(settings: Settings, prepared: bool = False) -> list[Need]:
    """Return all that a study needs, what is there and what is missing; once images are prepared, not their source."""
    return [*([] if prepared else _images(settings)), *_weights(settings)]


def require_offline(settings: Settings, prepared: bool, command: str) -> None:
    """Look for everything that would otherwise be downloaded.

    Raises:
        BlocktuneError: names all that is missing, and the command that fetches it.
    """
    needs = list_needs(settings, prepared)
    missing = [need for need in needs if need.problem]
    if not missing:
        return
    lines = [f"offline: {len(missing)} of {len(needs)} things that the settings need can't be had without a network:"]
    lines += [f"  {need.key}: {need.what}: {need.problem}" for need in missing]
    if any(need.downloadable for need in missing):
        lines.append(
            f"Get them where there is a network: {command}\n"
            "(on this machine or one that shares the folders above; or copy the files to these places)"
        )
    raise BlocktuneError("\n".join(lines))


def _images(settings: Settings) -> Iterator[Need]:
    data = settings.data
    if data.source == "tfds":
        found = prepared_versions(data.name)
        place = found[-1] if found else dataset_folder(data.name)
        problem = "" if found else f"not in {place}"
        yield Need("data.name", f"dataset {data.name}", place, problem, dataset=data.name)
    elif kind := source_path(data.source):
        place = place_of(data.path)
        there = is_there(place, "data.path", kind)
        yield Need("data.path", f"{data.source} {data.path}", place, "" if there else f"not in {place.absolute()}")


def _weights(settings: Settings) -> Iterator[Need]:
    for number, backbone in enumerate(settings.backbones):
        key = f"backbones[{number}]"
        if backbone.weights_kind == "imagenet":
            place = imagenet_file(backbone, settings.data.image_size)
            yield Need(key, f"{backbone.key} weights", place, _hdf5_problem(place), backbone)
        for name, file in backbone.files.items():
            place = Path(file)
            problem = "" if is_there(place, f"{key}.{name}") else f"not in {place.absolute()}"
            what = "model" if name == "name" else name
            yield Need(f"{key}.{name}", f"{backbone.key} {what}", place, problem)
        if is_hub(backbone.name):
            yield _preset(key, backbone)
        if is_function(backbone.name):
            place, problem = _module(backbone.name)
            yield Need(f"{key}.name", f"{backbone.key} module", place, problem)


def _preset(key: str, backbone: Backbone) -> Need:
    """A preset of keras-hub, in its folder or where kagglehub keeps what it downloaded."""
    folder, what = hub_folder(backbone.name), f"{backbone.key} preset"
    if folder is not None:
        there = is_there(folder, f"{key}.name", "folder")
        return Need(f"{key}.name", what, folder, "" if there else f"not in {folder.absolute()}")
    cache = kept_presets()
    file = CONFIG if backbone.weights_kind == "none" else WEIGHTS
    found = sorted(cache.glob(f"*/keras/{backbone.name.removeprefix(HUB)}/*/{file}"))
    place = found[-1].parent if found else cache
    return Need(f"{key}.name", what, place, "" if found else f"not in {cache}", backbone)


def _module(name: str) -> tuple[Path | None, str]:
    try:
        files = code_files(name)
    except BlocktuneError as error:
        return None, str(error)
    return (files[0] if files else None), ""


def _hdf5_problem(place: Path) -> str:
    if not place.is_file():
        return f"no file {place}"
    import h5py

    try:
        h5py.File(place, "r").close()
    except OSError:
        return f"{place} is truncated or damaged"
    return ""


def describe(needs: Sequence[Need]) -> str:
    """Return the list for people, one line each."""
    return "\n".join(f"{need.what}: {need.problem or f'in {need.place or _INSTALLED}'}" for need in needs)
