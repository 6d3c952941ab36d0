"""The frozen prefix's output for a run's photographs, carried over between the runs of a job."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from ..backbones.pixels import Transform

_BATCH = 32


@dataclass(frozen=True)
class FeatureCache:
    """The features of a job's latest run, in one file.

    A job's runs come in the order of their cuts, so a later run either reuses the features as they are or goes on from
    them. Only valid for one backbone, dataset and split, as a job has.

    Attributes:
        folder: an existing folder that lives as long as the job.
    """

    folder: Path

    def latest(self, at_most: int) -> tuple[int, np.ndarray] | None:
        """Return the cut and the stored features if that cut does not lie above `at_most`."""
        for path in self.folder.glob("cut*.npy"):
            cut = int(path.stem.removeprefix("cut"))
            if cut <= at_most:
                return cut, np.load(path, mmap_mode="r", allow_pickle=False)
        return None

    def store(self, cut: int, features: np.ndarray) -> None:
        """Keep these features in place of those before."""
        beside = self.folder / "new.npy"
        np.save(beside, features, allow_pickle=False)
        for path in self.folder.glob("cut*.npy"):
            path.unlink()
        beside.replace(self.folder / f"cut{cut}.npy")


def compute_features(
    backbone: keras.Model,
    cut: int,
    images: np.ndarray,
    rows: np.ndarray,
    transform: Transform,
    cache: FeatureCache | None = None,
) -> np.ndarray:
    """Return the output of the layer at `cut` for the given rows of the photographs, float32 (len(rows), ...).

    Args:
        backbone: the network with its pre-trained weights.
        cut: index of a cut layer.
        images: uint8 (N, H, W, 3).
        rows: which photographs.
        transform: from pixels to what the network takes.
        cache: features of an earlier run over the same rows, to go on from.
    """
    known = cache.latest(cut) if cache else None
    if known and known[0] == cut:
        return known[1]
    if known:
        below, values = keras.Model(backbone.layers[known[0]].output, backbone.layers[cut].output), known[1]
        features = _forward(below, values, np.arange(len(rows)), None)
    else:
        below = keras.Model(backbone.input, backbone.layers[cut].output)
        features = _forward(below, images, rows, transform)
    if cache:
        cache.store(cut, features)
    return features


def _forward(below: keras.Model, values: np.ndarray, rows: np.ndarray, transform: Transform | None) -> np.ndarray:
    features = np.empty((len(rows), *below.output_shape[1:]), np.float32)
    for start in range(0, len(rows), _BATCH):
        chunk = values[rows[start : start + _BATCH]]
        features[start : start + len(chunk)] = below.predict_on_batch(chunk if transform is None else transform(chunk))
    return features
