"""`blocktune replay`: search methods replayed on tables of arms, in seconds instead of trainings."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..document.markdown import render
from ..errors import BlocktuneError
from ..files.plain import write_text
from ..replay.referee import Contestant, referee
from ..replay.words import replay_page
from ..search.arm_table import Table, TableError, read_tables
from ..search.methods import METHODS, method_named, method_names
from ..settings.members import asker_together, askers

_REPLAYS = 60
_DRAWN_AS = (".svg", ".png")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command of this file."""
    replay = commands.add_parser("replay", help="replay search methods on a table of arms")
    made = "tables of arms (.npz), made by `snakemake -- arms`"
    replay.add_argument("--table", type=Path, nargs="+", required=True, metavar="FILE", help=made)
    replay.add_argument(
        "--method",
        nargs="+",
        metavar="NAME",
        help=f"{', '.join(method_names())}, or module:Class (default: all of them that the tables have scores for)",
    )
    replay.add_argument(
        "--seeds", type=int, nargs="+", default=[1], metavar="N", help="with how many seeds a method trains (default 1)"
    )
    replay.add_argument(
        "--budget", type=float, nargs="+", metavar="N", help="whole trainings, for methods that take a budget"
    )
    replay.add_argument(
        "--replays",
        type=int,
        default=_REPLAYS,
        metavar="N",
        help=f"searches at least in each cell (default {_REPLAYS})",
    )
    replay.add_argument("--json", type=Path, metavar="FILE", help="also write everything as JSON")
    replay.add_argument("--markdown", type=Path, metavar="FILE", help="also write the tables as Markdown")
    replay.add_argument("--figure", type=Path, metavar="FILE", help="also draw regret over cost (.svg or .png)")
    replay.set_defaults(func=_replay)


def _replay(options: argparse.Namespace) -> None:
    for flag in ("seeds", "budget", "replays"):
        _from_one(flag, getattr(options, flag))
    if options.figure is not None and options.figure.suffix not in _DRAWN_AS:
        raise BlocktuneError(f"--figure {options.figure}: a name that ends in {' or '.join(_DRAWN_AS)} is needed")
    tables = _tables(options.table)
    report = referee(tables, list(_contestants(options, tables)), options.replays)
    page = replay_page(report)
    print(render(page, plain=True), end="")
    if options.json is not None:
        report.write(options.json)
    if options.markdown is not None:
        write_text(options.markdown, render(page))
    if options.figure is not None:
        # matplotlib takes a second to be imported
        from ..replay.figure import draw_replayed

        draw_replayed(report, options.figure)


def _from_one(flag: str, given: float | Sequence[float] | None) -> None:
    for value in given if isinstance(given, list) else [given]:
        if value is not None and not 1 <= value < 10**6:
            raise BlocktuneError(f"--{flag} is {value:g}: a number from 1 to a million is needed")


def _tables(files: Sequence[Path]) -> list[Table]:
    try:
        tables = [table for file in files for table in read_tables(file)]
    except TableError as error:
        raise BlocktuneError(f"--table: {error}") from None
    cells = [table.cell for table in tables]
    if twice := sorted({cell for cell in cells if cells.count(cell) > 1}):
        raise BlocktuneError(f"--table: {twice[0]} is given twice")
    return tables


def _check_budgets(name: str, budgets: Sequence[float]) -> None:
    together = asker_together(name) if name in askers() else None
    if together is not None and (few := [budget for budget in budgets if budget < together]):
        raise BlocktuneError(f"--budget is {few[0]:g}: a round of {name} has {together} trainings, the least")


def _contestants(options: argparse.Namespace, tables: Sequence[Table]) -> Iterator[Contestant]:
    names = options.method
    if names is None:
        scored = set.intersection(*(set(table.methods) for table in tables))
        names = [*METHODS, *askers(), *sorted(scored & set(method_names()))]
        if left_out := [name for name in method_names() if name not in names]:
            print(f"not replayed, as no scores of theirs are stored with the tables: {', '.join(left_out)}")
    for name in dict.fromkeys(names):
        method = method_named(name)
        _check_budgets(name, options.budget or [])
        budgets = options.budget or [None] if getattr(method, "takes_budget", False) else [None]
        for seeds in dict.fromkeys(options.seeds) if getattr(method, "takes_seeds", True) else [1]:
            yield from (Contestant(name, method, seeds, budget) for budget in dict.fromkeys(budgets))
