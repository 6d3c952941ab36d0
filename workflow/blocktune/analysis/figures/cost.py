"""What a search costs against what it finds: the cheaper searches beside the exhaustive one."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from ...files.regret import RegretFound
from ...files.study import Study
from ..regret import EXHAUSTIVE
from ..strategies import color, label
from .style import STAR, below, look, save, titled

NAME = "figure_cost"
TITLE = "Cost of a search against the accuracy of what it finds"

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
_CHEAPEST = 1e-5
"""A share of the exhaustive cost below which a method counts as free: a logarithmic axis has no zero."""


def draw_cost(study: Study, report: RegretFound, conditions: str, folder: Path) -> list[Path]:
    """Draw the figure, write it as SVG and PNG, and return these files; `conditions` as for `cost_figure`.

    Raises:
        BlocktuneError: The folder can't be written to.
    """
    with look():
        return save(cost_figure(study, report, conditions), folder, NAME)


def cost_figure(study: Study, report: RegretFound, conditions: str) -> Figure:
    """Draw the accuracy of each method's winner over the method's cost, a panel per strategy.

    Accuracies are those of the seeds that did not choose the winner, where there are any. Bars, from five backbones on,
    are the 95 % intervals of the regret, hung below the oracle's mean accuracy: how good a backbone is does not widen
    them. `conditions` are backbones, seeds and protocol in words.
    """
    methods = sorted(set(report["methods"]) - {EXHAUSTIVE})
    shapes = {name: _MARKERS[place % len(_MARKERS)] for place, name in enumerate(methods)}
    strategies = report["strategies"]
    figure = titled(TITLE, study, conditions, 10.0, 3.4, 0.7)
    axes = figure.subplots(1, max(1, len(strategies)), squeeze=False, sharey=True)[0]
    left = _left(report)
    for axis, strategy in zip(axes, strategies, strict=False):
        _panel(axis, report, strategy, shapes, left)
    by = "with seeds that did not choose it" if report["out_of_seed"] else "in the exhaustive map"
    axes[0].set_ylabel(f"validation accuracy of the winner\n{by} (mean)")
    below(figure, _legend(report, shapes), most=5)
    return figure


def _left(report: RegretFound) -> float:
    """Where free methods stand: a factor of ten left of the cheapest that costs something."""
    others = [entry for name, entry in report["methods"].items() if name != EXHAUSTIVE]
    shares = [entry["cost_share"] for entry in others if entry["cost_share"] > _CHEAPEST]
    return min(shares, default=0.1) / 10


def _panel(axis: Axes, report: RegretFound, strategy: str, shapes: dict[str, str], left: float) -> None:
    colour = color(strategy)
    axis.set_xscale("log")
    axis.set_xlim(left / 2, 3)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    axis.set_xlabel("cost, share of the exhaustive search's\nprocessor time (logarithmic)", fontsize=8)
    axis.set_title(label(strategy), loc="left", fontweight="bold")
    best = report["oracle"]["per_strategy"][strategy]["accuracy"]
    for name, shape in shapes.items():
        entry = report["methods"][name]
        found = entry["per_strategy"].get(strategy)
        if found is None:
            continue
        place = entry["cost_share"] if entry["cost_share"] > _CHEAPEST else left
        if interval := found["regret_interval"]:
            axis.plot([place] * 2, [best - points / 100 for points in interval], color=colour, linewidth=1, alpha=0.7)
        axis.plot(place, found["accuracy"], shape, color=colour, markersize=7, markeredgecolor="white", zorder=4)
    if best is None:
        return
    axis.axhline(best, color="black", linewidth=0.7, zorder=1)
    exhaustive = report["methods"].get(EXHAUSTIVE, {"per_strategy": {}})["per_strategy"].get(strategy)
    star = best if exhaustive is None else exhaustive["accuracy"]
    axis.plot(1, star, **STAR, markersize=14, color=colour, zorder=5)
    floor = report["chance"]["per_strategy"][strategy]["accuracy"]
    axis.axhline(floor, color="#9A9A9A", linewidth=1, linestyle=":", zorder=1)


def _legend(report: RegretFound, shapes: dict[str, str]) -> list[Line2D]:
    entries = []
    for name, shape in shapes.items():
        free = " (free, at the left edge)" if report["methods"][name]["cost_share"] <= _CHEAPEST else ""
        entries.append(Line2D([], [], marker=shape, color="#44506B", linestyle="none", label=f"{name}{free}"))
    star = {"marker": "*", "markersize": 11, "markeredgecolor": "black", "linestyle": "none"}
    entries.append(Line2D([], [], **star, color="#44506B", label="exhaustive"))
    entries.append(Line2D([], [], color="black", linewidth=0.7, label="oracle"))
    entries.append(Line2D([], [], color="#9A9A9A", linestyle=":", label="a candidate at random (floor)"))
    return entries
