"""Blocks as Markdown, for people and for pages that show it."""

import re
from collections.abc import Sequence

from .blocks import Block, Bullets, Cell, Code, Heading, Marked, Paragraph, Row, Table, Varied, Words, cells

_SPECIAL = re.compile(r"[\\`*_|<>\[\]~]|&(?=#?\w+;)|^#|#$")
# Two numbers in a cell are an interval and no link, unless a place to go to follows
_IN_CELL = re.compile(rf"(\[[-+.\d]+, [-+.\d]+\])(?![(\[:])|{_SPECIAL.pattern}")
# What makes a list, a rule or a heading of a line that begins with it
_BEGINNING = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+](?:\s|$)|[-=]+$))")
_MARKS = {"strong": ("**", "**"), "superscript": ("<sup>", "</sup>")}
_CELLS = {"best": "**", "second": "*", "group": "**"}


def render(blocks: Sequence[Block], plain: bool = False) -> str:
    """Return a page; in a `plain` one, for a terminal, names look as they are instead of as Markdown needs them."""
    writer = _Writer(plain)
    return "\n\n".join(map(writer.block, blocks)) + "\n"


def escape(text: str, in_cell: bool = False) -> str:
    """Return text that Markdown shows as it is, in one line, in a table's cell too."""
    line = re.sub(r"\s+", " ", text)
    if in_cell:
        return _IN_CELL.sub(lambda found: found[0] if found[1] else f"\\{found[0]}", line)
    return _SPECIAL.sub(r"\\\g<0>", line)


class _Writer:
    def __init__(self, plain: bool) -> None:
        self._plain = plain

    def block(self, block: Block) -> str:
        match block:
            case Heading(words, level):
                return f"{'#' * level} {self._words(words).strip()}"
            case Bullets(items):
                return "\n".join(f"- {self._line(item)}" for item in items)
            case Code(text, language):
                fence = _fence(text, 3)
                return f"{fence}{language}\n{text}{fence}"
            case Table():
                return "\n\n".join(self._table(block))
            case Paragraph(words) | words:
                return self._line(words)

    def _table(self, table: Table) -> list[str]:
        width = len(table.head)
        aligned = " | ".join(":--" if place in table.text else "--:" for place in range(width))
        head, *rows = [self._row(row, width) for row in (table.head, *table.rows, *table.foot)]
        above = [f"{self._line(table.caption).removesuffix('.')}."] if table.caption else []
        below = ["\n".join(f"{self._line(note)}  " for note in table.notes)] if table.notes else []
        return [*above, "\n".join([head, f"| {aligned} |", *rows]), *below]

    def _row(self, row: Row, width: int) -> str:
        texts = [self._cell(cell) for cell in cells(row)]
        return f"| {' | '.join([*texts, *[''] * (width - len(texts))])} |"

    def _cell(self, cell: Cell) -> str:
        mark = _CELLS.get(cell.mark, "")
        return f"{mark}{self._words(cell.words, in_cell=True).strip()}{mark}"

    def _line(self, words: Words) -> str:
        line = self._words(words).strip()
        return line if self._plain else _BEGINNING.sub(r"\1\\", line)

    def _words(self, words: Words, in_cell: bool = False) -> str:
        match words:
            case tuple():
                return "".join(self._words(part, in_cell) for part in words)
            case Varied(text):
                return self._words(text, in_cell)
            case Marked("code", text):
                return _code(text, in_cell)
            case Marked(mark, inner):
                before, after = _MARKS[mark]
                return f"{before}{self._words(inner, in_cell).strip()}{after}"
            case _:
                return words if self._plain else escape(words, in_cell)


def _code(text: str, in_cell: bool) -> str:
    text = " ".join(text.split())
    fence = _fence(text, 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    if in_cell:
        # A bar ends the cell, within code too
        text = text.replace("|", r"\|")
    return f"{fence}{space}{text}{space}{fence}"


def _fence(text: str, least: int) -> str:
    """Return more backticks than the text has in a row."""
    return "`" * max([least, *(len(run) + 1 for run in re.findall("`+", text))])
