"""The reference of all files that steps hand on, as Markdown, made from the types that write and read them."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from ..described import described
from ..explain import key_of
from .kind import Kind

_PAGE = """# Files

What the files hold that steps of the workflow hand on to each other, made from the types that write and read them.
A file of another kind, or of a version with other keys, is one error that names the file, the key and what is allowed.
Not here is what only people read, such as `tables/table1.csv`: it has a column for each strategy.
"""
_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", NoneType: "null", Any: "anything"}


def kinds() -> list[type[Kind]]:
    """Return every kind of file, by the places where they lie."""
    for module in iter_modules([str(Path(__file__).parent)]):
        import_module(f".{module.name}", __package__)
    return sorted(_below(Kind), key=lambda kind: (kind.place, kind.called))


def _below(parent: type) -> Iterator[type]:
    for kind in parent.__subclasses__():
        if "called" in vars(kind):
            yield kind
        yield from _below(kind)


def files_page() -> str:
    """Return a page with a table per kind of file, and one per section inside it."""
    return "\n\n".join([_PAGE.rstrip("\n"), *(text for kind in kinds() for text in _part(kind))]) + "\n"


def _part(kind: type[Kind]) -> Iterator[str]:
    yield f"## {_heading(kind)}"
    yield f"`{kind.place}`, written by `{kind.writer}`. {_about(kind)}"
    yield _table(kind)
    for section in sections(kind):
        yield f"### {_heading(kind)}: {section.__name__}"
        in_order = " Written as a list, in this order." if issubclass(section, tuple) else ""
        yield _about(section) + in_order
        yield _table(section)


def fields(kind: type) -> dict[str, Any]:
    """Return the annotations of a type's keys."""
    return {name: hint for name, hint in get_type_hints(kind).items() if get_origin(hint) is not ClassVar}


def sections(kind: type) -> list[type]:
    """The sections inside a type, each once, without those that are files of their own."""
    found: dict[type, None] = {}
    for hint in fields(kind).values():
        for inner in _types(hint):
            if not issubclass(inner, Kind):
                found |= dict.fromkeys([inner, *sections(inner)])
    return [*found]


def _types(hint: Any) -> Iterator[type]:
    """The types with keys of their own that an annotation names."""
    if isinstance(hint, type) and get_origin(hint) is None and inspect.get_annotations(hint):
        yield hint
    for inner in get_args(hint):
        yield from _types(inner)


def _table(kind: type) -> str:
    words = described(kind)
    lines = ["| key | holds | what it is |", "|:--|:--|:--|"]
    lines += [f"| `{key_of(kind, name)}` | {_holds(hint)} | {words[name]} |" for name, hint in fields(kind).items()]
    return "\n".join(lines)


def _holds(hint: Any) -> str:
    """What a key holds, in words."""
    origin, inner = get_origin(hint), [one for one in get_args(hint) if one is not Ellipsis]
    if hint in _WORDS:
        return _WORDS[hint]
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(map(_holds, inner)))
    if origin in (list, tuple):
        return f"list: {', '.join(dict.fromkeys(map(_holds, inner)))}"
    if origin is dict:
        return f"by name: {_holds(inner[1])}"
    return (
        f"[{_heading(hint)}](#{_heading(hint).lower().replace(' ', '-')})" if issubclass(hint, Kind) else hint.__name__
    )


def _heading(kind: type[Kind]) -> str:
    return kind.called[0].upper() + kind.called[1:]


def _about(kind: type) -> str:
    """A type's docstring in one paragraph."""
    return " ".join((inspect.getdoc(kind) or "").split())
