"""What replayed searches lose, over what they cost."""

import io
import re
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ..analysis.figures.style import letters, look, wrap
from ..files.plain import write_bytes
from ..files.replayed import Replayed, ReplayedMethod

_SIZE, _SMALL = (8.0, 5.8), 7.5
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "h")

_CHEAPEST = 1e-4
"""A smaller share of the cost stands here: a logarithmic axis has no zero."""


def draw_replayed(report: Replayed, file: Path) -> None:
    """Draw every method's regret over its cost, as the file's name ends: SVG or PNG.

    Settings of one method (seeds, budget) are joined by a line. Small points are single cells.

    Raises:
        BlocktuneError: the file can't be written.
    """
    with look():
        figure = replayed_figure(report)
        buffer = io.BytesIO()
        # A date would make every run's file a new one
        more = {"metadata": {"Date": None}} if file.suffix == ".svg" else {}
        figure.savefig(buffer, format=file.suffix[1:], **more)
    write_bytes(file, buffer.getvalue())


def replayed_figure(report: Replayed) -> Figure:
    """Return the figure."""
    figure = Figure(figsize=_SIZE, layout="constrained")
    axis = figure.subplots()
    lines: dict[str, list[tuple[str, ReplayedMethod]]] = {}
    # As in the file, which is sorted: the figure is the same from either
    for name, entry in sorted(report.methods.items()):
        line, budget = _parts(name)
        lines.setdefault(line, []).append((budget, entry))
    methods = list(dict.fromkeys(line.partition(" (")[0] for line in lines))
    for line, entries in lines.items():
        place = methods.index(line.partition(" (")[0])
        _draw(axis, line, entries, f"C{place % 10}", _MARKERS[place % len(_MARKERS)])
    if report.probe:
        lost = report.probe["out_of_seed_regret_points"]
        axis.axhline(lost, color="#777777", linestyle=":", linewidth=1, label="linear probe")
    axis.axhline(0, color="black", linewidth=0.7, label="oracle")
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    axis.set_xlabel("cost, share of the exhaustive search with one seed at one rate (logarithmic)")
    axis.set_ylabel("accuracy lost to the oracle on seeds not trained with (points)")
    cells = "; ".join(
        f"{name} ({one['arms']} arms, {one['seeds']} seeds)" for name, one in sorted(report.cells.items())
    )
    mean = f"Mean of {len(report.cells)} cells, small points: each cell. " if len(report.cells) > 1 else ""
    told = f"{mean}Numbers: budget in trainings. Cells: {cells}"
    axis.set_title("\n".join(wrap(told, letters(_SIZE[0] - 0.8, _SMALL))), fontsize=_SMALL, color="#444444")
    figure.suptitle("What searches lose, over what they cost", fontweight="bold")
    figure.legend(loc="outside lower center", ncols=5, fontsize=8)
    return figure


def _parts(name: str) -> tuple[str, str]:
    """Take a contestant's name apart: `race (2 seeds, budget 8)` is `race (2 seeds)` with a budget of 8."""
    found = re.fullmatch(r"(.*?)(?: \((\d+ seeds)?(?:, )?(?:budget ([^)]+))?\))?", name)
    method, seeds, budget = found.groups()
    return f"{method} ({seeds})" if seeds else method, budget or ""


def _draw(axis: Axes, line: str, entries: list[tuple[str, ReplayedMethod]], color: str, marker: str) -> None:
    places: dict[tuple[float, float], list[str]] = {}
    for budget, entry in entries:
        cost = max(entry["cost_share"], _CHEAPEST)
        places.setdefault((cost, entry["out_of_seed_regret_points"]), []).append(budget)
        for cell in entry["cells"].values():
            axis.plot(cost, cell["out_of_seed_regret_points"], marker, color=color, markersize=3, alpha=0.6)
    costs, lost = zip(*sorted(places), strict=True)
    # Hollow: with several seeds
    face = {"markerfacecolor": "white"} if "(" in line else {}
    axis.plot(costs, lost, marker, linestyle="-", color=color, markersize=8, linewidth=1, label=line, zorder=3, **face)
    for place, budgets in places.items():
        # A larger budget that changes nothing lies in the same place
        told = ", ".join(filter(None, budgets))
        axis.annotate(told, place, xytext=(4, 4), textcoords="offset points", fontsize=6.5, color=color)
