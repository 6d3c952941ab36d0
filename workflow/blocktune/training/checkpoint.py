"""Exact resume: everything a training needs to resume after an epoch as if nothing had happened.

Weights, BatchNormalization statistics, optimizer slots, learning rate, dropout's random state, the plateau's counters
and the history so far. The order of images needs no saving: it depends on seed and epoch alone.
"""

import hashlib
import io
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import remove_abandoned, whole
from ..files.history import Epoch
from ..files.spec import RunSpec
from ..known_keras import keras
from .record import Recorder

_DIGEST_BYTES = 32
_PLATEAU_STATE = ("best", "wait", "cooldown_counter")
# Raise this whenever what a checkpoint holds changes
_FORMAT = 3
# Share of the training time that writing checkpoints may cost
_COST = 0.05


class CheckpointFile:
    """A run's checkpoint: one file with its checksum in front, replaced as a whole."""

    def __init__(self, path: Path, spec: RunSpec) -> None:
        self.path = path
        self._run = spec.run_id

    def write(self, header: dict[str, Any], arrays: list[np.ndarray]) -> None:
        """Write beside the old one and move into place.

        Raises:
            BlocktuneError: the disk is full or the store can't be written.
        """
        body = io.BytesIO()
        text = json.dumps({"run": self._run, "format": _FORMAT, **header})
        np.savez(body, *arrays, header=np.frombuffer(text.encode(), np.uint8))
        content = body.getbuffer()
        with whole(self.path) as beside, beside.open("wb") as stream:
            stream.write(hashlib.sha256(content).digest())
            stream.write(content)

    def read(self) -> tuple[dict[str, Any], list[np.ndarray]] | None:
        """Return header and arrays, or None if there is no usable checkpoint; a damaged one is named and removed."""
        if not self.path.is_file():
            return None
        content = self.path.read_bytes()
        digest, body = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        problem = None
        if hashlib.sha256(body).digest() != digest:
            problem = "it is damaged"
        else:
            with np.load(io.BytesIO(body), allow_pickle=False) as stored:
                header = json.loads(stored["header"].tobytes())
                arrays = [stored[f"arr_{number}"] for number in range(len(stored.files) - 1)]
            if header.get("run") == self._run and header.get("format") == _FORMAT:
                return header, arrays
            other = header.get("run") != self._run
            problem = f"it belongs to run {header.get('run')}" if other else "another version of blocktune wrote it"
        print(f"checkpoint {self.path}: {problem}; the run starts from its first epoch", file=sys.stderr)
        self.path.unlink()
        return None

    def epochs(self) -> int:
        """Return how many epochs are done, 0 without a usable checkpoint."""
        found = self.read()
        return len(found[0]["epochs"]) if found else 0

    def remove(self) -> None:
        """Remove the file, and what a killed process left of one: the run is finished."""
        self.path.unlink(missing_ok=True)
        remove_abandoned(self.path)


class Resume(keras.callbacks.Callback):
    """Restores a checkpoint when training begins and writes one after an epoch. Must be the last callback.

    Keras' own plateau callback forgets its counters when training begins, so they are put back after that.

    Attributes:
        first_epoch: epochs that are already done.
    """

    def __init__(
        self,
        file: CheckpointFile,
        variables: list[keras.Variable],
        plateau: keras.callbacks.ReduceLROnPlateau | None,
        recorder: Recorder,
        pause_after: int | None = None,
        first_epoch: int = 0,
    ) -> None:
        """Restore variables and history from the file, if it holds any.

        Args:
            file: the run's checkpoint.
            variables: all that the training changes, the optimizer's too.
            plateau: its learning-rate callback, None for a schedule without one.
            recorder: its history.
            pause_after: after this epoch the state is saved at any price, because another job resumes from it.
            first_epoch: epochs before this phase of the run; a checkpoint of an earlier phase is not for this model.
        """
        super().__init__()
        self._file, self._plateau, self._recorder = file, plateau, recorder
        self._pause_after = pause_after
        self._variables = variables
        self._state: dict[str, Any] | None = None
        self._unsaved_seconds = 0.0
        self._write_seconds = 0.0
        self.first_epoch = first_epoch
        found = file.read()
        if found is not None and len(found[0]["epochs"]) > first_epoch:
            header, arrays = found
            for variable, array in zip(self._variables, arrays, strict=True):
                variable.assign(array)
            recorder.epochs = [Epoch(**epoch) for epoch in header["epochs"]]
            recorder.seconds, recorder.cpu_seconds = header["seconds"], header["cpu_seconds"]
            if recorder.test is not None:
                recorder.test.found = header["test"]
            self._state = header["plateau"]
            self.first_epoch = len(recorder.epochs)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Put the plateau's counters back."""
        if self._state is not None:
            for name in _PLATEAU_STATE:
                setattr(self._plateau, name, float(self._state[name]))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write a checkpoint, unless that would cost more than its share of the time."""
        self._unsaved_seconds += self._recorder.seconds[-1]
        too_dear = self._write_seconds > _COST * self._unsaved_seconds
        if self._recorder.diverged or (too_dear and epoch + 1 != self._pause_after):
            return
        begun = time.perf_counter()
        header = {
            "epochs": [asdict(epoch) for epoch in self._recorder.epochs],
            "seconds": self._recorder.seconds,
            "cpu_seconds": self._recorder.cpu_seconds,
            "test": self._recorder.test and self._recorder.test.found,
            # Text, because a plateau begins with infinity, which is no JSON number
            "plateau": self._plateau and {name: repr(float(getattr(self._plateau, name))) for name in _PLATEAU_STATE},
        }
        self._file.write(header, [keras.ops.convert_to_numpy(variable) for variable in self._variables])
        self._write_seconds = time.perf_counter() - begun
        self._unsaved_seconds = 0.0
