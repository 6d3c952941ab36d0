"""Putting together what trains: the part of the network above the cut, the head, and the feeds."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..backbones.pixels import pixel_transform
from ..files.spec import RunSpec
from ..known_keras import keras
from ..runs.spec import Part
from ..settings.head import Head
from .augment import augmenter
from .features import FeatureCache, Segment, compute_features
from .feed import Feed
from .head import build_head
from .prefix import above_cut

# Scoring needs no small batches; the size is fixed because it moves the last digits of the loss
_VALIDATION_BATCH = 64


@dataclass(frozen=True)
class ImageSet:
    """The prepared images: images uint8 (N, H, W, 3), a memory map; labels int64 (N,)."""

    images: np.ndarray
    labels: np.ndarray


class Assembled(NamedTuple):
    """The model that trains, and what it is fed with.

    Attributes:
        model: the part of the network above the cut, and the head.
        train: the training images.
        validation: the images that choose.
        test: the images that are only scored; None without such a part.
    """

    model: keras.Model
    train: Feed
    validation: Feed
    test: Feed | None


def new_head(
    spec: RunSpec, backbone: keras.Model, image_set: ImageSet, part: Part, cache: FeatureCache | None = None
) -> keras.Model:
    """Return a run's head with its initial weights: random ones, or those of the probe of its training rows.

    Args:
        spec: the run.
        backbone: the network with its pre-trained weights.
        image_set: all of them.
        part: the rows that the run sees.
        cache: where the job keeps the probe.

    Raises:
        BlocktuneError: a class has less than two images for the probe.
    """
    head = build_head(backbone.output_shape[1:], spec.classes, Head(**spec.head), spec.seed)
    if spec.head.get("start") == "probe":
        # What scikit-learn takes to be imported, other runs need not pay
        from .probe import give_weights, probe_of

        probe = probe_of(spec, backbone, image_set, part.train, cache)
        # Where the features are no numbers the run diverges, however it starts
        if probe is not None:
            give_weights(head, probe)
    return head


def assemble(
    spec: RunSpec,
    backbone: keras.Model,
    head: keras.Model,
    image_set: ImageSet,
    part: Part,
    cut: int | None,
    cache: FeatureCache | None,
) -> Assembled:
    """Return what trains above a cut."""
    above = above_cut(backbone, cut)
    body = head if above is None else keras.Model(above.input, head(above.output), name="trained")
    transform = pixel_transform(spec.backbone["name"], spec.pixel_range, spec.backbone.get("native"))
    only_scored = np.concatenate([part.validation, part.train[:0] if part.test is None else part.test])
    rows, count, batch = np.concatenate([part.train, only_scored]), len(part.train), spec.training["batch_size"]
    labels, remainder_places = image_set.labels[rows], None
    if cut is None:
        values, places = image_set.images, rows
    else:
        segments = feature_segments(part, batch)
        # The images of an epoch's last, smaller batch change, so all have features for that size too
        again = part.train if count % batch else part.train[:0]
        everything = np.concatenate([rows, again])
        values = compute_features(backbone, cut, image_set.images, everything, transform, cache, segments)
        places, transform = np.arange(len(rows)), None
        if len(again):
            remainder_places = len(rows) + np.arange(count)
    augment = augmenter(spec) if cut is None else None
    end, smoothing = count + len(part.validation), spec.training.get("label_smoothing")
    learned, checked = labels[:count], labels[count:end]
    if smoothing is not None:
        # Validation tells the plain cross-entropy, which can be compared whatever is smoothed
        learned, checked = shares_of(learned, spec.classes, smoothing), shares_of(checked, spec.classes)
    train = Feed(values, places[:count], learned, batch, transform, spec.seed, remainder_places, augment)
    validation = Feed(values, places[count:end], checked, _VALIDATION_BATCH, transform)
    test = Feed(values, places[end:], labels[end:], _VALIDATION_BATCH, transform) if part.test is not None else None
    return Assembled(body, train, validation, test)


def shares_of(labels: np.ndarray, classes: int, smoothing: float = 0.0) -> np.ndarray:
    """Return labels as each class's share, float32 (N, classes), of which `smoothing` is spread evenly over all."""
    return np.eye(classes, dtype=np.float32)[labels] * (1 - smoothing) + np.float32(smoothing / classes)


def feature_segments(part: Part, batch_size: int) -> list[Segment]:
    """Return in which batches features are computed: as the training and the validation on pixels would.

    Args:
        part: first its training rows, then its validation rows and its test rows, then again the training rows for an
            epoch's last batch if that is smaller.
        batch_size: images per training step.
    """
    count, left = len(part.train), len(part.train) % batch_size
    segments = [Segment(count, batch_size, even=True), Segment(len(part.validation), _VALIDATION_BATCH)]
    if part.test is not None:
        segments.append(Segment(len(part.test), _VALIDATION_BATCH))
    return [*segments, Segment(count, left, even=True)] if left else segments
