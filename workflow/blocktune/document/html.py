"""Blocks as HTML, for the report."""

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup, escape

from .blocks import Block, Bullets, Cell, Code, Heading, Marked, Paragraph, Row, Table, Varied, Words, cells

_TAGS = {"strong": "strong", "code": "code", "superscript": "sup"}
_MANY = 9
"""Columns above which letters are smaller."""


def render(blocks: Sequence[Block], deeper: int = 0) -> Markup:
    """Return blocks as HTML, their headings so many levels deeper."""
    return Markup("\n").join(_block(block, deeper) for block in blocks)


def _block(block: Block, deeper: int) -> Markup:
    match block:
        case Heading(words, level):
            return _element(f"h{level + deeper}", _words(words))
        case Paragraph(words, look):
            return _element("p", _words(words), {"class": look})
        case Bullets(items):
            return _element("ul", Markup("\n").join(_element("li", _words(item)) for item in items))
        case Code(text):
            return _element("pre", _element("code", escape(text)), {"tabindex": 0})
        case Table():
            return Markup("\n").join([_table(block), *(_block(Paragraph(note, "note"), 0) for note in block.notes)])
        case _:
            return _element("p", _words(block))


def _table(table: Table) -> Markup:
    heads = [
        _element("th", _words(words), {"scope": "col", "class": _aligned(place, table)})
        for place, words in enumerate(table.head)
    ]
    parts = [
        _element("caption", escape(table.caption)) if table.caption else "",
        _element("thead", _line(heads)),
        _rows("tbody", table.rows, table),
        _rows("tfoot", table.foot, table) if table.foot else "",
    ]
    sortable = any(cell.sort is not None for row in table.rows for cell in cells(row))
    looks = {"sortable": sortable, "many": len(table.head) > _MANY}
    look = " ".join(name for name, so in looks.items() if so)
    whole = _element("table", Markup("\n").join(parts), {"class": look})
    # Whoever has no mouse scrolls a wide table by its keys
    attributes = {"class": "wide", "tabindex": 0, "role": "region", "aria-label": table.caption or "Table"}
    return _element("div", whole, attributes)


def _rows(tag: str, rows: Sequence[Row], table: Table) -> Markup:
    return _element(tag, Markup("\n").join(_row(cells(row), table) for row in rows))


def _row(row: Sequence[Cell], table: Table) -> Markup:
    rest = len(table.head) - len(row)
    spans = [None] * (len(row) - 1) + [rest + 1 if rest > 0 else None]
    return _line(_cell(cell, place, span, table) for place, (cell, span) in enumerate(zip(row, spans, strict=True)))


def _cell(cell: Cell, place: int, span: int | None, table: Table) -> Markup:
    look = " ".join(filter(None, [cell.mark, _aligned(place, table)]))
    attributes = {"scope": "" if place else "row", "colspan": span, "data-sort": cell.sort, "class": look}
    return _element("td" if place else "th", _words(cell.words), attributes)


def _aligned(place: int, table: Table) -> str:
    """Return the class of a column's cells; the first is to the left anyway."""
    return "text" if place and place in table.text else ""


def _line(entries: Iterable[Markup]) -> Markup:
    return _element("tr", Markup().join(entries))


def _element(tag: str, content: Markup, attributes: Mapping[str, object] | None = None) -> Markup:
    """Return an element; attributes that are None or empty are left out."""
    given = {name: value for name, value in (attributes or {}).items() if value not in (None, "")}
    written = Markup().join(Markup(' {}="{}"').format(name, value) for name, value in given.items())
    return Markup("<{0}{1}>{2}</{0}>").format(tag, written, content)


def _words(words: Words) -> Markup:
    match words:
        case tuple():
            return Markup().join(map(_words, words))
        case Varied(text, _, html):
            return escape(text if html is None else html)
        case Marked(mark, inner):
            return _element(_TAGS[mark], _words(inner))
        case _:
            return escape(words)
