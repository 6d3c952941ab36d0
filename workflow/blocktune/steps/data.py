"""Images: prepared as one array, then split."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel

from ..data.prepare import prepare as prepare_images
from ..data.prepared import DATASET, IMAGES, LABELS, MANIFEST
from ..data.split import split as split_images
from ..errors import BlocktuneError
from ..files.plain import read_json
from ..messages import printable
from ..settings.data import Data, Split
from ..settings.kinds import Section, Share, Whole
from ..settings.load import validate
from ..walk import told
from .signature import Reader, step

Model = TypeVar("Model", bound=BaseModel)


class PrepareSettings(Section):
    """The settings that prepared images depend on."""

    data: Data
    seed: Whole
    # Name, size and checksum of a folder's files: not read here, but a change makes the workflow prepare again
    files: tuple = ()


class SplitSettings(Section):
    """The settings that a split depends on."""

    split: Split
    seed: Whole
    selection: Share | None = None


def _section(model: type[Model], path: Path) -> Model:
    if not path.exists():
        raise BlocktuneError(f"--settings {path} does not exist (looked for {path.absolute()})")
    given = read_json(path)
    return validate(model, given if isinstance(given, dict) else {})


@step("data")
def prepare(
    settings: Annotated[
        PrepareSettings, Reader(partial(_section, PrepareSettings)), 'JSON file with the keys "data" and "seed"'
    ],
    images: Annotated[Path, "output, a path of that name: images.npy"],
    labels: Annotated[Path, "output, a path of that name: labels.npy"],
    manifest: Annotated[Path, "output, a path of that name: manifest.csv"],
    dataset: Annotated[Path, "output, a path of that name: dataset.json"],
) -> None:
    """Store all images of a dataset as one array."""
    folder = _common_folder([images, labels, manifest, dataset])
    # tensorflow-datasets brings TensorFlow along: keep it off the GPU, which trainings may be using.
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    about = prepare_images(settings.data, settings.seed, folder)
    counts = ", ".join(f"{name} {count}" for name, count in about.counts.items())
    print(f"{about.images} images of {about.image_size} pixels: {counts}")
    print(
        f"{about.duplicates} byte-equal copies, {about.pixel_duplicates} more with equal pixels in another file, "
        f"{len(about.skipped)} unreadable files left out"
    )
    lines = [f"unreadable: {printable(entry.file)}: {entry.reason}" for entry in about.skipped]
    lines += told(about.left_out)
    if about.sixteen_bit.warning:
        lines.append(f"warning: {about.sixteen_bit.warning}")
    print("\n".join(lines), end="\n" if lines else "")


@step("data")
def split(
    settings: Annotated[
        SplitSettings, Reader(partial(_section, SplitSettings)), 'JSON file with the keys "split" and "seed"'
    ],
    manifest: Annotated[Path, "manifest.csv of the prepared dataset"],
    dataset: Annotated[Path, "dataset.json of the prepared dataset"],
    splits: Annotated[Path, "output: the table of parts (.csv)"],
    summary: Annotated[Path, "output: counts and digests (.json)"],
    repeat: Annotated[int, "which repeat of the study, from 1"] = 1,
) -> None:
    """Decide which image belongs to which part."""
    seed = settings.seed + repeat - 1
    report = split_images(settings.split, seed, manifest, dataset, splits, summary, settings.selection)
    sizes = ", ".join(f"{part} {count}" for part, count in report.images.items())
    print(f"{sizes} ({report.method})")
    print(
        f"{report.duplicate_images} images in {report.duplicate_groups} groups of copies, "
        f"{report.dropped} of them left out of training"
    )


def _common_folder(paths: list[Path]) -> Path:
    """Return the folder of the outputs; readers find them there by their names."""
    names = [IMAGES, LABELS, MANIFEST, DATASET]
    if [path.name for path in paths] != names or len({path.parent for path in paths}) != 1:
        given = ", ".join(str(path) for path in paths)
        raise BlocktuneError(f"the outputs must be {', '.join(names)} in one folder; given: {given}")
    return paths[0].parent
