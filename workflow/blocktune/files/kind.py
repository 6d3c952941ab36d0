"""What all kinds of file have in common: closed types that write themselves, and read nothing but themselves.

A kind is a dataclass below `JsonFile` or `CsvFile`, marked with `part`, as are the sections inside it. What a key holds
is a text in its `Annotated`: the reference of all files is made of these (`files.reference`).
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo
from typing_extensions import TypedDict

from ..cells import cell, csv_text, text_of
from ..errors import BlocktuneError
from ..explain import explain, fields_of, key_of
from .plain import write_text

# Not-a-number stays what it is, so that writing refuses it
CLOSED = ConfigDict(extra="forbid", ser_json_inf_nan="constants")

part = partial(dataclass, frozen=True, config=CLOSED)
"""Marks the type of a file, or of a section of one: an unknown key is an error, and nothing changes it."""


class Closed(TypedDict):
    """A section of a file whose values are plain dictionaries: there, too, an unknown key is an error."""

    __pydantic_config__ = CLOSED


left_out: Any = partial(Field, None, exclude_if=lambda value: value is None)
"""Gives a key that is not written where it is None."""

_MOST_PROBLEMS = 3


class Kind:
    """A kind of file.

    Class attributes:
        called: what people call it, after "no": `layer table`.
        place: where it lies, with names in braces.
        writer: the command that writes it.
        remedy: how to make it anew, at the end of messages.
    """

    called: ClassVar[str]
    place: ClassVar[str]
    writer: ClassVar[str]
    remedy: ClassVar[str] = ""

    @classmethod
    def _bytes(cls, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise BlocktuneError(f"can't read {path}: {error.strerror or error}{cls.remedy}") from None


class JsonFile(Kind):
    """A kind of JSON file.

    Class attributes:
        root: of a file that is a mapping or a list itself, the field that it is.
        in_order: whether its keys are written in the order of the fields; else they are sorted.
        indent: how many spaces its keys are indented.
    """

    root: ClassVar[str] = ""
    in_order: ClassVar[bool] = False
    indent: ClassVar[int] = 1

    def content(self) -> Any:
        """Return the file as plain data."""
        content = _adapter(type(self)).dump_python(self, mode="json", by_alias=True)
        return content[self.root] if self.root else content

    def text(self) -> str:
        """Return the file as text; not-a-number is refused, since other readers choke on it."""
        return json.dumps(self.content(), indent=self.indent, sort_keys=not self.in_order, allow_nan=False) + "\n"

    def write(self, path: Path) -> None:
        """Write the file.

        Raises:
            BlocktuneError: the disk is full or the place can't be written.
        """
        write_text(path, self.text())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of this kind.

        Raises:
            BlocktuneError: it is missing, damaged, of another kind, or written by a version that had other keys.
        """
        return cls.of_text(cls._bytes(path), str(path))

    @classmethod
    def of_text(cls, text: bytes, name: str) -> Self:
        """Return what the text of a file holds.

        Args:
            text: JSON in UTF-8.
            name: of the file, for the message.

        Raises:
            BlocktuneError: as `read`.
        """
        inside = fields_of(cls)[cls.root] if cls.root else cls
        try:
            found = _adapter(inside).validate_json(text, strict=True)
        except ValidationError as error:
            problems = error.errors()
            if problems[0]["type"] == "json_invalid":
                raise BlocktuneError(f"can't read {name}: {problems[0]['msg']}{cls.remedy}") from None
            raise BlocktuneError(_said(cls, inside, name, problems)) from None
        return cls(found) if cls.root else found


