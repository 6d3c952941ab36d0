"""The store of finished runs: one folder a run, shared by strategies, stages and studies."""

import hashlib
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from ..atomic import beside_of, remove_abandoned, set_aside
from ..errors import BlocktuneError
from ..files.measures import Measures, MeasuresFile
from ..files.plain import json_text
from ..files.record import (
    Metrics,
    MetricsFile,
    Resources,
    ResourcesFile,
    RunRecord,
    Validation,
    ValidationFile,
)
from ..files.spec import RunSpec
from .history import first_epochs
from .locks import held, hold
from .run_folder import FILES, SEAL, VALIDATION, damage_of, files_of, write_run

MEASURES_VERSION = 2
"""What `training.measured` computes: with another version, what earlier ones measured is not found and made again."""


class Store:
    """Finished runs below one folder.

    A run's folder holds `spec.json` (what was trained), `metrics.json` and `history.csv` (numbers that the same
    seed and machine make again, byte for byte), `resources.json` (seconds, memory, versions) and `seal.json`
    (checksums); some also hold `validation.json` (what each validation image said). A folder
    appears whole or not at all. What the factor study measures on fine-tuned networks lies below `measures`, one folder
    per version of the measures and one file per run. Checkpoints of runs that a search may resume lie below `paused`,
    one folder per pause.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def path(self, run_id: str, epochs: int | None = None) -> Path:
        """Return where a run, or its pause after some epochs, lies or would lie."""
        if epochs is None:
            return self.folder / run_id[:2] / run_id
        return self.folder / "paused" / f"{run_id}-{epochs}"

    def checkpoint(self, run_id: str) -> Path:
        """Return where the checkpoint of an unfinished run lies."""
        return self.folder / "unfinished" / f"{run_id}.checkpoint"

    def lock(self, run_id: str, waiting: Callable[[], None] = lambda: None) -> AbstractContextManager[None]:
        """Hold a run while it trains; see `locks.hold`. Who waits must not hold what the other may wait for."""
        return hold(self.folder, run_id, waiting)

    def locked(self) -> dict[str, float]:
        """Return the runs that are training now, and since when (seconds since 1970); for those who only look."""
        return held(self.folder)

    def has(self, spec: RunSpec, epochs: int | None = None) -> bool:
        """Whether the run is finished and intact, or has paused after so many epochs.

        A damaged one is named, set aside and counts as missing.
        """
        return self._intact(spec, None) or (epochs is not None and self._intact(spec, epochs))

    def _intact(self, spec: RunSpec, epochs: int | None) -> bool:
        place = self.path(spec.run_id, epochs)
        if not place.is_dir():
            return False
        damage = damage_of(place, spec)
        if damage is None:
            return True
        aside = set_aside(place)
        print(f"store: run {spec.run_id} is damaged ({damage}); set aside as {aside}, it trains again", file=sys.stderr)
        return False

    def put(
        self,
        spec: RunSpec,
        metrics: Metrics,
        history: str,
        resources: Resources,
        epochs: int | None = None,
        validation: Validation | None = None,
    ) -> None:
        """Store a finished run, or its pause after some epochs.

        If another process stored the same meanwhile, that one stays.

        Raises:
            BlocktuneError: the disk is full or the store can't be written.
        """
        place = self.path(spec.run_id, epochs)
        try:
            beside = _new_folder_beside(place)
            try:
                write_run(beside, spec, metrics, history, resources, validation)
                beside.rename(place)
            except BaseException:
                shutil.rmtree(beside, ignore_errors=True)
                if not place.is_dir():
                    raise
        except OSError as error:
            raise BlocktuneError(f"can't write to the store {self.folder}: {error.strerror or error}") from None
        if epochs is None:
            for pause in (self.folder / "paused").glob(f"{spec.run_id}-*"):
                shutil.rmtree(pause, ignore_errors=True)

    def contents(self, spec: RunSpec, epochs: int | None = None) -> tuple[str, dict[str, bytes]] | None:
        """Return the name and the files of an intact run, or of its pause, for `adopt`; None if there is neither."""
        for end in (None, epochs):
            if self._intact(spec, end):
                place = self.path(spec.run_id, end)
                return place.name, {name: (place / name).read_bytes() for name in (*files_of(place), SEAL)}
        return None

    def adopt(self, name: str, contents: dict[str, bytes]) -> bool:
        """Take over a run that `contents` gave elsewhere; one that is there stays. Tells whether it was taken over.

        Raises:
            BlocktuneError: the files aren't those of that run, or were changed; the store can't be written.
        """
        run_id, _, epochs = name.partition("-")
        place = self.path(run_id, int(epochs) if epochs else None)
        if place.is_dir() or self.path(run_id).is_dir():
            return False
        try:
            beside = _new_folder_beside(place)
            try:
                for file in (*FILES, *([VALIDATION] if VALIDATION in contents else []), SEAL):
                    (beside / file).write_bytes(contents.get(file, b""))
                spec = RunSpec.of_text(contents.get(FILES[0], b""), f"{FILES[0]} of run {run_id}")
                damage = damage_of(beside, spec) if spec.run_id == run_id else "spec.json belongs to another run"
                if damage:
                    raise BlocktuneError(f"run {run_id} is damaged: {damage}")
                beside.rename(place)
            except BaseException:
                shutil.rmtree(beside, ignore_errors=True)
                raise
        except OSError as error:
            # Another process may have been faster; what it wrote is the same run
            if place.is_dir():
                return False
            raise BlocktuneError(f"can't write to the store {self.folder}: {error.strerror or error}") from None
        return True

    def record(self, spec: RunSpec, epochs: int | None = None) -> RunRecord:
        """Return a finished run: its id, metrics, history (CSV text) and resources.

        A run that keeps them also has `validation_losses`, the cross-entropy of each validation image after the last
        epoch (at the temperature that suits them best), and `validation_right`, bits in hexadecimal digits.

        Args:
            spec: the run.
            epochs: as it stands after so many epochs, whether it paused there or went on.
        """
        place = self.path(spec.run_id)
        finished = place.is_dir()
        if not finished:
            place = self.path(spec.run_id, epochs)
        record: RunRecord = {
            "run": spec.run_id,
            "metrics": MetricsFile.read(place / "metrics.json").metrics,
            "history": (place / "history.csv").read_text(encoding="utf-8"),
            "resources": ResourcesFile.read(place / "resources.json").resources,
        }
        if (place / VALIDATION).is_file():
            kept = ValidationFile.read(place / VALIDATION).validation
            record |= {"validation_losses": kept["losses"], "validation_right": kept["right"]}
        return first_epochs(record, epochs) if finished and epochs is not None else record

    def put_measures(self, run_id: str, measures: Measures) -> None:
        """Keep what was measured on a run's fine-tuned network beside the run; see `training.measured`.

        Raises:
            BlocktuneError: the disk is full or the store can't be written.
        """
        MeasuresFile(measures, _digest_of(measures)).write(self._measures(run_id))

    def measures(self, run_id: str) -> Measures | None:
        """Return what this version measured on a run's fine-tuned network; None if nothing, or if it is damaged."""
        try:
            found = MeasuresFile.read(self._measures(run_id))
        except BlocktuneError:
            return None
        return found.measures if found.sha256 == _digest_of(found.measures) else None

    def has_measures(self, run_id: str) -> bool:
        """Whether something was measured on a run's fine-tuned network; not whether the file is intact."""
        return self._measures(run_id).is_file()

    def _measures(self, run_id: str) -> Path:
        return self.folder / "measures" / f"version-{MEASURES_VERSION}" / run_id[:2] / f"{run_id}.json"


def _new_folder_beside(place: Path) -> Path:
    """Make an empty folder that may become `place`, and remove what killed processes left of theirs."""
    remove_abandoned(place)
    beside = beside_of(place)
    beside.mkdir(parents=True)
    return beside


def _digest_of(content: Measures) -> str:
    return hashlib.sha256(json_text(content).encode()).hexdigest()
