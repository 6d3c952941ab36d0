"""Draw what `practice.py` found: each strategy's test accuracy in points above the linear probe, a row per cell.

Marks are means over the seeds, the line through the answer's mark reaches from its worst seed to its best.
"""

import argparse
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from practice_cells import HERE

from blocktune.analysis.figures.style import look, save
from blocktune.analysis.strategies import palette
from blocktune.files.plain import read_json

# Column of practice.json, its strategy's color, its mark and its words
MARKS = (
    ("head", "baseline1", "o", "head alone"),
    ("bw", "bw", "X", "best single block"),
    ("lw", "lw", "P", "best single layer"),
    ("quarter", "quarter", "^", "last quarter"),
    ("everything", "baseline2", "s", "everything"),
    ("tail", "tail", "D", "tail"),
    ("paper_answer", None, "v", "answer of the paper's recipe (one seed)"),
)


def main() -> None:
    """Parse, read, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=HERE / "results" / "practice.json")
    parser.add_argument("--folder", type=Path, default=HERE.parent / "docs", help="where practice.svg goes")
    options = parser.parse_args()
    draw(options.input, options.folder)


def draw(file: Path, folder: Path) -> None:
    """Draw the cells of a file as `practice.svg` in a folder."""
    with look():
        for picture in save(practice_figure(read_json(file)["cells"]), folder, "practice"):
            if picture.suffix != ".svg":
                picture.unlink()


def practice_figure(cells: list[dict[str, Any]]) -> Figure:
    """Return the figure; what was not measured is not drawn."""
    cells = sorted(cells, key=lambda cell: (cell["target"], cell["backbone"], cell["image_size"]), reverse=True)
    figure = Figure(figsize=(8, 1.7 + 0.42 * len(cells)), layout="constrained")
    axis = figure.subplots()
    for place, cell in enumerate(cells):
        _row(axis, place, cell)
    axis.axvline(0, color="#444444", linewidth=1.2)
    axis.set_yticks(range(len(cells)), [_name(cell) for cell in cells])
    axis.set_ylim(-0.6, len(cells) - 0.4)
    axis.grid(axis="x")
    seeds = sorted({cell["seeds"] for cell in cells})
    over = f"{seeds[0]} seed{'s' if seeds[-1] > 1 else ''}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"
    axis.set_xlabel(f"test accuracy, percentage points above the linear probe (mean over {over})")
    entries = dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=4, fontsize=8)
    return figure


def _row(axis: Axes, place: int, cell: dict[str, Any]) -> None:
    colors = palette([strategy for _, strategy, *_ in MARKS if strategy])
    for column, strategy, mark, words in MARKS:
        if cell[column] is not None:
            color = colors[strategy] if strategy else "white"
            drawn = {"marker": mark, "color": color, "markeredgecolor": "black", "markeredgewidth": 0.6}
            drawn |= {"linestyle": "none", "markersize": 7, "label": words, "zorder": 4}
            axis.plot(_points(cell, cell[column]), place, **drawn)
    each = [_points(cell, one["answer"]) for one in cell["each_seed"]]
    axis.plot([min(each), max(each)], [place, place], color="black", linewidth=1.2, zorder=3)
    # Below the others: it is one of them
    star = {"color": "#FFC20A", "markeredgecolor": "black", "markersize": 16, "zorder": 2}
    axis.plot(_points(cell, cell["answer"]), place, "*", label="blocktune's answer", **star)


def _points(cell: dict[str, Any], accuracy: float) -> float:
    return 100 * (accuracy - cell["probe"])


def _name(cell: dict[str, Any]) -> str:
    return f"{cell['target']}, {cell['backbone']}, {cell['image_size']} px\n(linear probe {cell['probe']:.3f})"


if __name__ == "__main__":
    main()
