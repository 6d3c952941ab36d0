"""Tables: a row a run, a row an epoch and a row a setting, for spreadsheets and data frames."""

from collections.abc import Iterable
from pathlib import Path

from ..cells import cell, csv_text
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
    given = list(rows)
    columns = list(dict.fromkeys(name for row in given for name in row))
    values = ([row.get(name) for name in columns] for row in given)
    return csv_text([columns, *([cell(value) if isinstance(value, str) else value for value in row] for row in values)])
