"""What DVC compares between versions of a study: Table I by key, and Table I, rankings and histories as long tables."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import BlocktuneError
from .layers import Backbone
from .scores import Score, Scores
from .table import DECIMALS, Table

Rows = list[list[Any]]

_CURVES = ("accuracy", "loss", "val_accuracy", "val_loss")


def table_record(backbones: Sequence[Backbone], table: Table) -> dict[str, dict[str, float | None]]:
    """Return Table I as an object of objects, by the backbones' keys (a label may change) and by strategy."""
    rows = {
        backbone.key: [cell.accuracy for cell in cells] for backbone, cells in zip(backbones, table.cells, strict=True)
    }
    rows |= {"mean": table.mean(), "variance": table.variance()}
    return {name: dict(zip(table.strategies, map(_rounded, row), strict=True)) for name, row in rows.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)


def table_rows(backbones: Sequence[Backbone], table: Table) -> str:
    """Return Table I as CSV with one row a cell; `series` names backbone and strategy."""
    rows = [
        [_series(backbone.key, strategy), backbone.key, strategy, _rounded(cell.accuracy)]
        for backbone, cells in zip(backbones, table.cells, strict=True)
        for strategy, cell in zip(table.strategies, cells, strict=True)
    ]
    return _csv(("series", "backbone", "strategy", "accuracy"), rows)


def ranking_rows(backbones: Sequence[Backbone], search: Scores) -> str:
    """Return every ranked candidate of the search as CSV, best first within its backbone and strategy."""
    rows = []
    for backbone in backbones:
        for strategy in search.strategies():
            ranked = [score for score in search.of(backbone.key, strategy) if score.rank is not None]
            rows += [
                [_series(backbone.key, strategy), score.rank, score.accuracy, score.first, score.last, score.run]
                for score in sorted(ranked, key=lambda score: score.rank)
            ]
    return _csv(("series", "rank", "accuracy", "first", "last", "run"), rows)


def history_rows(
    backbones: Sequence[Backbone], strategies: Sequence[str], final: Scores, histories: Mapping[str, str]
) -> str:
    """Return every epoch of the final runs that was validated as CSV; a plot would draw what is missing as a gap.

    Args:
        backbones: The backbones, in order.
        strategies: The columns of Table I, in order.
        final: Scores of the final stage.
        histories: A run's history (CSV text) by its id.

    Raises:
        BlocktuneError: A scored run has no history.
    """
    rows: Rows = []
    for backbone in backbones:
        for strategy in strategies:
            winner = final.winner(backbone.key, strategy)
            if winner is not None:
                rows += _epochs(_series(backbone.key, strategy), winner, histories)
    return _csv(("series", "run", "epoch", *_CURVES), rows)


def _epochs(series: str, winner: Score, histories: Mapping[str, str]) -> Iterable[list[Any]]:
    if winner.run not in histories:
        raise BlocktuneError(f"--runs: no record of run {winner.run} ({series})")
    for row in csv.DictReader(io.StringIO(histories[winner.run])):
        if row["val_accuracy"]:
            yield [series, winner.run, row["epoch"], *(row[name] for name in _CURVES)]


def _series(backbone: str, strategy: str) -> str:
    return f"{backbone} {strategy}"


def _csv(header: Sequence[str], rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
