"""What a page says before it is Markdown, LaTeX or HTML: five kinds of block, and words that stand out.

Texts are plain: what a format would read as its own is escaped where the format is written, nowhere else.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple, get_args

Mark = Literal["strong", "code", "superscript"]


@dataclass(frozen=True)
class Marked:
    """Words that stand out."""

    mark: Mark
    words: "Words"


@dataclass(frozen=True)
class Varied:
    """Words that a format writes in its own way.

    Attributes:
        text: in Markdown, and in HTML unless that has its own.
        latex: LaTeX code, put in as it is: never what a user gave.
        html: in HTML, as text.
    """

    text: str
    latex: str
    html: str | None = None


Words = str | Marked | Varied | tuple["Words", ...]
"""Text, or parts of it in order."""

strong, code, superscript = (partial(Marked, mark) for mark in get_args(Mark))
"""Words in bold; a name or a command as it is typed, which is one text; the mark of a footnote."""


class Heading(NamedTuple):
    """A heading; the page's title has level 1."""

    words: Words
    level: int = 2


class Paragraph(NamedTuple):
    """A paragraph; `look` is a class of the report's style. Words alone are one without."""

    words: Words
    look: str = ""


class Bullets(NamedTuple):
    """A list, a sentence or two each."""

    items: Sequence[Words]


class Code(NamedTuple):
    """Lines of code, each with its end of line."""

    text: str
    language: str


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        words: what it says.
        sort: what the report sorts it by.
        mark: `best` or `second` of its row, or the title of a `group` of rows; any other shows in the report alone.
    """

    words: Words
    sort: float | str | None = None
    mark: str = ""


Row = Sequence[Cell | Words]
"""A row's cells, the first of which is its head; with fewer than the table has, the last goes on to the end."""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        head: heads of the columns.
        rows: in order; a group's title is a row of its own.
        caption: what it shows; Markdown has a sentence above the table.
        foot: rows that stay at the end however the others are sorted.
        notes: what stands below, a line each.
        text: columns of text, aligned to the left; the others are numbers.
    """

    head: Sequence[Words]
    rows: Sequence[Row]
    caption: str = ""
    foot: Sequence[Row] = ()
    notes: Sequence[Words] = ()
    text: Collection[int] = (0,)


Block = Heading | Paragraph | Bullets | Code | Table | Words


def cells(row: Row) -> list[Cell]:
    """Return a row's cells; words alone are a cell without more."""
    return [entry if isinstance(entry, Cell) else Cell(entry) for entry in row]
