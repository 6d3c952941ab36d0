"""One look for all figures, and saving them so that the same numbers give the same bytes."""

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import matplotlib

matplotlib.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from ...files.plain import write_bytes, write_text
from ...files.study import Study


class Named(Protocol):
    """What a title needs to know of a study."""

    @property
    def name(self) -> str:
        """The study's name."""


RC: Mapping[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine lays out alike
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "savefig.dpi": 200,
    "svg.fonttype": "none",  # text stays text: searchable, and it can be edited
    "svg.hashsalt": "blocktune",
    "text.parse_math": False,  # a `$` in a label is a dollar
}

FAILED = "#B00020"
"""Colour of diverged runs; no strategy has it."""
POINT: Mapping[str, Any] = {"markeredgecolor": "white", "markeredgewidth": 0.3}
"""Edge of a point among many, which keeps neighbours apart."""
STAR: Mapping[str, Any] = {"marker": "*", "markeredgecolor": "black", "markeredgewidth": 0.9, "linestyle": "none"}
"""Look of the best candidate, in the colour of its strategy."""

_POINTS = 72
_HEAD, _BODY = 11.5, 8.5
"""Font sizes of the title and of the protocol below it, in points."""
_LINE = 1.25 / _POINTS
"""Inches that a line takes per point of its font."""
_LETTER = 0.56
"""Width of an average letter of DejaVu Sans, as a share of the font size."""


@contextmanager
def look(dpi: int = RC["savefig.dpi"]) -> Iterator[None]:
    """Draw and save in here: what a user's matplotlibrc, another style or a notebook has set stays outside."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**RC, "savefig.dpi": dpi})
        yield


def letters(inches: float, size: float) -> int:
    """Return how many letters of a font size (in points) fit into a width."""
    return max(8, int(inches * _POINTS / (size * _LETTER)))


def wrap(text: str, room: int) -> list[str]:
    """Return lines of at most `room` letters and about equal length: no line of one word."""
    lines = textwrap.wrap(text, room)
    even = textwrap.wrap(text, max(1, -(-len(text) // max(1, len(lines))) + 6))
    return even if len(even) <= len(lines) and max(map(len, even), default=0) <= room else lines


def titled(what: str, study: Named, conditions: str, width: float, *heights: float) -> Figure:
    """Return a figure without panels and with its title: what it shows, the study, and the protocol, all wrapped.

    Sizes are in inches: the figure's width, the height of its panels, and those of what stands below them.
    """
    head = wrap(f"{what} \N{EN DASH} study {study.name}", letters(width - 0.4, _HEAD))
    body = wrap(conditions, letters(width - 0.4, _BODY))
    header = 0.28 + (len(head) * _HEAD + len(body) * _BODY) * _LINE
    height = header
    for inches in heights:
        # One after the other: the last digit of another sum would change an SVG's ids
        height += inches
    figure = Figure(figsize=(width, height), layout="constrained")
    top = 1 - 0.1 / height
    under = top - (len(head) * _HEAD * _LINE + 0.04) / height
    figure.text(0.5, top, "\n".join(head), ha="center", va="top", fontsize=_HEAD, fontweight="bold")
    figure.text(0.5, under, "\n".join(body), ha="center", va="top", fontsize=_BODY, color="#444444")
    # The layout engine does not see free text: the panels get what is left below it.
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - header / height), w_pad=0.1, h_pad=0.06)
    return figure


def below(figure: Figure, entries: Sequence[Line2D | Patch], most: int | None = None) -> None:
    """Put a legend under the panels, in at most so many columns, or in as many as fit."""
    # A letter count stands for the width of an entry: its text, its patch and the gap to the next.
    widths = [len(str(entry.get_label())) + 9 for entry in entries]
    room = letters(figure.get_figwidth() - 0.3, 8)
    fit = len(entries) if sum(widths) <= room else max(1, room // max(widths))
    columns = fit if most is None else min(len(entries), most)
    figure.legend(handles=list(entries), loc="outside lower center", ncols=columns, fontsize=8)


def accuracy_label(study: Study, stage: str) -> str:
    """Return the label of an axis of a stage's accuracies, with what they are a share of."""
    part, count = study.scored_on(stage)
    return f"{part} accuracy (share of {count} images)"


def cross(axis: Axes, place: float) -> None:
    """Mark a diverged run on the axis itself, because there is no accuracy to draw it at."""
    axis.plot(place, 0, "x", color=FAILED, transform=axis.get_xaxis_transform(), clip_on=False, zorder=5)


def shorten(text: str, size: int) -> str:
    """Return a text of at most `size` letters, cut in the middle: layer names differ at both ends."""
    if len(text) <= size:
        return text
    return f"{text[: (size - 1) // 2]}\N{HORIZONTAL ELLIPSIS}{text[-(size // 2) :]}"


def slanted(axis: Axes, places: Sequence[float], names: Sequence[str]) -> None:
    """Name places of the horizontal axis after layers, whose names are long."""
    short = [shorten(name, 22) for name in names]
    axis.set_xticks(places, short, rotation=35, ha="right", rotation_mode="anchor")
    axis.tick_params(axis="x", labelsize=7.5)


def plain_number(value: float, _: Any = None) -> str:
    """Return a count with k and M: `1.8k`, `2.4M`."""
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return f"{value / factor:.3g}{unit}"
    return f"{value:g}"


PLAIN = FuncFormatter(plain_number)


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure as SVG and PNG and return the paths."""
    svg, png = io.StringIO(), io.BytesIO()
    # A date would make every run's file a new one.
    figure.savefig(svg, format="svg", metadata={"Date": None})
    figure.savefig(png, format="png")
    paths = [folder / f"{name}.svg", folder / f"{name}.png"]
    write_text(paths[0], svg.getvalue())
    write_bytes(paths[1], png.getvalue())
    return paths
