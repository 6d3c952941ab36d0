"""Text in CSV files: names that a spreadsheet would take for a formula, and run, stay names."""

import csv
import io
from collections.abc import Iterable

from .messages import printable

# Spreadsheets also take the wide forms that East Asian keyboards type
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def cell(text: str) -> str:
    """Return text as a cell: with an apostrophe before what begins like a formula, or with an apostrophe itself.

    For text alone: a negative number is a number. Line ends (which not every reader of CSV takes as part of a cell),
    other control characters and what UTF-8 has no letter for are written as escapes.
    """
    plain = printable(text).replace("\n", "\\n").replace("\t", "\\t")
    plain = plain.encode("utf-8", "backslashreplace").decode("utf-8")
    return f"'{plain}" if plain.startswith((*_FORMULA, "'")) else plain


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Return rows, the head first, as the text of a CSV file; what a user may have named is a `cell` already."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def text_of(content: str) -> str:
    """Return the text of which `cell` made this; escapes stay."""
    return content.removeprefix("'")
