"""From settings to the specification of a run (`files.spec`): what of them can change its numbers."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..candidates.recipe import Recipe
from ..errors import BlocktuneError
from ..files.layers import LayerTable
from ..files.spec import RunSpec, Trained, TrainedBackbone, TrainedHead
from ..settings.head import Head
from ..settings.model import Settings
from ..settings.training import Training
from .pooling import check_pooling

# Raise this whenever the training code changes what a run computes: runs of another version are trained anew.
PROTOCOL_VERSION = 2

# The same of the code of the linear probe, which few runs have to do with
PROBE_VERSION = 1


@dataclass(frozen=True)
class Part:
    """What a stage's runs see: rows of the prepared images (ascending indices)."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray | None = None


def rows_digest(rows: np.ndarray) -> str:
    """Sha256 of row indices."""
    return hashlib.sha256(np.ascontiguousarray(rows, dtype="<i8").tobytes()).hexdigest()


def run_spec(
    settings: Settings,
    table: LayerTable,
    data_digest: str,
    classes: int,
    part: Part,
    unfrozen: tuple[int, ...],
    recipe: Recipe | None = None,
) -> RunSpec:
    """Return the specification of the run that trains `unfrozen` on the part, as the recipe says if there is one.

    Raises:
        BlocktuneError: the head's pooling does not fit the backbone, or nobody knows on which pixels it was trained.
    """
    check_pooling(settings.head.pooling, table.layers[-1].output_shape, table.backbone.key)
    recipe = recipe or Recipe()
    how: dict[str, Any]
    if recipe.probe:
        how = {"head": {"pooling": settings.head.pooling, "units": []}, "training": {}, "seed": 0}
    else:
        seed = settings.seed if recipe.seed is None else recipe.seed
        how = {"head": _head(settings.head), "training": _training(settings.training), "seed": seed}
        if recipe.learning_rate is not None:
            how["training"]["learning_rate"] = recipe.learning_rate
    return RunSpec(
        protocol=PROTOCOL_VERSION,
        backend=table.backend,
        backbone=_backbone(table, settings.pixels.range),
        image_size=table.image_size,
        pixel_range=settings.pixels.range,
        data=data_digest,
        classes=classes,
        train_rows=rows_digest(part.train),
        validation_rows=rows_digest(part.validation),
        unfrozen=unfrozen,
        test_rows=None if part.test is None else rows_digest(part.test),
        phases=recipe.phases or None,
        rates=recipe.rates or None,
        probe=PROBE_VERSION if recipe.probe or settings.head.start == "probe" else None,
        lora=recipe.lora,
        **how,
    )


def _training(training: Training) -> Trained:
    """What changes a number, without what is the paper's: runs from before there was a choice keep their ids."""
    left_out = {"counts"}
    for name, papers in (("batch_norm", "layer"), ("optimizer", "adam"), ("schedule", "plateau")):
        if getattr(training, name) == papers:
            left_out.add(name)
    if training.optimizer != "adamw":
        left_out.add("weight_decay")
    if training.schedule != "plateau":
        left_out.add("plateau")
    if not training.augmentation.any:
        left_out.add("augmentation")
    left_out |= {name for name in ("warmup", "clip_norm", "label_smoothing") if not getattr(training, name)}
    if training.validate_every == 1:
        left_out.add("validate_every")
    told = training.model_dump(mode="json", exclude=left_out)
    if "augmentation" in told:
        # Specifications keep the key that they have been written with
        told["augmentation"]["colour"] = told["augmentation"].pop("color")
    return told


def _head(head: Head) -> TrainedHead:
    """What changes a number: a share of hidden units only if there are any; and how it starts, if not at random."""
    left_out = {"start"} if head.start == "random" else set()
    return head.model_dump(mode="json", exclude=left_out if head.units else left_out | {"dropout"})


def _backbone(table: LayerTable, pixel_range: str) -> TrainedBackbone:
    about = table.backbone
    if table.architecture is None:
        return {"name": about.name, "alpha": about.alpha, "weights": table.weights_digest}
    # Neither the file's nor the function's name changes a number
    weights, architecture = table.weights_digest, table.architecture
    own: TrainedBackbone = {"name": "own", "alpha": None, "weights": weights, "architecture": architecture}
    if pixel_range == "unit":
        return own
    if about.native is None:
        raise BlocktuneError(
            f"{about.name} does not say on which pixels it was trained, and pixels.range is native: give the backbone "
            "native (unit, tf, caffe, torch or raw), or set pixels.range to unit"
        )
    return {**own, "native": about.native}
