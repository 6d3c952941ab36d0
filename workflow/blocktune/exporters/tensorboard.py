"""Event files for TensorBoard: a folder a run, below a folder a strategy, below the study's."""

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..atomic import whole
from ..runs.entries import Entry, ShownStudy, Value
from . import Exporter, last_end

if TYPE_CHECKING:
    from tensorboard.compat.proto.event_pb2 import Event

# TensorBoard takes any file whose name has the first word; ours end with the second one, and no other is touched
_EVENTS, _OURS = "events.out.tfevents", "blocktune"


class Runs(Exporter):
    """Writes curves and scores as scalars, settings as hyperparameters and as text."""

    needs = ("tensorboard",)

    def write(self, study: ShownStudy, place: str) -> str:
        """Write an event file for the study and one for each run; those of runs that are gone are removed."""
        folder = Path(place) / _safe(study.name)
        ended = last_end(study.entries)
        written = {_write(folder, [_begin(ended), _text("settings", study.settings, ended)], ended)}
        for entry in study.entries:
            written.add(_write(folder / entry.strategy / _safe(entry.name), _of_run(study, entry), entry.ended))
        for file in {*folder.rglob(f"{_EVENTS}.*.{_OURS}")} - written:
            file.unlink()
            if not any(file.parent.iterdir()):
                file.parent.rmdir()
        return f"tensorboard --logdir {shlex.quote(place)}"


def _safe(name: str) -> str:
    """A name as a folder."""
    return re.sub(r"[^\w.~@+-]+", "_", name).strip(".") or "study"


def _write(folder: Path, events: Iterable["Event"], ended: float) -> Path:
    """Write events into the folder's one file; its name has a time, as TensorBoard expects it, and no machine."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    file = folder / f"{_EVENTS}.{int(ended)}.{_OURS}"
    with whole(file) as beside, beside.open("wb") as stream:
        writer = RecordWriter(stream)
        for event in events:
            writer.write(event.SerializeToString())
    return file


def _of_run(study: ShownStudy, entry: Entry) -> Iterator["Event"]:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    begun = entry.after(0)
    yield _begin(begun)
    yield _text("run", {"study": study.name, "strategy": entry.strategy, **entry.about}, begun)
    # The dashboard compares runs by these
    hyper = {"strategy": entry.strategy, **entry.about, **entry.settings}
    known = {key: value for key, value in hyper.items() if value is not None}
    yield Event(wall_time=begun, summary=hparams_pb(known, trial_id=entry.run, start_time_secs=begun))
    for name, curve in entry.curves.items():
        for epoch, value in curve.items():
            yield Event(wall_time=entry.after(epoch), step=epoch, summary=scalar_pb(name, value))
    for name, value in entry.scores.items():
        yield Event(wall_time=entry.ended, step=entry.epochs, summary=scalar_pb(name, value))


def _begin(time: float) -> "Event":
    from tensorboard.compat.proto.event_pb2 import Event

    return Event(wall_time=time, file_version="brain.Event:2")


def _text(tag: str, about: dict[str, Value], time: float) -> "Event":
    """What TensorBoard shows as text, which it reads as Markdown."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.text.summary_v2 import text_pb

    lines = [f"    {key}: {'null' if value is None else value}" for key, value in about.items()]
    return Event(wall_time=time, summary=text_pb(tag, "\n".join(lines)))
