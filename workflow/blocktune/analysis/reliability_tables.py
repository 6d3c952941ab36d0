"""Tables of `reliability.md`."""

from collections.abc import Sequence

from ..candidates.searched import SEARCHED
from ..document.blocks import Block, Table
from ..files.answer import Difference
from ..files.reliability import BaselineDifference, OverRepeats, ReliabilityFound
from ..files.study import Study
from .layers import Network
from .strategies import label
from .table import or_na

_OVER = {
    "images": "noise of the test images alone; the noise of training needs two repeats",
    "images and repeats": "noise of the test images and of training, the latter from the repeats of all backbones "
    "of the study",
    "repeats": "noise of training alone, from the repeats of all backbones of the study, on the same images",
    "parts": "noise between repeats with a split each, from all backbones, corrected for the overlap of the splits",
}


def strategies(study: Study, found: ReliabilityFound, titles: dict[str, str]) -> Table:
    """Return means and both variances of every strategy."""
    rows = []
    for strategy in study.strategies:
        entry = found["strategies"][strategy]
        worst = entry["worst_backbone"]
        rows.append(
            [
                label(strategy),
                or_na(entry["mean"]),
                f"{or_na(entry['worst_mean'])} ({titles[worst]})" if worst else "n/a",
                or_na(entry["variance_over_backbones"], 6),
                or_na(entry["variance_over_repeats"], 6),
            ]
        )
    return Table(["Strategy", "Mean", "Worst backbone", "Variance over backbones", "Variance over repeats"], rows)


def accuracies(study: Study, backbones: Sequence[Network], found: ReliabilityFound) -> Table:
    """Return each accuracy, mean and standard deviation over repeats."""
    rows = []
    for backbone in backbones:
        cells = [found["strategies"][strategy]["backbones"][backbone.key] for strategy in study.strategies]
        rows.append([backbone.title, *(_with_sd(cell) for cell in cells)])
    return Table(["Backbone", *(label(strategy) for strategy in study.strategies)], rows)


def _with_sd(cell: OverRepeats) -> str:
    if cell["mean"] is None:
        return "diverged"
    return or_na(cell["mean"]) + ("" if cell["sd"] is None else f" ± {or_na(cell['sd'])}")


def differences(backbones: Sequence[Network], by_strategy: dict[str, dict[str, BaselineDifference]]) -> list[Block]:
    """Return points above a baseline, and which noise their intervals hold."""
    rows = [
        [backbone.title, *(_points(by_backbone[backbone.key]) for by_backbone in by_strategy.values())]
        for backbone in backbones
    ]
    over = {entry["interval_over"] for by_backbone in by_strategy.values() for entry in by_backbone.values()} - {None}
    kinds = "; ".join(_OVER[name] for name in sorted(over))
    table = Table(["Backbone", *(label(strategy) for strategy in by_strategy)], rows)
    return [table, f"Intervals: {kinds}." if kinds else "No interval: that needs two repeats."]


def _points(entry: BaselineDifference) -> str:
    return "untrained" if entry["untrained"] and entry["points"] is not None else points_cell(entry)


def points_cell(difference: Difference) -> str:
    """Return a difference in points as tables have it, with its interval where that is known."""
    if difference["points"] is None:
        return "n/a"
    interval = difference["interval"]
    return f"{difference['points']:+.1f}" + (f" [{interval[0]:+.1f}, {interval[1]:+.1f}]" if interval else "")


def winners(backbones: Sequence[Network], found: ReliabilityFound) -> Table:
    """Return how often and how far the winners of the repeats agree."""
    rows = []
    for strategy, by_backbone in found["winners"].items():
        for backbone in backbones:
            entry = by_backbone[backbone.key]
            if entry["winners"]:
                rows.append(
                    [
                        f"{label(strategy)}, best {SEARCHED[strategy].one}",
                        backbone.title,
                        ", ".join(map(str, entry["winners"])),
                        or_na(entry["share"], 2),
                        or_na(entry["jaccard"], 2),
                        or_na(entry["rank_correlation"], 2),
                    ]
                )
    winner = "Winner of each repeat (1: nearest the head)"
    return Table(["Strategy", "Backbone", winner, "Share", "Overlap", "Rank correlation"], rows)
