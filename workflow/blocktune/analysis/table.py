"""Table I of the paper: one row per backbone, one column per strategy, their variance and mean."""

import csv
import io
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from ..cells import cell as text_cell
from .layers import Backbone
from .scores import Scores

DECIMALS = 6
"""As many as the paper prints."""


@dataclass(frozen=True)
class Cell:
    """Accuracy of one backbone under one strategy, if there is one."""

    accuracy: float | None = None
    diverged: bool = False


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
    cells: tuple[tuple[Cell, ...], ...]

    def column(self, strategy: str) -> list[float | None]:
        """Accuracies of a strategy, in the order of the rows."""
        place = self.strategies.index(strategy)
        return [row[place].accuracy for row in self.cells]

    def variance(self) -> list[float | None]:
        """Sample variance of each column over the backbones."""
        return [variance(self.column(strategy)) for strategy in self.strategies]

    def mean(self) -> list[float | None]:
        """Mean of each column over the backbones."""
        return [mean(self.column(strategy)) for strategy in self.strategies]


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


def best(values: Sequence[float | None], lowest: bool = False) -> set[int]:
    """Return the places of the highest (or lowest) number as printed; all of them where several are equal."""
    printed = [None if value is None else round(value, DECIMALS) for value in values]
    known = [value for value in printed if value is not None]
    if not known:
        return set()
    wanted = min(known) if lowest else max(known)
    return {place for place, value in enumerate(printed) if value == wanted}


def second_best(values: Sequence[float | None], lowest: bool = False) -> set[int]:
    """Return the places of the next number after the best as printed; all of them where several are equal."""
    first = best(values, lowest)
    return best([None if place in first else value for place, value in enumerate(values)], lowest)


def build_table(backbones: Sequence[Backbone], strategies: Sequence[str], final: Scores) -> Table:
    """Build Table I from the scores of the final stage.

    Args:
        backbones: The rows, in order.
        strategies: The columns, in order.
        final: Scores of the final stage; what it lacks becomes an empty cell.
    """
    return Table(
        titles=tuple(backbone.title for backbone in backbones),
        strategies=tuple(strategies),
        cells=tuple(tuple(_cell(final, backbone.key, strategy) for strategy in strategies) for backbone in backbones),
    )


def _cell(final: Scores, backbone: str, strategy: str) -> Cell:
    winner = final.winner(backbone, strategy)
    return Cell() if winner is None else Cell(winner.accuracy, winner.diverged)


def number(value: float | None) -> str:
    """Return a number as the paper prints it, nothing for none."""
    return "" if value is None else f"{value:.{DECIMALS}f}"


def shown(cell: Cell) -> str:
    """Return what a cell looks like in a table for people."""
    return "diverged" if cell.diverged else number(cell.accuracy)


def table_csv(table: Table) -> str:
    """Return Table I as CSV: backbone and the strategies' keys, then the rows `variance` and `mean`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["backbone", *table.strategies])
    for title, row in zip(table.titles, table.cells, strict=True):
        writer.writerow([text_cell(title), *(number(cell.accuracy) for cell in row)])
    writer.writerow(["variance", *map(number, table.variance())])
    writer.writerow(["mean", *map(number, table.mean())])
    return text.getvalue()
