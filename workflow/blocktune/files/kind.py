"""What all kinds of file have in common: closed types that write themselves, and read nothing but themselves.

A kind is a dataclass below `JsonFile`, marked with `part`, as are the sections inside it. Its docstring says under
Attributes what each key holds: the reference of all files is made of that (`files.reference`).
"""

import json
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ..errors import BlocktuneError
from ..explain import explain
from .plain import json_text, write_text

# Not-a-number stays what it is, so that writing refuses it
CLOSED = ConfigDict(extra="forbid", ser_json_inf_nan="constants")

part = partial(dataclass, frozen=True, config=CLOSED)
"""Marks the type of a file, or of a section of one: an unknown key is an error, and nothing changes it."""

left_out: Any = partial(Field, None, exclude_if=lambda value: value is None)
"""Gives a key that is not written where it is None."""

_MOST_PROBLEMS = 3


class JsonFile:
    """A kind of file.

    Class attributes:
        called: what people call it, after "no": `layer table`.
        place: where it lies, with names in braces.
        writer: the command that writes it.
        in_order: whether its keys are written in the order of the fields; else they are sorted.
    """

    called: ClassVar[str]
    place: ClassVar[str]
    writer: ClassVar[str]
    in_order: ClassVar[bool] = False

    def content(self) -> Any:
        """Return the file as plain data."""
        return _adapter(type(self)).dump_python(self, mode="json")

    def text(self) -> str:
        """Return the file as text; not-a-number is refused, since other readers choke on it."""
        if self.in_order:
            return json.dumps(self.content(), indent=1, allow_nan=False) + "\n"
        return json_text(self.content())

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
        try:
            return cls.of_text(path.read_bytes(), str(path))
        except OSError as error:
            raise BlocktuneError(f"can't read {path}: {error.strerror or error}") from None

    @classmethod
    def of_text(cls, text: bytes, name: str) -> Self:
        """Return what the text of a file holds.

        Args:
            text: JSON in UTF-8.
            name: of the file, for the message.

        Raises:
            BlocktuneError: as `read`.
        """
        try:
            return _adapter(cls).validate_json(text, strict=True)
        except ValidationError as error:
            raise BlocktuneError(_refused(cls, name, error)) from None


@cache
def _adapter(kind: type) -> TypeAdapter:
    return TypeAdapter(kind)


def _refused(kind: type[JsonFile], name: str, error: ValidationError) -> str:
    """Say what is wrong with a file that is not of its kind."""
    found = [problem for problem in error.errors() if problem["type"] != "default_factory_not_called"]
    if found[0]["type"] == "json_invalid":
        return f"can't read {name}: {found[0]['msg']}"
    lines = list(dict.fromkeys(explain(kind, problem, ()) for problem in found))
    more = f"; and {len(lines) - _MOST_PROBLEMS} more" if len(lines) > _MOST_PROBLEMS else ""
    return f"{name} is no {kind.called} of this version of blocktune: {'; '.join(lines[:_MOST_PROBLEMS])}{more}"
