"""What the figures of a study of factors share: panels per backbone, colours and marks of strategies, legends."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..analysis.figures.style import FAILED, below, letters, shorten, titled
from ..analysis.strategies import kind, label, palette
from ..files.design import Design
from ..files.effects import BackboneEffects, TermTest
from ..files.factor_results import FactorResults
from .crossing import SCORE, by_backbone
from .levels import rows_of, strategy_means
from .names import term_name
from .pages import conditions
from .tables import Tables

if TYPE_CHECKING:
    import pandas as pd

Panels = tuple[Figure, dict[str, Axes]]

_MARKS = {"baseline1": "o", "baseline2": "s", "bw": "^", "lw": "v", "bwsw": "D", "bwt": "P"}
_OTHER_MARK = "X"


class Look:
    """Colours and marks of all strategies that occur: the same in every figure, whichever of them it shows."""

    def __init__(self, strategies: Collection[str]) -> None:
        self.colours = palette(list(strategies))

    def mark(self, strategy: str) -> str:
        """The shape of a strategy's points: colours alone are not enough for everybody."""
        return _MARKS.get(kind(strategy), _OTHER_MARK)

    def style(self, strategy: str) -> dict[str, Any]:
        """Colour and mark of a strategy's points."""
        return {
            "color": self.colours[strategy],
            "marker": self.mark(strategy),
            "markersize": 5,
            "markeredgecolor": "white",
            "markeredgewidth": 0.5,
        }

    def entries(self, strategies: Sequence[str], **changes: Any) -> list[Line2D]:
        """Entries of a legend."""
        return [
            Line2D([], [], **self.style(name), **{"linewidth": 1.5, **changes}, label=label(name))
            for name in strategies
        ]


@dataclass(frozen=True)
class Shown(Tables):
    """A study of factors as its figures show it.

    Attributes:
        record: What `study.analyse_factors` returned.
    """

    record: FactorResults

    @cached_property
    def look(self) -> Look:
        """Colours and marks."""
        return Look(list(dict.fromkeys(self.responses["strategy"])))

    @cached_property
    def backbones(self) -> dict[str, BackboneEffects]:
        """What the record says of each, by key."""
        return self.record.backbones

    @cached_property
    def frames(self) -> dict[str, "pd.DataFrame"]:
        """By backbone its responses, with the column `score`."""
        return by_backbone(self.responses, self.design)

    def of_factor(self, factor: str) -> dict[str, "pd.DataFrame"]:
        """Return by backbone the runs of a factor's levels; backbones without any are left out."""
        found = {key: rows_of(frame, factor, self.design) for key, frame in self.frames.items()}
        return {key: rows for key, rows in found.items() if len(rows)}

    def panels(self, what: str, drawn: Collection[str], size: tuple[float, float], most: int = 3) -> Panels:
        """Return a figure with a panel for each backbone that is drawn, and these by key; see `grid`."""
        figure, axes = grid(what, self.design, wrapped(len(drawn), most), size)
        return figure, dict(zip(drawn, flat(axes, len(drawn)), strict=True))


def grid(
    what: str,
    design: Design,
    shape: tuple[int, int],
    size: tuple[float, float],
    more: str = "",
    **options: Any,
) -> tuple[Figure, list[list[Axes]]]:
    """Return a figure with a grid of panels and its title.

    Args:
        what: What the figure shows.
        design: The design; its conditions stand below the title.
        shape: Rows and columns.
        size: Inches of a panel, width and height.
        more: What else a reader must know, below the title.
        options: For `Figure.subplots`.
    """
    width = min(max(shape[1] * size[0] + 0.6, 6.0), 16.0)
    told = "; ".join(filter(None, [conditions(design), more]))
    figure = titled(what, design, told, width, shape[0] * size[1], 0.6)
    axes = figure.subplots(*shape, squeeze=False, **options)
    return figure, [list(row) for row in axes]


