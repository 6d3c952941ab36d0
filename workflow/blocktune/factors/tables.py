"""What the factor study measured, as frames for its analysis: text, numbers (NaN where one is missing), flags."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..explain import fields_of
from ..files.factor_tables import DistanceRow, LayerRow, ResponseRow
from ..files.kind import CsvFile
from ..settings.varied import VARIED
from .collect import RESPONSES

if TYPE_CHECKING:
    import pandas as pd


def responses_frame(rows: Iterable[ResponseRow]) -> "pd.DataFrame":
    """Return a row per factor, level, strategy and seed."""
    return _frame(rows, ResponseRow, RESPONSES)


def layers_frame(rows: Iterable[LayerRow]) -> "pd.DataFrame":
    """Return a row per run and layer with weights."""
    return _frame(rows, LayerRow, list(fields_of(LayerRow)))


def distances_frame(rows: Iterable[DistanceRow]) -> "pd.DataFrame":
    """Return a row per backbone and target."""
    return _frame(rows, DistanceRow, list(fields_of(DistanceRow)))


def _frame(rows: Iterable[CsvFile], kind: type[CsvFile], columns: Sequence[str]) -> "pd.DataFrame":
    import pandas as pd

    # Seeds name runs, and so do levels: there is nothing to compute with them
    hints = fields_of(kind) | dict.fromkeys(["seed", *VARIED], str)
    kinds = {name: hint if hint in (str, bool) else float for name in columns for hint in [hints.get(name)]}
    return pd.DataFrame([vars(row) for row in rows], columns=list(columns)).astype(kinds)
