"""The plan of an arm: its cells with every strategy and seed, the runs that these need, and the rows they see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data.prepared import only_scored
from ..data.subsets import balanced, few, unbalanced
from ..errors import BlocktuneError
from ..files.layers import Layer, LayerTable
from ..files.plan import ArmPlan
from ..files.spec import RunSpec
from ..runs.estimate import Work, run_seconds
from ..runs.plan import jobs_of
from ..runs.spec import Part, rows_digest, run_spec
from ..search.probe_classes import FEWEST
from ..search.schedule import Planner
from ..settings.model import Settings
from ..settings.varied import VARIED
from .arms import Arm
from .cells import STRATEGIES, Cell, cells

STAGE = "factors"

# A second network, and the features of both on some images
_MEASURING_SECONDS = 6.0


def arm_plan(
    study: Planner,
    arm: Arm,
    table: LayerTable,
    best_block: Sequence[int],
    labels: np.ndarray,
    others: tuple[str, ...] = (),
) -> ArmPlan:
    """Return the plan of an arm.

    Args:
        study: settings and prepared data; digest and parts are those of the arm's images.
        arm: which.
        table: layers of the backbone with the arm's weights.
        best_block: layers of the block that the study's search chose.
        labels: int (N,), of the arm's images.
        others: see `cells`.

    Raises:
        BlocktuneError: a class has fewer images than a level asks for.
    """
    settings = study.settings
    layers = table.layers
    unfrozen = {
        "baseline1": [],
        "baseline2": [layer for layer in layers if layer.weighted],
        "bw": [layers[index] for index in best_block],
    }
    parts: dict[str, tuple[int, ...]] = {}
    runs: dict[str, RunSpec] = {}
    sizes: dict[str, Part] = {}
    listed = []
    for cell in cells(settings, arm, layers, others):
        for number in range(settings.factors.seeds):
            seed = settings.seed + number
            part = _part(cell, _Drawn(study, labels, seed))
            _check_probe(settings, cell, np.bincount(labels[part.train], minlength=study.classes).min())
            for rows in (part.train, part.validation, part.test):
                if rows is not None:
                    parts.setdefault(rows_digest(rows), tuple(rows.tolist()))
            for strategy in STRATEGIES:
                changed = _of_cell(settings, cell, seed, unfrozen[strategy])
                tuned = tuple(layer.index for layer in unfrozen[strategy])
                spec = run_spec(changed, table, study.data_digest, study.classes, part, tuned)
                runs.setdefault(spec.run_id, spec)
                sizes.setdefault(spec.run_id, part)
                listed.append(cell.to_json() | {"strategy": strategy, "seed": seed, "run": spec.run_id})
    seconds = {run: _seconds(table, spec, sizes[run]) for run, spec in runs.items()}
    # Neighbours see the same images and share the frozen part's features
    end = len(layers)
    order = sorted(runs, key=lambda run: (runs[run].train_rows, min(runs[run].unfrozen, default=end), run))
    return ArmPlan(
        stage=STAGE,
        backbone=table.backbone.key,
        title=table.backbone.title,
        arm=arm.key,
        factor=arm.factor,
        level=arm.level,
        cells=tuple(listed),
        rows=parts,
        runs=runs,
        jobs=jobs_of(order, study.runs_per_job, seconds),
        estimated_seconds=round(sum(seconds.values())),
    )


@dataclass(frozen=True)
class _Drawn:
    """The parts of a run that a factor asks for, see `settings.factor.Images`.

    Attributes:
        study: the study, with the images of an arm.
        labels: int (N,), of these.
        seed: chooses the images.
    """

    study: Planner
    labels: np.ndarray
    seed: int

    @property
    def settings(self) -> Settings:
        """The study's settings."""
        return self.study.settings

    @property
    def final(self) -> Part:
        """What final runs see."""
        parts = self.study.parts
        return Part(parts["final"], parts["validation"], only_scored(parts, "final"))

    def few(self, per_class: int, key: str) -> Part:
        """Choose so many training images of each class."""
        return replace(self.final, train=self._train(key, lambda rows: few(self.labels, rows, per_class, self.seed)))

    def uneven(self, ratio: float, per_class: int) -> Part:
        """Choose training images of uneven classes, and as many of each class to score."""
        total = per_class * self.study.classes
        train = self._train("factors.imbalance", lambda rows: unbalanced(self.labels, rows, ratio, total, self.seed))
        validation, test = self.final.validation, self.final.test
        even = balanced(self.labels, validation), None if test is None else balanced(self.labels, test)
        return Part(train, *even)

    def _train(self, key: str, choose: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        rows = self.final.train
        try:
            return choose(rows)
        except BlocktuneError as error:
            least = np.bincount(self.labels[rows]).min()
            raise BlocktuneError(
                f"settings: {key}: {error}; the smallest class has {least} in the training set (split.final): ask for "
                f"at most {least}"
            ) from None


def _part(cell: Cell, images: _Drawn) -> Part:
    """What a cell's runs see: what one of the factors asks for, the last of them if there are several."""
    asked = (VARIED[key].part(level, images) for key, level in reversed(cell.at.items()))
    return next((part for part in asked if part is not None), images.final)


def _check_probe(settings: Settings, cell: Cell, smallest: int) -> None:
    """Check that a head can start as a probe; `smallest`: images of the smallest class that is trained on."""
    if settings.head.start == "probe" and smallest < FEWEST:
        raise BlocktuneError(
            f"settings: head.start is probe, which needs {FEWEST} images of each class to train on, but a class "
            f"has {smallest} at the level {cell.level} of {cell.factor} of the factor study: ask for more, or set "
            "head.start to random"
        )


def _of_cell(settings: Settings, cell: Cell, seed: int, trained: Sequence[Layer]) -> Settings:
    """Return the settings of a cell's runs that unfreeze these layers."""
    changed = settings.model_copy(update={"seed": seed})
    for key, level in cell.at.items():
        changed = VARIED[key].changed(changed, level, trained)
    return changed


def _seconds(table: LayerTable, spec: RunSpec, part: Part) -> float:
    training: Mapping[str, Any] = spec.training
    sizes = len(part.train), len(part.validation)
    augmented, every = "augmentation" in training, training.get("validate_every", 1)
    work = Work(*sizes, training["epochs"], training["batch_size"], augmented, every)
    return run_seconds(table, spec.unfrozen, work) + _MEASURING_SECONDS