class CsvFile(Kind):
    """A kind of table: the type is that of its rows, and its fields are the columns; what is None stays empty.

    A column that may be `left_out` is in the table of all rows or of none.
    """

    @classmethod
    def table(cls, rows: Iterable[Self], columns: Sequence[str] = ()) -> str:
        """Return a table as text; a name that a spreadsheet would take for a formula stays a name (`cells.cell`).

        Args:
            rows: its rows.
            columns: all of them, where rows may have more than the fields of their type.
        """
        rows = list(rows)
        columns = columns or [
            name
            for name, field in cls.__pydantic_fields__.items()
            if not (field.exclude_if and all(field.exclude_if(getattr(row, name)) for row in rows))
        ]
        head = [key_of(cls, name) for name in columns]
        return csv_text([head, *([_cell(getattr(row, name)) for name in columns] for row in rows)])

    @classmethod
    def read(cls, path: Path) -> list[Self]:
        """Read a table; the rows' places in the list are their lines, the first one is line 2.

        Raises:
            BlocktuneError: it is missing, damaged, of another kind, or written by a version that had other columns.
        """
        return cls.of_text(cls._bytes(path), str(path))

    @classmethod
    def of_text(cls, text: bytes, name: str) -> list[Self]:
        """Return what the text of a table holds.

        Args:
            text: CSV in UTF-8.
            name: of the table, for the message.

        Raises:
            BlocktuneError: as `read`.
        """
        try:
            decoded = text.decode()
            reader = csv.reader(io.StringIO(decoded, newline=""))
            found = [(reader.line_num, line) for line in reader if line]
            if not found or not decoded.endswith("\n"):
                raise csv.Error("it ends too early")
        except (UnicodeDecodeError, csv.Error) as error:
            raise BlocktuneError(f"can't read {name}: {error}{cls.remedy}") from None
        (_, head), *lines = found
        if problems := _wrong_columns(cls, head):
            raise BlocktuneError(_said(cls, cls, name, problems))
        columns = _columns(cls)
        kinds = [columns.get(column) for column in head]
        for number, line in lines:
            if len(line) != len(head):
                problem = f"it has {len(line)} cells, not {len(head)}"
                raise BlocktuneError(_no_such(cls, f"{name}, line {number}", problem))
        rows = [dict(zip(head, map(_content, line, kinds), strict=True)) for _, line in lines]
        try:
            return _adapter(list[cls]).validate_python(rows)
        except ValidationError as error:
            errors = error.errors()
            # The line stands before what is wrong with it
            first = errors[0]["loc"][0]
            problems = [one | {"loc": one["loc"][1:]} for one in errors if one["loc"][0] == first]
            raise BlocktuneError(_said(cls, cls, f"{name}, line {lines[first][0]}", problems)) from None


def _columns(kind: type[CsvFile]) -> dict[str, FieldInfo]:
    """The fields of a table's rows, by their columns."""
    return {key_of(kind, name): field for name, field in kind.__pydantic_fields__.items()}


def _wrong_columns(kind: type[CsvFile], head: Sequence[str]) -> list[dict[str, Any]]:
    """What is wrong with a table's columns, as pydantic would say it."""
    columns = _columns(kind)
    closed = kind.__pydantic_config__.get("extra") == "forbid"
    missing = [column for column, about in columns.items() if about.is_required() and column not in head]
    unknown = [column for column in head if closed and column not in columns]
    twice = [column for column in dict.fromkeys(head) if head.count(column) > 1]
    problems = [("missing", column) for column in missing] + [("extra_forbidden", column) for column in unknown]
    return [{"type": problem, "loc": (column,), "input": None} for problem, column in problems] + [
        {"type": "value_error", "loc": (column,), "msg": "the column stands twice", "input": column} for column in twice
    ]


def _cell(value: Any) -> Any:
    """What stands for a value in a table."""
    return cell(value) if isinstance(value, str) else int(value) if isinstance(value, bool) else value


def _content(text: str, field: FieldInfo | None) -> str | None:
    """What a cell of a column stands for; an unknown column has no field."""
    if field is not None and field.annotation is str:
        return text_of(text)
    return text if text or field is None or field.exclude_if else None


@cache
def _adapter(kind: type) -> TypeAdapter:
    return TypeAdapter(kind)


def _said(kind: type[Kind], model: Any, name: str, problems: list[Any]) -> str:
    """Say what is wrong with a file that is not of its kind."""
    told = (explain(model, one, ()) for one in problems if one["type"] != "default_factory_not_called")
    lines = list(dict.fromkeys(told))
    more = f"; and {len(lines) - _MOST_PROBLEMS} more" if len(lines) > _MOST_PROBLEMS else ""
    return _no_such(kind, name, "; ".join(lines[:_MOST_PROBLEMS]) + more)


def _no_such(kind: type[Kind], name: str, problem: str) -> str:
    return f"{name} is no {kind.called} of this version of blocktune: {problem}{kind.remedy}"