def wrapped(count: int, most: int = 3) -> tuple[int, int]:
    """Return rows and columns for so many panels."""
    columns = min(count, 2 if count == 4 else most)
    return -(-count // columns), columns


def flat(axes: Sequence[Sequence[Axes]], count: int) -> list[Axes]:
    """Return the first panels of a grid, and take the others away."""
    every = [axis for row in axes for axis in row]
    for axis in every[count:]:
        axis.remove()
    return every[:count]


def head(axis: Axes, text: str, verdict: str = "") -> None:
    """Write a panel's title to the left, and what the tests say to its right."""
    width = axis.figure.get_figwidth() / max(1, axis.get_subplotspec().get_gridspec().ncols)
    room = letters(width - 0.5, 9)
    axis.set_title(shorten(text, max(12, room - int(0.85 * len(verdict)))), loc="left", fontweight="bold")
    axis.set_title(verdict, loc="right", fontsize=7.5, color="#3A3A3A")


def verdict(tests: Sequence[TermTest], *term: str) -> str:
    """Return what the tests say of a term in a few letters, nothing where it was not tested."""
    for entry in tests:
        if entry["term"] == list(term):
            p = entry["p_adjusted"]
            told = "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
            short = "x strategy" if term[-1] == "strategy" and len(term) > 1 else term_name(term)
            return f"{short}: {told}"
    return ""


def draw_means(axis: Axes, rows: "pd.DataFrame", places: Mapping[str, float], look: Look) -> None:
    """Draw a line per strategy over those levels that have a place, a band over seeds, and crosses of diverged runs."""
    for strategy, levels in strategy_means(rows).items():
        there = sorted((one for one in levels if one["level"] in places), key=lambda one: places[one["level"]])
        x = [places[entry["level"]] for entry in there]
        lowest, highest = [entry["lowest"] for entry in there], [entry["highest"] for entry in there]
        axis.fill_between(x, lowest, highest, color=look.colours[strategy], alpha=0.2, linewidth=0)
        axis.plot(x, [entry["mean"] for entry in there], **look.style(strategy), linewidth=1.5)
    mark_diverged(axis, rows[rows["level"].isin(list(places))], places)


def mark_diverged(axis: Axes, rows: "pd.DataFrame", places: Mapping[str, float]) -> None:
    """Mark levels at which a strategy's run diverged: at what it counts as."""
    for (level, _), found in rows[rows["diverged"]].groupby(["level", "strategy"], sort=False):
        cross = {"marker": "x", "color": FAILED, "markersize": 7, "markeredgewidth": 1.6, "zorder": 6}
        axis.plot(places[level], found[SCORE].iloc[0], **cross)


def strategies_below(
    figure: Figure, frames: Collection["pd.DataFrame"], look: Look, more: Sequence[Line2D | Patch], **changes: Any
) -> None:
    """Put a legend under the panels: strategies of the frames that were drawn, `more`, and crosses if there are any."""
    strategies = list(dict.fromkeys(name for rows in frames for name in rows["strategy"]))
    crosses = [DIVERGED] if any(rows["diverged"].any() for rows in frames) else []
    below(figure, [*look.entries(strategies, **changes), *more, *crosses])


def scored_on(rows: "pd.DataFrame") -> str:
    """Return the label of an accuracy's axis, with what it is a share of."""
    counts = sorted({int(count) for count in rows["scored"].dropna()})
    if not counts:
        return "accuracy"
    return f"accuracy (share of {counts[0]}{f' to {counts[-1]}' if len(counts) > 1 else ''} images)"


BAND = Patch(facecolor="#777777", alpha=0.25, label="lowest to highest seed")
DIVERGED = Line2D([], [], marker="x", color=FAILED, linestyle="none", label="diverged")
INTERVAL = Line2D([], [], color="#444444", linewidth=1, label="95 % interval over seeds")
ONE_SEED = Line2D([], [], marker=".", color="#777777", linestyle="none", label="one seed")
REFERENCE = Line2D([], [], color="#9A9A9A", linewidth=0.8, linestyle=":", label="reference level")
