"""What a job's runs are trained on, looked at once a job: a run's id may only stand for what the run really saw."""

from collections.abc import Iterable
from pathlib import Path

from ..data.prepared import DATASET, Prepared, only_scored, read_split
from ..errors import BlocktuneError
from ..runs.spec import Part, RunSpec, rows_digest


def check_inputs(specs: Iterable[RunSpec], prepared: Path, splits: Path, stage: str) -> None:
    """Read all photographs and the parts, and compare them with what the runs were planned with.

    Args:
        specs: runs that are going to be trained.
        prepared: folder of the prepared photographs.
        splits: file of the parts.
        stage: the plan's.

    Raises:
        BlocktuneError: the photographs are damaged (and were set aside), or they or the parts are others than planned.
    """
    photographs, part = Prepared.open_intact(prepared), read_part(splits, stage)
    rows = {"train_rows": part.train, "validation_rows": part.validation, "test_rows": part.test}
    found = {name: None if chosen is None else rows_digest(chosen) for name, chosen in rows.items()}
    for spec in specs:
        if spec.data != photographs.digest:
            raise BlocktuneError(_other(prepared / DATASET, spec))
        if any(getattr(spec, name) != digest for name, digest in found.items()):
            raise BlocktuneError(_other(splits, spec))


def read_part(splits: Path, stage: str) -> Part:
    """Return the rows that a stage's runs see.

    Raises:
        BlocktuneError: the file is missing or damaged.
    """
    rows = read_split(splits)
    return Part(rows["final" if stage == "final" else "search"], rows["validation"], only_scored(rows, stage))


def _other(file: Path, spec: RunSpec) -> str:
    return (
        f"{file} is not what run {spec.run_id} was planned with: one of the two was changed or damaged. "
        "`snakemake` plans anew where something has changed, and makes again what was damaged"
    )
