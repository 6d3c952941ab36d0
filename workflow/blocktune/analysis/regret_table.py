"""The comparison of searches as tables for people."""

from ..document.blocks import Block, Table
from ..files.regret import Chance, MethodRegret, Oracle, RegretFound
from .table import or_na

_HEAD = ("Method", "Regret (points)", "95 % interval", "Accuracy", "Spearman", "CPU share", "Epoch share", "Pairs")


def regret_page(report: RegretFound) -> list[Block]:
    """Return the comparison as tables with their notes, the cheapest method first, then the oracle and the floor."""
    strategies = report["strategies"]
    methods = dict(sorted(report["methods"].items(), key=lambda item: item[1]["cost_share"]))
    floor = {"a candidate at random (floor)": report["chance"]}
    rows = [_row(name, entry) for name, entry in (methods | {"oracle": report["oracle"]} | floor).items()]
    by_strategy = [
        [name, *(_regret(entry, strategy) for strategy in strategies)] for name, entry in (methods | floor).items()
    ]
    head = ["Regret by strategy (points)", *(name.upper() for name in strategies)]
    return [Table(_HEAD, rows), Table(head, by_strategy, notes=report["notes"])]


def _regret(entry: MethodRegret | Chance, strategy: str) -> str:
    return or_na(entry["per_strategy"].get(strategy, {}).get("regret_points"), 2)


def _row(name: str, entry: MethodRegret | Oracle | Chance) -> list[str]:
    interval = entry.get("regret_interval")
    return [
        name,
        or_na(entry["regret_points"], 2),
        f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else "n/a",
        or_na(entry["accuracy"], 4),
        or_na(entry.get("spearman"), 2),
        _share(entry.get("cost_share")),
        _share(entry.get("epoch_share")),
        str(entry["pairs"]),
    ]


def _share(value: float | None) -> str:
    return "n/a" if value is None else f"{100 * value:.3g} %"
