"""The tables of a study of factors: Markdown, LaTeX and the report's page show the same."""

from collections.abc import Sequence

from ..analysis.strategies import label
from ..document.blocks import Cell, Table, Varied
from ..files.effects import BackboneEffects, TermTest
from ..files.levels import LevelMean, LevelRange
from .levels import EVERY
from .names import FACTORS, WHERE, term_name

_TOGETHER = "\N{NO-BREAK SPACE}"

_EFFECTS_HEAD = (
    "Term",
    Varied("F", latex="$F$"),
    "df",
    (Varied("p", latex="$p$"), " (Holm)"),
    Varied("omega squared", latex=r"$\omega_p^2$"),
    (Varied("95 %", latex=r"95\,\%"), " interval"),
    "Larger than noise",
)
EFFECTS_CAPTION = (
    "Share of the variance of accuracy that each term explains (partial omega squared of the term and its noise, "
    "interval by the noncentral F distribution). F, df and p are those of one test that lets settings spread "
    "differently. Factors are compared with the noise between seeds of a setting, strategies with the noise within a "
    "seed and setting"
)
_RANGES_HEAD = ("Factor", "Strategy", "Best level", "Accuracy", "Worst level", "Accuracy there", "Points", "Noise")
_RANGES_CAPTION = (
    "Points between a factor's best and worst level; noise: the points that equal levels stay below in 95 % of studies "
    "of this size"
)
_LEVELS_CAPTION = "Accuracy at every level, mean over seeds, and its lowest and highest seed"
_WHERE_HEAD = ("Strategy", "Accuracy", "95 % interval", "Lowest seed", "Highest seed")
_WHERE_CAPTION = "Strategies with all other settings as in the main study, mean over seeds and Student's interval"


def backbone_tables(found: BackboneEffects) -> dict[str, Table]:
    """Return what there is of a backbone's effects, levels and strategies, by heading."""
    tables = {
        "Effects": (effects_table, found["tests"]),
        "Levels": (ranges_table, found["ranges"]),
        "Every level": (levels_table, found["levels"]),
        "Strategies": (where_table, found[WHERE] and found[WHERE]["levels"]),
    }
    return {heading: table(content) for heading, (table, content) in tables.items() if content}


def effects_table(tests: Sequence[TermTest], caption: str = EFFECTS_CAPTION) -> Table:
    """Return a row per term, largest share of the variance first."""
    rows = []
    for entry in sorted(tests, key=lambda one: one["omega_squared"], reverse=True):
        low, high = entry["interval"]
        omega = max(0.0, entry["omega_squared"])
        rows.append(
            [
                term_name(entry["term"]),
                Cell(_ratio(entry["F"]), entry["F"]),
                Cell(f"{entry['df']:.3g},{_TOGETHER}{entry['df_residual']:.3g}", entry["df"]),
                Cell(_p(entry["p_adjusted"]), entry["p_adjusted"]),
                Cell(f"{omega:.3f}", omega),
                Cell(f"{low:.3f} to {high:.3f}", low),
                "yes" if entry["larger_than_noise"] else "no",
            ]
        )
    return Table(_EFFECTS_HEAD, rows, caption, text=(0, 6))


def ranges_table(ranges: dict[str, dict[str, LevelRange]]) -> Table:
    """Return a row per factor and strategy; `ranges`: by factor what `levels.ranges` returned."""
    rows = []
    # A JSON file has its keys sorted
    for factor in (name for name in FACTORS if name in ranges):
        for strategy, entry in ranges[factor].items():
            noise = entry["noise"]
            rows.append(
                [
                    FACTORS[factor],
                    _column(strategy),
                    entry["highest"],
                    _accuracy(entry["highest_mean"]),
                    entry["lowest"],
                    _accuracy(entry["lowest_mean"]),
                    Cell(f"{100 * entry['range']:.1f}", entry["range"]),
                    Cell("n/a" if noise is None else f"{100 * noise:.1f}", noise),
                ]
            )
    return Table(_RANGES_HEAD, rows, _RANGES_CAPTION, text=(0, 1, 2, 4))


def levels_table(levels: dict[str, dict[str, list[LevelMean]]]) -> Table:
    """Return a row per factor and level, a column per strategy; `levels`: by factor what `level_means` returned."""
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
            named = f"{level} (reference)" if reference else level
            rows.append([FACTORS[factor], named, *map(_over_seeds, entries)])
    return Table(["Factor", "Level", *map(_column, strategies)], rows, _LEVELS_CAPTION, text=(0, 1))


def where_table(levels: Sequence[LevelMean]) -> Table:
    """Return a row per strategy, best first; `levels`: of the strategies at the reference."""
    rows = []
    for entry in sorted(levels, key=lambda one: one["mean"], reverse=True):
        interval = entry["interval"]
        told = "n/a" if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
        rows.append(
            [
                label(entry["level"]),
                _accuracy(entry["mean"]),
                Cell(told, None if interval is None else interval[0]),
                _accuracy(entry["lowest"]),
                _accuracy(entry["highest"]),
            ]
        )
    return Table(_WHERE_HEAD, rows, _WHERE_CAPTION)


def _column(strategy: str) -> str:
    return "mean over strategies" if strategy == EVERY else label(strategy)


def _over_seeds(entry: LevelMean | None) -> Cell:
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
