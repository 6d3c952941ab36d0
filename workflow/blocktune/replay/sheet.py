"""A table of arms as it is published: its facts, its data sheet for people and its Croissant metadata for machines."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..atomic import whole
from ..document.blocks import Block, Bullets, Heading, Words, code
from ..document.blocks import Table as Rows
from ..document.markdown import render
from ..files.dataset import Dataset, PartSummary
from ..files.layers import LayerTable
from ..files.plain import write_json, write_text
from ..search.arm_table import VERSION, Table, write_tables
from ..settings.model import Settings
from .croissant import croissant_of

_RECIPE = ("pixels", "head", "training", "evaluation", "split")

COLUMNS = {
    "loss": ("arms, seeds, validated epochs", "mean cross-entropy on the validation images"),
    "accuracy": ("arms, seeds, validated epochs", "share of the validation images that is classified rightly"),
    "scaled_loss": ("arms, seeds", "validation loss after the last epoch and temperature scaling"),
    "seconds": (
        "arms, seeds, 1 + epochs",
        "processor seconds of what is no epoch (building, tracing), then of each epoch, in steps of 1/1024",
    ),
    "trained": ("arms, seeds", "whether the training is in the table"),
    "diverged": ("arms, seeds", "whether it left the numbers"),
    "validation_right": (
        "arms, seeds, bytes",
        "bits: which validation images are classified rightly after the last epoch",
    ),
    "test_right": ("arms, seeds, bytes", "the same of the test images"),
    "probe": ("seeds, 4", "the linear probe: accuracy on validation and test images, scaled loss, processor seconds"),
    "probe_validation_right": ("seeds, bytes", "bits: which validation images the probe classifies rightly"),
    "probe_test_right": ("seeds, bytes", "the same of the test images"),
    "scores/METHOD": ("arms, seeds", "how a method without training each arm scores it; higher is better"),
    "scores_seconds/METHOD": ("seeds", "processor seconds of these scores"),
}
"""Axes and meaning of every array of a cell."""

_MADE_BY = (code("snakemake arms"), " of blocktune")
_HEAD = ("Cell", "Arms", "Rates", "Seeds", "Epochs", "Scored after", "Validation images", "Test images", "Hours")
_LIMITS = (
    "One split of the images per cell: seeds differ in head, order and dropout alone.",
    "Trainings of fewer epochs are whole trainings cut off. A shorter schedule of its own may come to more.",
    "Processor seconds are those of one machine, which may have had other work. Trainings that share a process trace "
    "their graph once, so the first of them costs more.",
    "Cells are few and not chosen at random: what holds here need not hold for other images and networks.",
)


def facts_of(
    settings: Settings, layers: LayerTable, dataset: Dataset, parts: Mapping[str, PartSummary], licence: str
) -> dict[str, Any]:
    """Return a cell's facts, as far as they don't follow from its runs."""
    told = settings.model_dump(mode="json")
    title, size = layers.backbone.title, settings.data.image_size
    # How winners are found changes no arm
    how = ("method", "halving", "budget", "tolerance", "seeds", "top_k")
    searched = {key: value for key, value in told["search"].items() if key not in how}
    return {
        "cell": f"{settings.data.name}, {title}, {size} px",
        "dataset": settings.data.name,
        "dataset_digest": dataset.digest,
        "classes": list(dataset.classes),
        "backbone": title,
        "weights_digest": layers.weights_digest,
        "image_size": size,
        "recipe": {key: told[key] for key in _RECIPE} | {"search": searched},
        "counts": settings.training.counts,
        "choose_by": settings.evaluation.choose_by,
        "images": {part: parts[part].images for part in ("validation", "test") if part in parts},
        "largest_class": parts["validation"].largest_class,
        "licence": licence,
    }


def write_table(path: Path, tables: Sequence[Table]) -> None:
    """Write tables into a file that appears whole or not at all.

    Raises:
        BlocktuneError: the disk is full or the place can't be written.
    """
    with whole(path) as beside, beside.open("wb") as stream:
        write_tables(stream, tables)


def publish(
    tables: Sequence[Table],
    output: Path,
    sheet: Path,
    croissant: Path,
    made_by: Words = _MADE_BY,
) -> None:
    """Write tables into one file, with its data sheet (Markdown) and its Croissant metadata (JSON).

    `made_by` says what trained the arms.

    Raises:
        BlocktuneError: the disk is full or the place can't be written.
    """
    write_table(output, tables)
    write_text(sheet, render(data_sheet(tables, output.name, made_by)))
    write_json(croissant, croissant_of(tables, output))


def data_sheet(tables: Sequence[Table], name: str, made_by: Words) -> list[Block]:
    """Return what is in a file, how it was made, and what it can't say."""
    strategies = list(dict.fromkeys(strategy for table in tables for arm in table.arms for strategy, _ in arm.names))
    scored = ", ".join(sorted({one for table in tables for one in table.methods})) or "none"
    licences = ", ".join(sorted({table.about["licence"] for table in tables}))
    return [
        Heading(f"Data sheet of {name}", 1),
        "A table of arms: what fine-tuning every set of layers of a pre-trained network came to, at every learning "
        "rate and with every seed. It holds numbers and no images.",
        Rows(_HEAD, [_row(table) for table in tables], notes=["Hours are processor hours of all trainings."]),
        Heading("Arms"),
        "An arm is a set of layers that train beside the head, and a learning rate. Of each the file says which "
        "layers, its first and last block counted from the input, and its parameters. Strategies: "
        f"{', '.join(strategies)}.",
        Heading("Columns"),
        (f"Format version {VERSION}; each cell's arrays are named with its number: ", code("0/accuracy"), "."),
        "NaN is unknown.",
        Rows(["Array", "Axes", "What it holds"], [[code(key), *told] for key, told in COLUMNS.items()], text=(0, 1, 2)),
        (code("metadata"), " is JSON text (UTF-8): of each cell its facts, its recipe (the settings), seeds and arms."),
        Heading("How it was made"),
        (made_by, " trained all arms, each seed on the same images. The table is read from the finished runs."),
        f"Methods with scores: {scored}. Linear probe: {_probed(tables)}.",
        f"Made with: {_versions(tables)}.",
        Heading("Limits"),
        Bullets(_LIMITS),
        Heading("Licence"),
        f"Of these numbers: {licences}. Images and weights have licences of their own.",
    ]


def _row(table: Table) -> list[str]:
    images, rates = table.about["images"], sorted({arm.rate for arm in table.arms} - {None})
    hours = sum(table.price(arm, seed) for arm in table.arms for seed in table.seeds) / 3600
    told = [len(table.arms), ", ".join(f"{rate:g}" for rate in rates) or "one", len(table.seeds), table.epochs]
    told += [", ".join(map(str, table.validated)), images["validation"], images.get("test", "none"), f"{hours:.2f}"]
    return [table.cell, *map(str, told)]


def _probed(tables: Sequence[Table]) -> str:
    there = [table.cell for table in tables if table.has_probe]
    return "of every cell and seed" if len(there) == len(tables) else ", ".join(there) or "none"


def _versions(tables: Sequence[Table]) -> str:
    found: dict[str, set[str]] = {}
    for table in tables:
        for package, versions in table.about["versions"].items():
            found.setdefault(package, set()).update(versions)
    return "; ".join(f"{name} {', '.join(sorted(found[name]))}" for name in sorted(found))
