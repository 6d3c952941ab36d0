"""What a job's runs are trained on, looked at once a job: a run's id may only stand for what the run really saw."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from ..data.prepared import DATASET, Prepared, only_scored, read_split
from ..errors import BlocktuneError
from ..files.spec import RunSpec
from ..runs.spec import Part, rows_digest

Rows = Mapping[str, Sequence[int]]
"""Rows by their digest, of runs that see others than the splits' parts."""


def check_inputs(specs: Iterable[RunSpec], prepared: Path, splits: Path, stage: str, rows: Rows | None = None) -> None:
    """Read all images and the parts, and compare them with what the runs were planned with.

    Args:
        specs: runs that are going to be trained.
        prepared: folder of the prepared images.
        splits: file of the parts.
        stage: the plan's.
        rows: the plan's, if it has any.

    Raises:
        BlocktuneError: the images are damaged (and were set aside), or they or the parts are others than planned.
    """
    images = Prepared.open_intact(prepared)
    for spec in specs:
        if spec.data != images.digest:
            raise BlocktuneError(_other(prepared / DATASET, spec))
        part = part_of(spec, splits, stage, rows)
        seen = [None if chosen is None else rows_digest(chosen) for chosen in (part.train, part.validation, part.test)]
        if tuple(seen) != spec.part_rows:
            raise BlocktuneError(_other(splits, spec))


def part_of(spec: RunSpec, splits: Path, stage: str, rows: Rows | None = None) -> Part:
    """Return the rows that a run sees.

    Args:
        spec: the run.
        splits: file of the parts.
        stage: the plan's.
        rows: the plan's, if it has any: these instead of the file's.

    Raises:
        BlocktuneError: the file is missing or damaged, or the plan lacks rows of the run.
    """
    if rows:
        missing = {digest for digest in spec.part_rows if digest is not None} - set(rows)
        if missing:
            raise BlocktuneError(f"the plan lacks rows of run {spec.run_id}: it was changed or damaged; plan it again")
        return Part(*(None if digest is None else np.array(rows[digest], np.int64) for digest in spec.part_rows))
    parts = read_split(splits)
    return Part(parts["final" if stage == "final" else "search"], parts["validation"], only_scored(parts, stage))


def _other(file: Path, spec: RunSpec) -> str:
    return (
        f"{file} is not what run {spec.run_id} was planned with: one of the two was changed or damaged. "
        "`snakemake` plans anew where something has changed, and makes again what was damaged"
    )
