"""The cells that the practice benchmarks train: a target and a network each, planned as the workflow does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from blocktune.candidates.candidate import Candidate
from blocktune.data.prepare import prepare
from blocktune.data.prepared import DATASET, MANIFEST, read_split
from blocktune.data.split import split
from blocktune.files.layers import LayerTable
from blocktune.files.plain import read_json
from blocktune.files.spec import RunSpec
from blocktune.search.schedule import Planner
from blocktune.settings.load import load_config, read_files
from blocktune.settings.model import Settings
from blocktune.steps.backbones import build_table
from blocktune.training.job import Job, run_job

HERE = Path(__file__).parent
PRESET = HERE.parent / "presets" / "practice.yaml"
DEFAULTS = HERE.parent / "params.yaml"

WEIGHTS = {
    ("MobileNet", 0.25): "mobilenet_2_5_224_tf_no_top.h5",
    ("MobileNetV2", 0.35): "mobilenet_v2_0.35_224_no_top.h5",
    ("MobileNetV2", 1.0): "mobilenet_v2_1.0_224_no_top_unfolded.h5",
    ("MobileNetV3Small", 0.75): "mobilenet_v3_small_0.75_224_no_top_unfolded.h5",
}
TARGETS = {"tf_flowers": "flower_photos", "sign_digits": "sign_digits", "trashnet": "trashnet"}
MEMORY_GB = 2.0


class Cell(NamedTuple):
    """A target, a network of keras.applications, and the side of the images in pixels."""

    target: str
    network: str
    alpha: float
    image_size: int = 96

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.target}-{self.network}-{self.alpha:g}-{self.image_size}px"


SMALL = [(name, alpha) for name, alpha in WEIGHTS if alpha < 1]
CELLS = [
    *(Cell(target, *network) for network in SMALL for target in TARGETS),
    Cell("sign_digits", "MobileNetV2", 1.0),
    Cell("sign_digits", "MobileNet", 0.25, 224),
]
"""Nine small ones, one with a network of full width, one at the size that the networks were pre-trained at."""


@dataclass(frozen=True)
class Open:
    """A cell, ready to plan and train.

    Attributes:
        cell: which.
        settings: its study's, as plain data.
        table: the network's layers.
        layers: file of that table.
        prepared: folder of its images.
        splits: file of its parts.
        store: folder of its runs.
    """

    cell: Cell
    settings: dict[str, Any]
    table: LayerTable
    layers: Path
    prepared: Path
    splits: Path
    store: Path

    def study(self, changes: dict[str, Any], seed: int = 1) -> Planner:
        """Return what plans runs of this cell with some settings changed, section by section."""
        settings = settings_of(self.settings, changes | {"seed": seed})
        about = read_json(self.prepared / DATASET)
        return Planner(settings, about["digest"], len(about["classes"]), read_split(self.splits))

    def train(self, specs: Sequence[RunSpec]) -> list[dict[str, Any]]:
        """Train what the store does not hold; return the records of all."""
        job = Job(self.layers, self.prepared, self.splits, "final", self.store, None, MEMORY_GB)
        return run_job(specs, job)


def settings_of(given: dict[str, Any], changes: dict[str, Any]) -> Settings:
    """Return settings with some keys changed; a section's other keys stay."""
    merged = dict(given)
    for key, value in changes.items():
        merged[key] = merged.get(key, {}) | value if isinstance(value, dict) else value
    return load_config(merged)[0]


def open_cell(cell: Cell, data: Path, weights: Path, work: Path) -> Open:
    """Prepare a cell's images, parts and layer table below a folder, or find them there.

    Args:
        cell: which.
        data: folder with the targets, `flower_photos`, `sign_digits` and `trashnet`, each of class folders.
        weights: folder with the networks' weights files.
        work: where it goes to; runs of one folder are found again.
    """
    given = read_files([DEFAULTS, PRESET])
    source = {"source": "folder", "name": cell.target, "path": str(data / TARGETS[cell.target])}
    given["data"] = given.get("data", {}) | source | {"image_size": cell.image_size}
    file = weights / WEIGHTS[cell.network, cell.alpha]
    given["backbones"] = [{"name": cell.network, "alpha": cell.alpha, "weights": str(file)}]
    settings = load_config(given)[0]
    prepared = work / "prepared" / f"{cell.target}-{cell.image_size}px"
    splits = prepared / "splits.csv"
    if not splits.is_file():
        prepared.mkdir(parents=True, exist_ok=True)
        prepare(settings.data, settings.split.seed, prepared)
        draw = settings.split, settings.split.seed, prepared / MANIFEST, prepared / DATASET
        split(*draw, splits, prepared / "splits.json", settings.selection)
    layers = work / "layers" / f"{cell.network}-{cell.alpha:g}-{cell.image_size}px.json"
    if not layers.is_file():
        layers.parent.mkdir(parents=True, exist_ok=True)
        build_table(settings.backbones[0], cell.image_size, settings.seed).write(layers)
    return Open(cell, given, LayerTable.read(layers), layers, prepared, splits, work / "store")


def specs_of(study: Planner, table: LayerTable, candidates: Sequence[Candidate]) -> list[RunSpec]:
    """Return the final runs of candidates, one each, in their order."""
    plan = study.plan("final", "final", table, candidates)
    return [plan.runs[entry.run] for entry in plan.candidates]
