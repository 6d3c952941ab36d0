"""A database for MLflow: runs below their strategy below their study; or the same on a tracking server."""

import hashlib
import json
import logging
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BlocktuneError
from ..messages import printable
from ..runs.entries import Entry, ShownStudy, Value
from . import Exporter, last_end

if TYPE_CHECKING:
    from mlflow import MlflowClient

_DATABASE, _ARTIFACTS = "mlflow.db", "artifacts"
_KEY, _DIGEST = "blocktune.key", "blocktune.digest"
# Lets MLflow's pages open with what belongs to trainings
_KIND = "mlflow.experimentKind"
# What MLflow takes in one call, and of one value
_METRICS, _PARAMS, _LONGEST = 1000, 100, 6000
_PAGE = 1000


class Runs(Exporter):
    """Writes to a database of SQLite: MLflow's default, while it only reads stores of files when it is told to."""

    needs = ("mlflow", "sqlalchemy", "alembic")
    address = True

    def write(self, study: ShownStudy, place: str) -> str:
        """Write what is not there yet; a run that has changed since is replaced, all others stay."""
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        # With MLflow's own seven, a server that is not there is noticed after minutes
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
        address, artifacts = _places(place)
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        try:
            client = MlflowClient(tracking_uri=address)
            _Writer(client, _experiment(client, study.name, artifacts)).write(study)
        # ImportError: the driver of another database is not installed
        except (MlflowException, SQLAlchemyError, ImportError, OSError) as error:
            reason = printable(str(error)).partition("\n")[0]
            raise BlocktuneError(f"MLflow at {place} can't be written: {reason}") from None
        return address if place == address else f"mlflow server --backend-store-uri {shlex.quote(address)}"


def _places(place: str) -> tuple[str, str | None]:
    """The address of a store, and where what belongs to runs would lie."""
    if "://" in place:
        return place, None
    folder = Path(place)
    if strange := {"?", "#", "%"} & set(str(folder)):
        raise BlocktuneError(
            f"MLflow's address of {folder} can't hold {' '.join(sorted(strange))}: choose another folder"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BlocktuneError(f"can't write {folder}: {error.strerror or error}") from None
    return f"sqlite:///{folder / _DATABASE}", (folder / _ARTIFACTS).absolute().as_uri()


def _experiment(client: "MlflowClient", name: str, artifacts: str | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return found.experiment_id
    return client.create_experiment(name, artifacts, {_KIND: "custom_model_development"})


@dataclass(frozen=True)
class _Run:
    """A run of MLflow.

    Attributes:
        key: what it is; there is one of each key.
        name: shown.
        parent: id of the run that it is shown below.
        metrics: name, value, time in seconds since 1970, and epoch.
        times: when it began and ended, in seconds since 1970.
        failed: whether it has no result.
    """

    key: str
    name: str
    parent: str | None
    tags: dict[str, Value]
    params: dict[str, Value]
    metrics: tuple[tuple[str, float, float, int], ...]
    times: tuple[float, float]
    failed: bool = False

    @property
    def digest(self) -> str:
        """Sha256 of all that would be written, but for times: a store that was copied has others."""
        metrics = [(name, value, epoch) for name, value, _, epoch in self.metrics]
        content = json.dumps([self.name, self.parent, self.tags, self.params, metrics])
        return hashlib.sha256(content.encode()).hexdigest()


class _Writer:
    """Writes runs into an experiment that may have some of them."""

    def __init__(self, client: "MlflowClient", experiment: str) -> None:
        self._client, self._experiment = client, experiment
        self._known = {run.data.tags.get(_KEY): run for run in self._runs()}

    def write(self, study: ShownStudy) -> None:
        """Write a study: a run for itself, one for each strategy, and below these those that were trained."""
        settings = hashlib.sha256(json.dumps(study.settings).encode()).hexdigest()[:16]
        # Other settings are another study, which may have the same name
        times = (min((entry.after(0) for entry in study.entries), default=0.0), last_end(study.entries))
        root = self._put(_Run(f"study {settings}", study.name, None, {}, study.settings, (), times))
        for strategy in dict.fromkeys(entry.strategy for entry in study.entries):
            entries = [entry for entry in study.entries if entry.strategy == strategy]
            times = min(entry.after(0) for entry in entries), last_end(entries)
            key = f"study {settings}, strategy {strategy}"
            parent = self._put(_Run(key, strategy, root, {"strategy": strategy}, {}, (), times))
            for entry in entries:
                self._put(_of_entry(f"study {settings}, run {entry.run}", parent, entry))

    def _runs(self) -> Iterator[Any]:
        token = None
        while True:
            page = self._client.search_runs([self._experiment], max_results=_PAGE, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def _put(self, run: _Run) -> str:
        """Write a run where it is not there as it is now, and return its id."""
        there = self._known.get(run.key)
        if there is not None:
            if there.data.tags.get(_DIGEST) == run.digest:
                return there.info.run_id
            self._client.delete_run(there.info.run_id)
        return self._create(run)

    def _create(self, run: _Run) -> str:
        from mlflow.entities import Metric, Param, RunTag

        client, begun, ended = self._client, int(1000 * run.times[0]), int(1000 * run.times[1])
        parent = {} if run.parent is None else {"mlflow.parentRunId": run.parent}
        tags = {key: _text(value) for key, value in run.tags.items() if value is not None}
        made = client.create_run(self._experiment, begun, {_KEY: run.key, **parent, **tags}, run.name).info.run_id
        params = [Param(key, _text(value)) for key, value in run.params.items()]
        for start in range(0, len(params), _PARAMS):
            client.log_batch(made, params=params[start : start + _PARAMS])
        metrics = [Metric(name, value, int(1000 * time), epoch) for name, value, time, epoch in run.metrics]
        for start in range(0, len(metrics), _METRICS):
            client.log_batch(made, metrics=metrics[start : start + _METRICS])
        client.set_terminated(made, "FAILED" if run.failed else "FINISHED", ended)
        # Last: a run without it was not written to its end, and is written again
        client.log_batch(made, tags=[RunTag(_DIGEST, run.digest)])
        return made


def _of_entry(key: str, parent: str, entry: Entry) -> _Run:
    tags = {"run": entry.run, "strategy": entry.strategy, **entry.about}
    metrics = [
        *(
            (name, value, entry.after(epoch), epoch)
            for name, curve in entry.curves.items()
            for epoch, value in curve.items()
        ),
        *((name, value, entry.ended, entry.epochs) for name, value in entry.scores.items()),
    ]
    times = entry.after(0), entry.ended
    return _Run(key, entry.name, parent, tags, entry.settings, tuple(metrics), times, failed=entry.diverged)


def _text(value: Value) -> str:
    """A value as MLflow keeps it; what is too long for it says how much is left out."""
    text = "null" if value is None else str(value)
    if len(text) <= _LONGEST:
        return text
    end = f" ... ({len(text)} characters)"
    return text[: _LONGEST - len(end)] + end
