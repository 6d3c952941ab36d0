"""`blocktune prepare`, `blocktune split` and `blocktune origin`."""

import argparse
import json
import os
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from ..data.origins import Origin, check_copy, origins
from ..data.prepare import prepare
from ..data.prepared import DATASET, IMAGES, LABELS, MANIFEST
from ..data.split import split
from ..errors import BlocktuneError
from ..messages import printable
from ..settings.kinds import Section, Share, Whole
from ..settings.load import validate
from ..settings.model import Data, Split
from ..walk import LeftOut, told
from .common import repeat_flag

Model = TypeVar("Model", bound=BaseModel)


class _PrepareSettings(Section):
    data: Data
    seed: Whole
    # Name, size and date of a folder's files: not read here, but a change makes the workflow prepare again
    files: tuple = ()


class _SplitSettings(Section):
    split: Split
    seed: Whole
    selection: Share | None = None


def register(commands: argparse._SubParsersAction) -> None:
    """Add the commands of this file to `blocktune`."""
    preparing = commands.add_parser("prepare", help="store all photographs of a dataset as one array")
    preparing.add_argument("--settings", type=Path, required=True, help='JSON file with the keys "data" and "seed"')
    for name in (IMAGES, LABELS, MANIFEST, DATASET):
        preparing.add_argument(
            f"--{Path(name).stem}",
            type=Path,
            required=True,
            metavar=name.upper(),
            help=f"output, a path of that name: {name}",
        )
    preparing.set_defaults(func=_prepare)

    origin = commands.add_parser("origin", help="compare an archive with the published one of its name")
    origin.add_argument("archive", type=Path, nargs="?", help="default: list the known archives")
    origin.set_defaults(func=_origin)

    splitting = commands.add_parser("split", help="decide which photograph belongs to which part")
    splitting.add_argument("--settings", type=Path, required=True, help='JSON file with the keys "split" and "seed"')
    splitting.add_argument("--manifest", type=Path, required=True, help=f"{MANIFEST} of the prepared dataset")
    splitting.add_argument("--dataset", type=Path, required=True, help=f"{DATASET} of the prepared dataset")
    repeat_flag(splitting)
    splitting.add_argument("--splits", type=Path, required=True, help="output: the table of parts (.csv)")
    splitting.add_argument("--summary", type=Path, required=True, help="output: counts and digests (.json)")
    splitting.set_defaults(func=_split)


def _prepare(arguments: argparse.Namespace) -> None:
    settings = _read_settings(_PrepareSettings, arguments.settings)
    folder = _common_folder([arguments.images, arguments.labels, arguments.manifest, arguments.dataset])
    # tensorflow-datasets brings TensorFlow along: keep it off the GPU, which trainings may be using.
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    about = prepare(settings.data, settings.seed, folder)
    counts = ", ".join(f"{name} {count}" for name, count in about["counts"].items())
    print(f"{about['photographs']} photographs of {about['image_size']} pixels: {counts}")
    print(
        f"{about['duplicates']} byte-equal copies, {about['pixel_duplicates']} more with equal pixels in another file, "
        f"{len(about['skipped'])} unreadable files left out"
    )
    lines = [f"unreadable: {printable(entry['file'])}: {entry['reason']}" for entry in about["skipped"]]
    lines += told(LeftOut(**entry) for entry in about["left_out"])
    if about["sixteen_bit"]["warning"]:
        lines.append(f"warning: {about['sixteen_bit']['warning']}")
    print("\n".join(lines), end="\n" if lines else "")


def _origin(arguments: argparse.Namespace) -> None:
    known = origins()
    if arguments.archive is None:
        print("\n".join(_described(name, origin) for name, origin in known.items()))
        return
    origin = check_copy(arguments.archive, known)
    if origin is None:
        raise BlocktuneError(f"{arguments.archive.name} is not among the known archives: {', '.join(known)}")
    print(f"{arguments.archive} is the published one\n{_described(arguments.archive.name, origin)}")


def _described(name: str, origin: Origin) -> str:
    return (
        f"{name}: {origin.photographs} photographs of {origin.dataset}, {origin.size} bytes\n"
        f"  from     {origin.url}\n  licence  {origin.licence}\n  sha256   {origin.sha256}"
    )


def _split(arguments: argparse.Namespace) -> None:
    settings = _read_settings(_SplitSettings, arguments.settings)
    report = split(
        settings.split,
        settings.seed + arguments.repeat - 1,
        arguments.manifest,
        arguments.dataset,
        arguments.splits,
        arguments.summary,
        settings.selection,
    )
    sizes = ", ".join(f"{part} {facts['photographs']}" for part, facts in report["parts"].items())
    print(f"{sizes} ({report['method']})")
    print(
        f"{report['duplicate_photographs']} photographs in {report['duplicate_groups']} groups of copies, "
        f"{report['dropped']} of them left out of training"
    )


def _common_folder(paths: list[Path]) -> Path:
    """Return the folder of the outputs; readers find them there by their names."""
    names = [IMAGES, LABELS, MANIFEST, DATASET]
    if [path.name for path in paths] != names or len({path.parent for path in paths}) != 1:
        given = ", ".join(str(path) for path in paths)
        raise BlocktuneError(f"the outputs must be {', '.join(names)} in one folder; given: {given}")
    return paths[0].parent


def _read_settings(model: type[Model], path: Path) -> Model:
    try:
        given: Any = json.loads(path.read_text(encoding="utf-8"))
        return validate(model, given if isinstance(given, dict) else {})
    except FileNotFoundError:
        raise BlocktuneError(f"--settings {path} does not exist (looked for {path.absolute()})") from None
    except (OSError, ValueError) as error:
        raise BlocktuneError(f"--settings {path} can't be read as JSON: {error}") from None
