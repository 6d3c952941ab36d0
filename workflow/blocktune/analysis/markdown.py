"""Table I for people: Markdown."""

import re
from collections.abc import Iterable, Sequence

from .layers import Backbone
from .notes import caption, footnotes, remarks
from .paper import NOTHING_BESIDE, Comparison
from .strategies import label
from .study import Study
from .table import Summary, Table, best, number, praised, second_best, shown


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, in a table's cell too."""
    return re.sub(r"([\\`*_|<>\[\]~]|&(?=#?\w+;)|^#|#$)", r"\\\1", " ".join(text.split()))


def table_markdown(study: Study, backbones: Sequence[Backbone], table: Table, comparison: Sequence[Comparison]) -> str:
    """Return Table I, its conditions and footnotes, and the paper's values beside ours."""
    lines = [f"**Table I.** {escape(caption(study))}", ""]
    lines += _header(["Backbone", *map(label, table.strategies)])
    notes = footnotes(backbones)
    for backbone, cells in zip(backbones, table.cells, strict=True):
        name = escape(backbone.title) + (f" <sup>{notes[backbone.key][0]}</sup>" if backbone.key in notes else "")
        lines.append(_row([name, *_marked(praised(cells), [shown(cell) for cell in cells])]))
    lines += map(_summary, table.summaries())
    lines.append("")
    lines += [f"<sup>{mark}</sup> {escape(text)}.  " for mark, text in notes.values()]
    lines += [f"{escape(remark)}  " for remark in remarks(study, table, "italics")]
    return "\n".join([*lines, "", *_versus(comparison)]) + "\n"


def _versus(comparison: Sequence[Comparison]) -> list[str]:
    lines = ["## Beside the paper's Table I", ""]
    if not comparison:
        return [*lines, NOTHING_BESIDE]
    differing = any(row.differs_in for row in comparison)
    lines += [
        ("**Not like for like:** the last column says what differs. " if differing else "")
        + "The paper's image size, its learning rate and which epoch it counts are not known to us.",
        "",
    ]
    lines += _header(
        ["Backbone", "Strategy", "Ours", "Paper", "Difference", "Differs from the paper in"], text=(0, 1, 5)
    )
    for row in comparison:
        difference = "" if row.difference is None else f"{row.difference:+.6f}"
        conditions = escape(row.differs_in) or "nothing recorded"
        lines.append(
            _row(
                [escape(row.backbone), label(row.strategy), number(row.ours), number(row.paper), difference, conditions]
            )
        )
    return lines


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], text: Sequence[int] = (0,)) -> str:
    """Return a table; the columns in `text` are aligned to the left, the others are numbers."""
    return "\n".join([*_header(head, text), *map(_row, rows)])


def _header(names: Sequence[str], text: Sequence[int] = (0,)) -> list[str]:
    return [_row(names), _row([":--" if place in text else "--:" for place in range(len(names))])]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _summary(summary: Summary) -> str:
    texts = [number(value) or "n/a" for value in summary.values]
    return _row([summary.name.capitalize(), *_marked(summary.praised, texts, summary.lowest)])


def _marked(values: Sequence[float | None], texts: Sequence[str], lowest: bool = False) -> list[str]:
    """Return a row's texts, the best in bold, the second best in italics."""
    first, second = best(values, lowest), second_best(values, lowest)
    marks = dict.fromkeys(first, "**") | dict.fromkeys(second, "*")
    return [f"{marks.get(place, '')}{text}{marks.get(place, '')}" for place, text in enumerate(texts)]
