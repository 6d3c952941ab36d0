"""Dry jobs: sleep instead of training, to rehearse a study on a cluster. What they write can't pass for a result."""

import time
from collections.abc import Sequence
from pathlib import Path

from ..errors import BlocktuneError
from ..files.record import RunRecord
from ..files.spec import RunSpec
from ..runs.store import Store


def run_dry_job(specs: Sequence[RunSpec], folder: Path, seconds: float) -> list[RunRecord]:
    """Sleep once for every run that the folder doesn't hold, under the run's lock, and return records without numbers.

    A run's file in `folder` gets one line each time the run is slept through, so a second line is a run done twice.

    Raises:
        BlocktuneError: the folder can't be written.
    """
    for number, spec in enumerate(specs, 1):
        progress = f"dry run {spec.run_id} ({number} of {len(specs)})"
        place = dry_file(folder, spec.run_id)
        with Store(folder).lock(spec.run_id):
            if place.is_file():
                print(f"{progress}: slept before", flush=True)
                continue
            time.sleep(seconds)
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("a", encoding="utf-8") as stream:
                    stream.write(f"dry {seconds:g} s\n")
            except OSError as error:
                raise BlocktuneError(f"can't write {place}: {error.strerror or error}") from None
        print(f"{progress}: slept {seconds:g} s", flush=True)
    return [{"run": spec.run_id, "dry": True} for spec in specs]


def dry_file(folder: Path, run_id: str) -> Path:
    """Return the file that says that a run was slept through."""
    return folder / run_id[:2] / f"{run_id}.dry"
