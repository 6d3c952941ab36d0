"""The identity of a run: one list, in one place, of everything that can change its numbers."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..candidates.recipe import Phase, Rate, Recipe
from ..candidates.table import LayerTable
from ..settings.model import Head, Settings
from ..settings.training import Training, validated_epochs

# Raise this whenever the training code changes what a run computes: runs of another version are trained anew.
PROTOCOL_VERSION = 2

# The same of the code of the linear probe, which few runs have to do with
PROBE_VERSION = 1

RUN_ID_DIGITS = 16


@dataclass(frozen=True)
class RunSpec:
    """Everything that can change a run's numbers and nothing else: no label, path, core count or memory size.

    Attributes:
        protocol: version of the training code.
        backend: Keras' backend; initial weights differ between them.
        backbone: architecture name, width, digest of the pre-trained weights; of a network of the user's own also the
            digest of its architecture and, where it is fed that, the range it was trained on.
        image_size: side of the photographs in pixels.
        pixel_range: `unit` or `native`.
        data: digest of the prepared photographs and labels.
        classes: number of classes.
        train_rows: digest of the rows that are trained on.
        validation_rows: digest of the rows that are scored after `validated_epochs`, for the learning rate and to
            choose.
        unfrozen: indices of the backbone's layers that train.
        head: settings of the head that change it.
        training: learning rate, batch size, epochs, plateau or another schedule; the optimizer, unless it is Adam; what
            BatchNormalization does, unless it is Keras' own way; how labels are smoothed and photographs changed, if
            they are; after how many epochs each time the validation rows are scored, unless after each.
        seed: seed of head, order and dropout.
        test_rows: digest of the rows that are only scored, at the epochs that count; None without such a part.
        phases: epochs in which different layers train, one after the other; None where all of `unfrozen` always do.
        rates: of layers whose learning rate is not the head's; None where there are none.
        probe: version of the linear probe's code, for a run that is a probe (then `training` is empty and `seed` is 0:
            neither changes it) or whose head starts as one; None for all others.
    """

    protocol: int
    backend: str
    backbone: dict[str, Any]
    image_size: int
    pixel_range: str
    data: str
    classes: int
    train_rows: str
    validation_rows: str
    unfrozen: tuple[int, ...]
    head: dict[str, Any]
    training: dict[str, Any]
    seed: int
    test_rows: str | None = None
    phases: tuple[Phase, ...] | None = None
    rates: tuple[Rate, ...] | None = None
    probe: int | None = None

    @property
    def is_probe(self) -> bool:
        """Whether nothing trains by steps."""
        return not self.training

    @property
    def validated_epochs(self) -> list[int]:
        """Epochs of a run that is no probe, counted from 1, after which the validation rows are scored."""
        return validated_epochs(self.training["epochs"], self.training.get("validate_every", 1))

    @property
    def run_id(self) -> str:
        """Hash of the whole specification, 16 hexadecimal digits."""
        content = asdict(self)
        # Runs from before there were these keep their ids
        for name in ("test_rows", "phases", "rates", "probe"):
            if content[name] is None:
                del content[name]
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:RUN_ID_DIGITS]

    @property
    def graph(self) -> str | None:
        """What runs have in common that can be trained one after the other without tracing a graph anew.

        They differ in learning rate and seed alone. None for a run that shares nothing: a probe, a run in phases, or
        one of a backend that turns the rate into a constant.
        """
        if self.is_probe or self.phases is not None or self.backend != "tensorflow":
            return None
        content = self.to_json()
        del content["seed"], content["training"]["learning_rate"]
        return json.dumps(content, sort_keys=True)

    @property
    def part_rows(self) -> tuple[str, str, str | None]:
        """Digests of the rows that are trained on, scored, and only scored at the end."""
        return self.train_rows, self.validation_rows, self.test_rows

    def to_json(self) -> dict[str, Any]:
        """Return the specification as it is stored; without a `probe` as before there were any, byte for byte."""
        return {name: value for name, value in asdict(self).items() if name != "probe" or value is not None}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "RunSpec":
        """Rebuild a specification from its JSON form."""
        tuples: dict[str, Any] = {"unfrozen": tuple(content["unfrozen"])}
        if content.get("phases") is not None:
            tuples["phases"] = tuple(Phase(epochs, tuple(unfrozen)) for epochs, unfrozen in content["phases"])
        if content.get("rates") is not None:
            tuples["rates"] = tuple(Rate(layer, share) for layer, share in content["rates"])
        return cls(**{**content, **tuples})


@dataclass(frozen=True)
class Part:
    """What a stage's runs see: rows of the prepared photographs (ascending indices)."""

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
    """Return the specification of the run that trains `unfrozen` on the part, as the recipe says if there is one."""
    recipe = recipe or Recipe()
    how: dict[str, Any]
    if recipe.probe:
        how = {"head": {"pooling": settings.head.pooling, "units": []}, "training": {}, "seed": 0}
    else:
        how = {"head": _head(settings.head), "training": _training(settings.training), "seed": settings.seed}
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
        **how,
    )


def _training(training: Training) -> dict[str, Any]:
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
    left_out |= {name for name in ("warmup", "label_smoothing") if not getattr(training, name)}
    if training.validate_every == 1:
        left_out.add("validate_every")
    return training.model_dump(mode="json", exclude=left_out)


def _head(head: Head) -> dict[str, Any]:
    """What changes a number: a share of hidden units only if there are any; and how it starts, if not at random."""
    left_out = {"start"} if head.start == "random" else set()
    return head.model_dump(mode="json", exclude=left_out if head.units else left_out | {"dropout"})


def _backbone(table: LayerTable, pixel_range: str) -> dict[str, Any]:
    about = table.backbone
    if table.architecture is None:
        return {"name": about["name"], "alpha": about["alpha"], "weights": table.weights_digest}
    # Neither the file's nor the function's name changes a number
    own = {"name": "own", "alpha": None, "weights": table.weights_digest, "architecture": table.architecture}
    return own if pixel_range == "unit" else {**own, "native": about["native"]}
