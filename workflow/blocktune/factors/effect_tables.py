"""The tables of a study of factors as text cells: Markdown, LaTeX and the report's page show the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..analysis.strategies import label
from .levels import EVERY
from .names import FACTORS, term_name

Record = dict[str, Any]

_TOGETHER = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Cell:
    """What a cell says and what it is sorted by, None for text."""

    text: str
    sort: float | None = None


EFFECTS_HEAD = ("Term", "F", "df", "p (Holm)", "omega squared", "95 % interval", "Larger than noise")
EFFECTS_CAPTION = (
    "How much of the variance of accuracy each term explains of what it holds together with its noise (partial omega "
    "squared, interval by the noncentral F distribution); F, df and p are those of one test that lets settings spread "
    "differently. Factors are judged by how seeds of a setting differ, strategies by what is left within a seed and "
    "setting"
)
RANGES_HEAD = ("Factor", "Strategy", "Best level", "Accuracy", "Worst level", "Accuracy there", "Points", "Luck")
RANGES_CAPTION = (
    "Points between a factor's best and worst level; luck: what equal levels stay below in 95 % of studies of this size"
)
LEVELS_CAPTION = "Accuracy at every level, mean over seeds, and its lowest and highest seed"
WHERE_HEAD = ("Strategy", "Accuracy", "95 % interval", "Lowest seed", "Highest seed")
WHERE_CAPTION = "Strategies with all else as in the main study, mean over seeds and Student's interval"


def effects_table(tests: Sequence[Record]) -> list[list[Cell]]:
    """Return a row per term, largest share of the variance first.

    Args:
        tests: What `verdicts.explain` returned.
    """
    rows = []
    for entry in sorted(tests, key=lambda one: one["omega_squared"], reverse=True):
        low, high = entry["interval"]
        omega = max(0.0, entry["omega_squared"])
        rows.append(
            [
                Cell(term_name(entry["term"])),
                Cell(_ratio(entry["F"]), entry["F"]),
                Cell(f"{entry['df']:.3g},{_TOGETHER}{entry['df_residual']:.3g}", entry["df"]),
                Cell(_p(entry["p_adjusted"]), entry["p_adjusted"]),
                Cell(f"{omega:.3f}", omega),
                Cell(f"{low:.3f} to {high:.3f}", low),
                Cell("yes" if entry["larger_than_noise"] else "no"),
            ]
        )
    return rows


def ranges_table(ranges: Record) -> list[list[Cell]]:
    """Return a row per factor and strategy.

    Args:
        ranges: By factor what `levels.ranges` returned.
    """
    rows = []
    # A JSON file has its keys sorted
    for factor in (name for name in FACTORS if name in ranges):
        for strategy, entry in ranges[factor].items():
            luck = entry["luck"]
            rows.append(
                [
                    Cell(FACTORS[factor]),
                    Cell(_column(strategy)),
                    Cell(entry["highest"]),
                    _accuracy(entry["highest_mean"]),
                    Cell(entry["lowest"]),
                    _accuracy(entry["lowest_mean"]),
                    Cell(f"{100 * entry['range']:.1f}", entry["range"]),
                    Cell("n/a" if luck is None else f"{100 * luck:.1f}", luck),
                ]
            )
    return rows


def levels_table(levels: Record) -> tuple[list[str], list[list[Cell]]]:
    """Return the heads and a row per factor and level, with a column per strategy.

    Args:
        levels: By factor what `levels.level_means` returned.
    """
    factors = [name for name in FACTORS if name in levels]
    strategies = list(dict.fromkeys(strategy for factor in factors for strategy in levels[factor]))
    rows = []
    for factor in factors:
        found = {
            (strategy, entry["level"]): entry for strategy in strategies for entry in levels[factor].get(strategy, [])
        }
        for level in dict.fromkeys(level for _, level in found):
            entries = [found.get((strategy, level)) for strategy in strategies]
            reference = any(entry["reference"] for entry in entries if entry)
            named = Cell(f"{level} (reference)" if reference else level)
            rows.append([Cell(FACTORS[factor]), named, *map(_over_seeds, entries)])
    return ["Factor", "Level", *map(_column, strategies)], rows


def where_table(levels: Sequence[Record]) -> list[list[Cell]]:
    """Return a row per strategy, best first.

    Args:
        levels: `levels` of the strategies at the reference.
    """
    rows = []
    for entry in sorted(levels, key=lambda one: one["mean"], reverse=True):
        interval = entry["interval"]
        told = "n/a" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
        rows.append(
            [
                Cell(label(entry["level"])),
                _accuracy(entry["mean"]),
                Cell(told, None if interval is None else interval[0]),
                _accuracy(entry["lowest"]),
                _accuracy(entry["highest"]),
            ]
        )
    return rows


def _column(strategy: str) -> str:
    return "mean over strategies" if strategy == EVERY else label(strategy)


def _over_seeds(entry: Record | None) -> Cell:
    if entry is None:
        return Cell("n/a")
    spread = f"({entry['lowest']:.4f} to {entry['highest']:.4f})" if entry["seeds"] > 1 else ""
    # A narrow column breaks before the spread, not within
    return Cell(f"{entry['mean']:.4f} {spread.replace(' ', _TOGETHER)}".rstrip(), entry["mean"])


def _accuracy(value: float) -> Cell:
    return Cell(f"{value:.4f}", value)


def _ratio(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
