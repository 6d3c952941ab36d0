"""Table I for people, and its page with the paper's values beside it."""

from collections.abc import Sequence
from dataclasses import replace

from ..document import blocks
from ..document.blocks import Block, Cell, Heading, Varied, Words, strong, superscript
from ..files.study import Study
from .layers import Network
from .notes import caption, footnotes, remarks
from .paper import NOTHING_BESIDE, Comparison
from .strategies import label
from .table import DECIMALS, Table, best, number, or_na, praised, second_best, shown


def table_one(study: Study, backbones: Sequence[Network], table: Table, decimals: int = DECIMALS) -> blocks.Table:
    """Return Table I with the best and the second best of each row marked, its conditions and footnotes."""
    notes = footnotes(backbones)
    rows: list[list[Cell | Words]] = []
    for backbone, found in zip(backbones, table.cells, strict=True):
        # In LaTeX the mark stands at the name
        mark = (Varied(" ", latex=""), superscript(notes[backbone.key][0])) if backbone.key in notes else ()
        texts, values = [shown(cell, decimals) for cell in found], [cell.accuracy for cell in found]
        rows.append([(backbone.title, *mark), *_marked(texts, values, praised(found), decimals)])
    foot: list[list[Cell | Words]] = []
    for summary in table.summaries():
        # Three decimals of a variance would be a zero
        places = DECIMALS if summary.name == "variance" else decimals
        texts = [or_na(value, places) for value in summary.values]
        marked = _marked(texts, summary.values, summary.praised, places, summary.lowest)
        foot.append([summary.name.capitalize(), *marked])
    said: list[Words] = [(superscript(mark), f" {text}.") for mark, text in notes.values()]
    head = ["Backbone", *map(label, table.strategies)]
    return blocks.Table(head, rows, caption(study), foot, [*said, *remarks(study, table)])


def _marked(
    texts: Sequence[str],
    values: Sequence[float | None],
    praised: Sequence[float | None],
    decimals: int,
    lowest: bool = False,
) -> list[Cell]:
    first, second = best(praised, lowest, decimals), second_best(praised, lowest, decimals)
    marks = dict.fromkeys(first, "best") | dict.fromkeys(second, "second")
    return [
        Cell(text, value, marks.get(place, "")) for place, (text, value) in enumerate(zip(texts, values, strict=True))
    ]


def table_page(
    study: Study, backbones: Sequence[Network], table: Table, comparison: Sequence[Comparison]
) -> list[Block]:
    """Return Table I, and the paper's values beside ours."""
    printed = table_one(study, backbones, table)
    above = (strong("Table I."), " ", printed.caption)
    return [above, replace(printed, caption=""), Heading("Compared with the paper's Table I"), *_versus(comparison)]


def _versus(comparison: Sequence[Comparison]) -> list[Block]:
    if not comparison:
        return [NOTHING_BESIDE]
    unknown = "The paper's image size, its learning rate and which epoch it counts are not known to us."
    warning = (strong("Not like for like:"), " the last column says what differs. ")
    differing = any(row.differs_in for row in comparison)
    rows = [
        [
            row.backbone,
            label(row.strategy),
            number(row.ours),
            number(row.paper),
            "" if row.difference is None else f"{row.difference:+.6f}",
            row.differs_in or "nothing recorded",
        ]
        for row in comparison
    ]
    head = ["Backbone", "Strategy", "Ours", "Paper", "Difference", "Differs from the paper in"]
    return [(*warning, unknown) if differing else unknown, blocks.Table(head, rows, text=(0, 1, 5))]
