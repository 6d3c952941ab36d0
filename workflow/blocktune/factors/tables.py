"""What the factor study measured, as frames for its analysis: text, numbers (NaN where one is missing), flags."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ..analysis.scores import Scores
from ..explain import fields_of
from ..files.design import Design
from ..files.factor_tables import ResponseRow
from ..files.kind import CsvFile
from ..settings.varied import VARIED
from .collect import RESPONSES

if TYPE_CHECKING:
    import pandas as pd

Row = TypeVar("Row", bound=CsvFile)


@dataclass(frozen=True)
class Tables:
    """What a study of factors measured, and what that is seen beside.

    Attributes:
        responses: a row per factor, level, strategy and seed.
        layers: a row per run and layer with weights.
        distances: a row per backbone and target.
        design: the design.
        search: scores of the main study's search; none are needed.
    """

    responses: "pd.DataFrame"
    layers: "pd.DataFrame"
    distances: "pd.DataFrame"
    design: Design
    search: Scores


def frame(kind: type[Row], rows: Iterable[Row]) -> "pd.DataFrame":
    """Return the rows of a table as a frame, which has all columns of that kind of table even without rows."""
    import pandas as pd

    columns = RESPONSES if kind is ResponseRow else fields_of(kind)
    # Seeds name runs, and so do levels: there is nothing to compute with them
    hints = fields_of(kind) | dict.fromkeys(["seed", *VARIED], str)
    kinds = {name: hint if hint in (str, bool) else float for name in columns for hint in [hints.get(name)]}
    return pd.DataFrame([vars(row) for row in rows], columns=list(columns)).astype(kinds)
