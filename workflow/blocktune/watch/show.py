"""A study's progress for people: tables in a terminal, one line elsewhere."""

import time

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..candidates.searched import strategy_keys
from .progress import BackboneProgress, Progress, Requested, Tally
from .words import duration, durations, time_left

_ORDER = ("baseline1", "baseline2", "random", *strategy_keys())
_LONGEST = 160


def line(progress: Progress) -> str:
    """Return one line that says it all."""
    parts = [f"{progress.study}: {progress.state}", _runs(progress)]
    parts += [_requested(entry) for entry in progress.requested]
    parts += _said(progress)
    parts += [f"failed {failure.job}: {failure.last_line[:_LONGEST]}" for failure in progress.failed[-1:]]
    return "; ".join(parts)


def page(progress: Progress) -> RenderableType:
    """Return the whole view for a terminal."""
    heading = Text(f"{progress.study}: {progress.state}", style="bold")
    if progress.started is not None and progress.state in ("planning", "running"):
        heading.append(f", for {duration(time.time() - progress.started)}", style="default")
    lines: list[RenderableType] = [heading, Text(_runs(progress), style="red" if progress.runs.failed else "")]
    for entry in progress.requested:
        lines.append(Text(_requested(entry), style="red" if entry.runs.failed else ""))
    lines += map(Text, _said(progress))
    lines.append(_table(progress.backbones))
    for failure in progress.failed:
        lines.append(Text(f"failed: {failure.job} ({failure.log})", style="red"))
        lines.append(Text(f"  {failure.last_line[:_LONGEST]}"))
    return Group(*lines)


def _said(progress: Progress) -> list[str]:
    """What else there is to say, a part each."""
    unplanned = ", ".join(entry.title for entry in progress.backbones if not entry.planned)
    searches = [f"search of {entry.title}: {entry.search}" for entry in progress.backbones if entry.search]
    parts = (f"not planned yet: {unplanned}" if unplanned else "", *searches, time_left(progress), _slots(progress))
    return [part for part in parts if part]


def _runs(progress: Progress) -> str:
    """How many runs are done, of how many there will be, and how the others stand."""
    runs, total = progress.runs, progress.total
    return f"{runs.done} of {f'at least {runs.planned}' if total is None else total} runs done, {_open(runs)}"


def _open(runs: Tally) -> str:
    return f"{runs.running} running, {runs.waiting} waiting, {runs.failed} failed"


def _requested(entry: Requested) -> str:
    runs = entry.runs
    rest = f", {_open(runs)}" if runs.done < runs.planned else ""
    return f"{entry.what}: {runs.done} of {runs.planned} runs done{rest}"


def _table(backbones: list[BackboneProgress]) -> Table:
    strategies = sorted({name for entry in backbones for name in (*entry.strategies, *entry.final)}, key=_rank)
    table = Table(box=None, padding=(0, 1), header_style="bold")
    table.add_column("search, final")
    for heading in (*strategies, "runs", "left"):
        table.add_column(heading, justify="right")
    for entry in backbones:
        cells = [_cell(entry, name) for name in strategies]
        left = "" if entry.training_seconds_left is None else durations(entry.training_seconds_left)
        table.add_row(Text(entry.title), *cells, _tally(entry.runs) if entry.planned else "not planned", left)
    return table


def _cell(entry: BackboneProgress, strategy: str) -> str:
    found = [tallies[strategy] for tallies in (entry.strategies, entry.final) if strategy in tallies]
    return ", ".join(map(_tally, found))


def _tally(tally: Tally) -> str:
    return f"{tally.done}/{tally.planned}" + (f" ({tally.failed} failed)" if tally.failed else "")


def _rank(strategy: str) -> tuple[int, int, str]:
    """Put strategies in the order of Table I; the numbers in names count."""
    name = strategy if strategy in _ORDER else strategy.rstrip("0123456789")
    number = strategy.removeprefix(name)
    place = _ORDER.index(name) if name in _ORDER else len(_ORDER)
    return place, int(number or 0), strategy


def _slots(progress: Progress) -> str:
    if not progress.slots and not progress.slots_in_use:
        return ""
    ours = {entry.run for entry in progress.running}
    others = sum(holder.get("run") not in ours for holder in progress.slots_in_use)
    total = f" of {progress.slots}" if progress.slots else ""
    return f"GPU slots in use: {len(progress.slots_in_use)}{total}" + (f", {others} by other studies" if others else "")
