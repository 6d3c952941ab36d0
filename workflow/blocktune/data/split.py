"""From the manifest of a prepared dataset to the table of its parts."""

import hashlib
from collections.abc import Sequence
from math import ceil
from pathlib import Path

import numpy as np

from ..errors import BlocktuneError
from ..files.dataset import Dataset, PartSummary, SplitSummary
from ..files.image_tables import ManifestRow, SplitRow
from ..settings.data import Split
from .parts import Parts, held_out, in_order, stratified
from .prepared import PARTS
from .staging import staged


def split(
    settings: Split,
    seed: int,
    manifest: Path,
    dataset: Path,
    splits: Path,
    summary: Path,
    selection: float | None = None,
) -> SplitSummary:
    """Decide which image belongs to which part, and write the table.

    Args:
        settings: method and shares.
        seed: of the split; `tfds-order` has none.
        manifest: manifest.csv of the prepared dataset.
        dataset: its dataset.json.
        splits: written, a table of `SplitRow`; it has part_test with a selection alone.
        summary: written as JSON; what this function returns.
        selection: share of the images that is taken out of `final` to be the validation part; what `settings`
            calls validation is the test part then. None: there is no test part.

    Raises:
        BlocktuneError: an input can't be read or does not fit the other, `tfds-order` is asked of another source, a
            class is too small to be in every part, or an output can't be written.
    """
    about, rows = Dataset.read(dataset), ManifestRow.read(manifest)
    labels, groups = _labels(rows, about, manifest, dataset), _groups(rows)
    if settings.method == "tfds-order":
        if about.source != "tfds":
            raise BlocktuneError(
                f"split.method tfds-order needs data.source tfds, but the images are from {about.source}"
            )
        parts = in_order(settings, groups)
    else:
        parts = stratified(settings, labels, groups, seed)
    asked = {part: (f"split.{part}", getattr(settings, part)) for part in PARTS}
    if selection is not None:
        drawn = None if settings.method == "tfds-order" else seed
        parts = held_out(parts, labels, groups, round(selection * len(labels)), drawn)
        asked |= {"validation": ("evaluation.selection", selection), "test": asked["validation"]}
        asked |= {"final": ("split.final", settings.final - selection)}
    _check_classes(asked, parts, labels, about.classes)
    report = _summary(settings.method, seed, about, parts, labels, groups)
    with staged([Path(splits), Path(summary)]) as (splits_part, summary_part):
        splits_part.write_text(_table(parts), encoding="utf-8")
        summary_part.write_text(report.text(), encoding="utf-8")
    return report


def _labels(rows: Sequence[ManifestRow], about: Dataset, manifest: Path, dataset: Path) -> np.ndarray:
    number = {name: label for label, name in enumerate(about.classes)}
    if len(rows) != about.images or {row.class_name for row in rows} != set(about.classes):
        raise BlocktuneError(
            f"{manifest} and {dataset} do not belong together: their images or classes differ; "
            "run `blocktune prepare` again"
        )
    return np.array([number[row.class_name] for row in rows], np.int64)


def _groups(rows: Sequence[ManifestRow]) -> np.ndarray:
    """Return int (N,), equal for images of the same pixels, numbered by first occurrence."""
    first: dict[str, int] = {}
    return np.array([first.setdefault(row.pixels, len(first)) for row in rows], np.int64)


def _check_classes(
    asked: dict[str, tuple[str, float]], parts: Parts, labels: np.ndarray, classes: Sequence[str]
) -> None:
    """Refuse classes that a part has none of; `asked`: by part, the setting that gives its share, and the share."""
    sizes = np.bincount(labels, minlength=len(classes))
    problems = []
    for part, mask in parts.masks().items():
        inside = np.bincount(labels[mask], minlength=len(classes))
        key, share = asked[part]
        problems += [
            f"class {classes[label]!r} has {sizes[label]} image(s), too few for {key} {share:g}: "
            f"about {ceil(1 / share)} are needed to have one in that set"
            for label in np.flatnonzero(inside == 0)
        ]
    if problems:
        more = f"\nand {len(problems) - 5} more" if len(problems) > 5 else ""
        raise BlocktuneError("\n".join(problems[:5]) + more + "\nadd images, raise the share, or remove the class")


def _summary(
    method: str, seed: int, about: Dataset, parts: Parts, labels: np.ndarray, groups: np.ndarray
) -> SplitSummary:
    copies, masks = np.bincount(groups), parts.masks()
    per_class = {part: np.bincount(labels[mask], minlength=len(about.classes)).tolist() for part, mask in masks.items()}
    return SplitSummary(
        method=method,
        seed=seed,
        dataset=about.digest,
        parts={
            part: PartSummary(int(mask.sum()), dict(zip(about.classes, per_class[part], strict=True)), _sha256(mask))
            for part, mask in masks.items()
        },
        duplicate_groups=int((copies > 1).sum()),
        duplicate_images=int(copies[copies > 1].sum()),
        dropped=parts.dropped,
        digest=_sha256(*masks.values()),
    )


def _sha256(*masks: np.ndarray) -> str:
    return hashlib.sha256(b"".join(mask.astype(np.uint8).tobytes() for mask in masks)).hexdigest()


def _table(parts: Parts) -> str:
    columns = (mask.tolist() for mask in parts.masks().values())
    return SplitRow.table(SplitRow(row, *inside) for row, inside in enumerate(zip(*columns, strict=True)))
