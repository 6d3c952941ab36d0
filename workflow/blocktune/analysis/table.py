"""Table I of the paper: one row per backbone, one column per strategy, their variance and mean."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..cells import cell as text_cell
from ..cells import csv_text
from ..files.study import Study
from .layers import Network
from .scores import Score, Scores
from .untrained import is_untrained

DECIMALS = 6
"""As many as the paper prints."""


@dataclass(frozen=True)
class Entry:
    """Accuracy of one backbone under one strategy, if there is one, and whether the run has learnt nothing."""

    accuracy: float | None = None
    diverged: bool = False
    untrained: bool = False
    learning_rate: float | None = None


class Summary(NamedTuple):
    """A row over all backbones.

    Attributes:
        name: `variance` or `mean`.
        values: One per strategy.
        praised: Those that can be the best: columns without a run that has learnt nothing.
        lowest: Whether the lowest is the best.
    """

    name: str
    values: list[float | None]
    praised: list[float | None]
    lowest: bool


@dataclass(frozen=True)
class Table:
    """Table I.

    Attributes:
        titles: The backbones' names, one per row.
        strategies: The columns.
        cells: Rows of cells, of shape (titles, strategies).
    """

    titles: tuple[str, ...]
    strategies: tuple[str, ...]
    cells: tuple[tuple[Entry, ...], ...]

    def variance(self) -> list[float | None]:
        """Sample variance of each column over the backbones."""
        return [variance([entry.accuracy for entry in column]) for column in zip(*self.cells, strict=True)]

    def mean(self) -> list[float | None]:
        """Mean of each column over the backbones."""
        return [mean([entry.accuracy for entry in column]) for column in zip(*self.cells, strict=True)]

    def summaries(self) -> list[Summary]:
        """Return the rows below the backbones; none where one backbone has nothing to be summed up with."""
        if len(self.cells) < 2:
            return []
        learnt = [not any(entry.untrained for entry in column) for column in zip(*self.cells, strict=True)]
        return [
            Summary(name, values, [value if fine else None for value, fine in zip(values, learnt, strict=True)], lowest)
            for name, values, lowest in (("variance", self.variance(), True), ("mean", self.mean(), False))
        ]


def variance(accuracies: Sequence[float | None]) -> float | None:
    """Return the sample variance (ddof 1), None below two numbers or where one is missing.

    A column without its hardest backbone would look more reliable than the others beside it, so it gets no number.
    """
    known = [value for value in accuracies if value is not None]
    return statistics.variance(known) if len(known) == len(accuracies) >= 2 else None


def mean(accuracies: Sequence[float | None]) -> float | None:
    """Return the mean, None where a number is missing (see `variance`)."""
    known = [value for value in accuracies if value is not None]
    return statistics.fmean(known) if len(known) == len(accuracies) >= 1 else None


def best(values: Sequence[float | None], lowest: bool = False, decimals: int = DECIMALS) -> set[int]:
    """Return the places of the highest (or lowest) number as printed; all of them where several are equal."""
    printed = [None if value is None else round(value, decimals) for value in values]
    known = [value for value in printed if value is not None]
    if not known:
        return set()
    wanted = min(known) if lowest else max(known)
    return {place for place, value in enumerate(printed) if value == wanted}


def second_best(values: Sequence[float | None], lowest: bool = False, decimals: int = DECIMALS) -> set[int]:
    """Return the places of the next number after the best as printed; all of them where several are equal."""
    first = best(values, lowest, decimals)
    return best([None if place in first else value for place, value in enumerate(values)], lowest, decimals)


def build_table(study: Study, backbones: Sequence[Network], final: Scores) -> Table:
    """Build Table I from the scores of the final stage; what it lacks becomes an empty cell."""
    return Table(
        titles=tuple(backbone.title for backbone in backbones),
        strategies=study.strategies,
        cells=tuple(
            tuple(_cell(study, final.winner(backbone.key, strategy)) for strategy in study.strategies)
            for backbone in backbones
        ),
    )


def _cell(study: Study, winner: Score | None) -> Entry:
    if winner is None:
        return Entry()
    return Entry(winner.accuracy, winner.diverged, is_untrained(study, winner.accuracy), winner.learning_rate)


def number(value: float | None, decimals: int = DECIMALS) -> str:
    """Return a number, as the paper prints it unless told; nothing for none."""
    return "" if value is None else f"{value:.{decimals}f}"


def or_na(value: float | None, decimals: int = 4) -> str:
    """Return a number, or that it is not available."""
    return number(value, decimals) or "n/a"


def shown(entry: Entry, decimals: int = DECIMALS) -> str:
    """Return what an entry looks like in a table for people."""
    if entry.diverged:
        return "diverged"
    return f"{number(entry.accuracy, decimals)}{' (untrained)' if entry.untrained else ''}"


def praised(cells: Sequence[Entry]) -> list[float | None]:
    """Return the accuracies of a row that can be its best: those of runs that have learnt something."""
    return [None if entry.untrained else entry.accuracy for entry in cells]


def table_csv(table: Table) -> str:
    """Return Table I as CSV: backbone and the strategies' keys; over several backbones also `variance` and `mean`."""
    rows = [["backbone", *table.strategies]]
    for title, row in zip(table.titles, table.cells, strict=True):
        rows.append([text_cell(title), *(number(entry.accuracy) for entry in row)])
    rows += [[summary.name, *map(number, summary.values)] for summary in table.summaries()]
    return csv_text(rows)
