"""How far each target lies from what a backbone was pre-trained on."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from ..data.digits import load_digits_images
from ..data.prepare import prepare
from ..data.prepared import Prepared, read_split
from ..errors import BlocktuneError
from ..factors.arms import OWN, target_arms
from ..files.distances import Distances, TargetDistance
from ..files.layers import LayerTable
from ..settings.model import Settings
from .factors import FactorStudy, backbone_named
from .shared import Gpus
from .signature import step

# Enough for a mean and a distribution, few enough for seconds
_AT_MOST = 1000
# One source picture in five tells how well a probe reads the source
_HELD_OUT = 5

Features = Callable[[np.ndarray, np.ndarray], np.ndarray]


@step("distances")
def factor_distances(
    study: FactorStudy,
    gpus: Gpus,
    backbone: Annotated[str, "key of the backbone"],
    layers: Annotated[LayerTable, "its layer table"],
    datasets: Annotated[list[Path], "facts on the images of every target, the study's own first"],
    splits: Annotated[list[Path], "their parts, in the same order"],
    output: Annotated[Path, "the distances to write"],
    pretrained: Annotated[Path | None, "weights made by `pretrain`, for `weights: digits`"] = None,
) -> None:
    """Measure the distance of targets from a backbone's source."""
    from ..training.process import one_thread_per_process

    settings = study.asked
    one_thread_per_process()
    use = gpus.settled()
    from ..backbones.build import build_backbone
    from ..backbones.pixels import pixel_transform
    from ..factors.source_distance import class_means, earth_movers, mmd, probe
    from ..training.device import take_device
    from ..training.frozen_features import features

    take_device(use, f"distances of {backbone}")
    entry = backbone_named(settings, backbone)
    network = build_backbone(entry, settings.data.image_size, layers.seed, pretrained)
    transform = pixel_transform(entry.name, settings.pixels.range, layers.backbone.native)

    def of(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return features(network, images, rows, transform)

    arms = [None, *target_arms(settings)]
    prepared = [Prepared.open(file.parent) for file in datasets]
    parts = [read_split(file) for file in splits]
    if not len(arms) == len(prepared) == len(parts):
        raise BlocktuneError(f"{len(arms)} targets, but {len(prepared)} --datasets and {len(parts)} --splits")
    name, known, truth = _source(settings, entry.weights_kind, of, prepared[0], parts[0])
    places = np.random.default_rng(settings.seed).permutation(len(truth))
    held, kept = places[: len(places) // _HELD_OUT], places[len(places) // _HELD_OUT :]
    read = probe(known[kept], truth[kept], known[held], truth[held])
    means, shares = class_means(known, truth)
    found = []
    for arm, image_set, rows in zip(arms, prepared, parts, strict=True):
        chosen = _some(rows["validation"])
        seen = of(image_set.images, chosen)
        trained = _some(rows["final"])
        labels = image_set.labels
        accuracy = probe(of(image_set.images, trained), labels[trained], seen, labels[chosen])
        found.append(
            TargetDistance(
                target=OWN if arm is None else arm.level,
                shift=arm.shift.kind if arm and arm.shift else "",
                strength=arm.shift.strength if arm and arm.shift else (0.0 if arm is None else None),
                source=name,
                emd=earth_movers(means, shares, *class_means(seen, labels[chosen])),
                mmd=mmd(known, seen, settings.seed),
                probe_accuracy=accuracy,
                probe_gap=read - accuracy,
                images=len(chosen),
            )
        )
    Distances(backbone, read, tuple(found)).write(output)
    print(f"{backbone}: {len(found)} targets, distances from {name}")


def _source(
    settings: Settings, weights: str, of: Features, own: Prepared, parts: dict[str, np.ndarray]
) -> tuple[str, np.ndarray, np.ndarray]:
    """Name, features and labels of what the backbone was pre-trained on, or of what stands in for it."""
    size, path = settings.data.image_size, settings.factors.targets.source_pictures
    if path is not None:
        data = settings.data.model_copy(update={"source": "folder", "name": "source", "path": path})
        with tempfile.TemporaryDirectory(prefix="blocktune-source-") as folder:
            prepare(data, 0, Path(folder))
            pictures = Prepared.open(Path(folder))
            rows = _some(np.random.default_rng(settings.seed).permutation(len(pictures.labels)))
            return Path(path).name, of(pictures.images, np.sort(rows)), pictures.labels[np.sort(rows)]
    if weights == "digits":
        images, labels = load_digits_images(settings.pretraining.digits, size, None, settings.seed)
        rows = np.sort(_some(np.random.default_rng(settings.seed).permutation(len(labels))))
        return "source digits", of(images, rows), labels[rows]
    rows = _some(parts["final"])
    return "own target", of(own.images, rows), own.labels[rows]


def _some(rows: np.ndarray) -> Any:
    """At most so many rows, spread evenly: rows of a prepared dataset come class by class or at random."""
    return rows if len(rows) <= _AT_MOST else rows[np.linspace(0, len(rows) - 1, _AT_MOST).astype(int)]
