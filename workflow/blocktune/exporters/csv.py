"""Tables: a row a run, a row an epoch and a row a setting, for spreadsheets and data frames."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from ..cells import cell
from ..files.plain import write_text
from ..runs.entries import Entry, ShownStudy, Value
from . import Exporter

_RUNS, _EPOCHS, _SETTINGS = "runs.csv", "epochs.csv", "settings.csv"


class Runs(Exporter):
    """Writes three files: `runs.csv`, `epochs.csv` and `settings.csv`."""

    def write(self, study: ShownStudy, place: str) -> str:
        """Write the files; a cell without content is unknown."""
        folder = Path(place)
        write_text(folder / _RUNS, _table(_run(study, entry) for entry in study.entries))
        write_text(folder / _EPOCHS, _table(row for entry in study.entries for row in _epochs(entry)))
        write_text(folder / _SETTINGS, _table({"key": key, "value": value} for key, value in study.settings.items()))
        return f"{folder / _RUNS}, {_EPOCHS} and {_SETTINGS}"


def _run(study: ShownStudy, entry: Entry) -> dict[str, Value]:
    ends = {"study": study.name, "strategy": entry.strategy, "run": entry.run}
    return {**ends, **entry.about, **entry.scores, **entry.settings}


def _epochs(entry: Entry) -> Iterable[dict[str, Value]]:
    for epoch in range(1, entry.epochs + 1):
        yield {"run": entry.run, "epoch": epoch, **{name: curve.get(epoch) for name, curve in entry.curves.items()}}


def _table(rows: Iterable[dict[str, Value]]) -> str:
    """CSV text with the columns of all rows, in the order in which they come."""
    given, text = list(rows), io.StringIO()
    columns = list(dict.fromkeys(name for row in given for name in row))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: cell(value) if isinstance(value, str) else value for name, value in row.items()} for row in given
    )
    return text.getvalue()
