"""The frozen prefix's output for a run's images, carried over between the runs of a job."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..backbones.pixels import Transform
from ..known_keras import keras
from ..runs.spec import rows_digest

_BATCH = 32


@dataclass(frozen=True)
class Segment:
    """Consecutive rows and the batches in which their features are computed.

    The size of a batch moves the last digits of an image's features; its place in the batch does not. So features
    equal those of a training on the whole network if they come from batches of the same size.

    Attributes:
        count: how many rows.
        batch: images per batch.
        even: every row is computed in a batch of exactly this size (the last batch takes rows before it along);
            otherwise what is left over is a smaller batch.
    """

    count: int
    batch: int
    even: bool = False


@dataclass(frozen=True)
class FeatureCache:
    """The features of a job's latest run, in one file.

    A job's runs come in the order of their cuts, so a later run either reuses the features as they are or goes on from
    them. Runs of one job may see different images (the factor study's do): features are known by their rows and
    batches, and others' are never taken. Only valid for one backbone and dataset, as a job has.

    Attributes:
        folder: an existing folder that lives as long as the job.
    """

    folder: Path

    def latest(self, of: str, at_most: int) -> tuple[int, np.ndarray] | None:
        """Return the cut and the stored features if they are `of` these rows and that cut does not lie above."""
        for path in self.folder.glob(f"{of}-cut*.npy"):
            cut = int(path.stem.rpartition("cut")[2])
            if cut <= at_most:
                return cut, np.load(path, mmap_mode="r", allow_pickle=False)
        return None

    def store(self, of: str, cut: int, features: np.ndarray) -> None:
        """Keep these features in place of those before; where there is no room, the next run computes its own."""
        beside = self.folder / "new.npy"
        try:
            np.save(beside, features, allow_pickle=False)
            for path in self.folder.glob("*-cut*.npy"):
                path.unlink()
            beside.replace(self.folder / f"{of}-cut{cut}.npy")
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            print(f"{self.folder} can't keep features for the next run ({error.strerror or error})", flush=True)


def _identity(rows: np.ndarray, segments: Sequence[Segment]) -> str:
    """What features are features of: the rows, in their order and their batches."""
    return hashlib.sha256(f"{rows_digest(rows)} {[*segments]}".encode()).hexdigest()[:16]


def compute_features(
    backbone: keras.Model,
    cut: int,
    images: np.ndarray,
    rows: np.ndarray,
    transform: Transform,
    cache: FeatureCache | None = None,
    segments: Sequence[Segment] = (),
) -> np.ndarray:
    """Return the output of the layer at `cut` for the given rows of the images, float32 (len(rows), ...).

    Args:
        backbone: the network with its pre-trained weights.
        cut: index of a cut layer.
        images: uint8 (N, H, W, 3).
        rows: which images.
        transform: from pixels to what the network takes.
        cache: features of an earlier run, to go on from if they are of the same rows and segments.
        segments: the rows' batches, if their size matters.
    """
    segments = segments or [Segment(len(rows), _BATCH)]
    of = _identity(rows, segments)
    known = cache.latest(of, cut) if cache else None
    if known and known[0] == cut:
        return known[1]
    if known:
        below, values = keras.Model(backbone.layers[known[0]].output, backbone.layers[cut].output), known[1]
        features = _forward(below, values, np.arange(len(rows)), None, segments)
    else:
        below = keras.Model(backbone.input, backbone.layers[cut].output)
        features = _forward(below, images, rows, transform, segments)
    if cache:
        cache.store(of, cut, features)
    return features


def _forward(
    below: keras.Model,
    values: np.ndarray,
    rows: np.ndarray,
    transform: Transform | None,
    segments: Sequence[Segment],
) -> np.ndarray:
    features = np.empty((len(rows), *below.output_shape[1:]), np.float32)
    end = 0
    for segment in segments:
        begin, end = end, end + segment.count
        for start in range(begin, end, segment.batch):
            stop = min(start + segment.batch, end)
            if segment.even:
                start = max(stop - segment.batch, begin)
            chunk = values[rows[start:stop]]
            features[start:stop] = below.predict_on_batch(chunk if transform is None else transform(chunk))
    return features
