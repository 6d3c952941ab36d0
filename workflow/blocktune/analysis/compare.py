"""What DVC compares between versions of a study: see `files.compare`."""

from collections.abc import Iterator, Mapping, Sequence

from ..errors import BlocktuneError
from ..files.compare import ComparedCell, ComparedEpoch, ComparedRank, ComparedTable
from ..runs.history import read_history
from .layers import Network
from .scores import Score, Scores
from .table import DECIMALS, Table


def table_record(backbones: Sequence[Network], table: Table) -> ComparedTable:
    """Return Table I by key."""
    rows = {
        backbone.key: [cell.accuracy for cell in cells] for backbone, cells in zip(backbones, table.cells, strict=True)
    }
    rows |= {"mean": table.mean(), "variance": table.variance()}
    return ComparedTable(
        {name: dict(zip(table.strategies, map(_rounded, row), strict=True)) for name, row in rows.items()}
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS)


def table_rows(backbones: Sequence[Network], table: Table) -> str:
    """Return Table I as CSV with one row a cell."""
    return ComparedCell.table(
        ComparedCell(_series(backbone.key, strategy), backbone.key, strategy, _rounded(cell.accuracy))
        for backbone, cells in zip(backbones, table.cells, strict=True)
        for strategy, cell in zip(table.strategies, cells, strict=True)
    )


def ranking_rows(backbones: Sequence[Network], search: Scores) -> str:
    """Return every ranked candidate of the search as CSV, best first within its backbone and strategy."""
    rows: list[ComparedRank] = []
    for backbone in backbones:
        for strategy in search.strategies():
            series = _series(backbone.key, strategy)
            ranked = [score for score in search.of(backbone.key, strategy) if score.rank is not None]
            rows += [
                ComparedRank(series, score.rank, score.accuracy, score.first, score.last, score.run)
                for score in sorted(ranked, key=lambda score: score.rank)
            ]
    return ComparedRank.table(rows)


def history_rows(
    backbones: Sequence[Network], strategies: Sequence[str], final: Scores, histories: Mapping[str, str]
) -> str:
    """Return every epoch of the final runs that was validated as CSV; a plot would draw what is missing as a gap.

    `histories` are CSV text by run.

    Raises:
        BlocktuneError: A scored run has no history.
    """
    rows: list[ComparedEpoch] = []
    for backbone in backbones:
        for strategy in strategies:
            winner = final.winner(backbone.key, strategy)
            if winner is not None:
                rows += _epochs(_series(backbone.key, strategy), winner, histories)
    return ComparedEpoch.table(rows)


def _epochs(series: str, winner: Score, histories: Mapping[str, str]) -> Iterator[ComparedEpoch]:
    if winner.run not in histories:
        raise BlocktuneError(f"--runs: no record of run {winner.run} ({series})")
    for one in read_history(histories[winner.run], winner.run):
        if one.val_accuracy is not None:
            yield ComparedEpoch(series, winner.run, one.epoch, one.accuracy, one.loss, one.val_accuracy, one.val_loss)


def _series(backbone: str, strategy: str) -> str:
    return f"{backbone} {strategy}"
