"""A step is one typed function: its command, its flags and how they are read follow from its signature and docstring.

| annotation | flag |
|---|---|
| `Path` | a file; a folder, where the name is `store`, `folder` or ends in it |
| a kind of JSON file (`files`) | a file; the step gets what it holds |
| `Annotated[T, Reader(function)]` | a file; the step gets what `function(path)` returns |
| `int`, `float`, `str`, `Literal[...]`, `int | Literal["auto"]` | one value |
| `list[...]` of these | several; none is an error unless the default is empty |
| `... | None = None`, or any other default | may be left out |
| `Annotated[..., Variable(name)]` | may be left out, and is then that environment variable |
| a dataclass | the flags of all its fields |

A text in `Annotated` is the flag's help.
"""

import argparse
import inspect
import os
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from ..described import described, summary
from ..files.kind import JsonFile

Function = TypeVar("Function", bound=Callable[..., None])

STEPS: dict[str, Callable[..., None]] = {}
"""All steps by the names of their commands."""


class Reader(NamedTuple):
    """Makes a parameter of a step the content of a file."""

    read: Callable[[Path], Any]


class Variable(NamedTuple):
    """Names the environment variable that a flag is when it is left out."""

    name: str


def step(code: str | None = None) -> Callable[[Function], Function]:
    """Make a function a step of the workflow.

    Args:
        code: which digest of code a change of this step belongs to (`settings.code`); None for what none guards.
    """

    def known(function: Function) -> Function:
        STEPS[function.__name__.replace("_", "-")] = function
        return function

    return known


def register(commands: argparse._SubParsersAction) -> None:
    """Add a command for every step of this package's modules."""
    for module in iter_modules([str(Path(__file__).parent)]):
        import_module(f".{module.name}", __package__)
    for name, function in STEPS.items():
        words = summary(function)
        parser = commands.add_parser(name, help=words[0].lower() + words[1:], description=f"{words}.")
        make = _filled(parser, function)
        parser.set_defaults(func=make, step=function)


def _filled(parser: argparse.ArgumentParser, called: Callable[..., Any]) -> Callable[[argparse.Namespace], Any]:
    """Add the flags of a function's or dataclass's parameters; return what calls it with them."""
    makers: dict[str, Callable[[argparse.Namespace], Any]] = {}
    for name, hint, default, words in _parameters(called):
        if is_dataclass(hint) and not _is_file(hint):
            makers[name] = _filled(parser, hint)
            continue
        told, read = _flag(name, hint, default, words)
        parser.add_argument(f"--{name.replace('_', '-')}", **told)
        makers[name] = lambda options, name=name, read=read: read(getattr(options, name))
    return lambda options: called(**{name: make(options) for name, make in makers.items()})


def _parameters(called: Callable[..., Any]) -> Iterator[tuple[str, Any, Any, str]]:
    """Name, annotation, default and description of each parameter."""
    hints, words = get_type_hints(called, include_extras=True), described(called)
    if is_dataclass(called):
        for field in fields(called):
            yield field.name, hints[field.name], field.default, words.get(field.name, "")
        return
    for name, parameter in inspect.signature(called).parameters.items():
        default = MISSING if parameter.default is inspect.Parameter.empty else parameter.default
        yield name, hints[name], default, words.get(name, "")


def _flag(name: str, hint: Any, default: Any, words: str) -> tuple[dict[str, Any], Callable[[Any], Any]]:
    """What argparse is told of a parameter, and what makes the parameter's value from what argparse found."""
    options: dict[str, Any] = {"required": default is MISSING}
    inner, extras = _bare(hint)
    read: Callable[[Any], Any] = _as_it_is
    for extra in extras:
        if isinstance(extra, Variable):
            default, options["required"] = os.environ.get(extra.name), False
            words = f"{words} (default ${extra.name})"
        if isinstance(extra, Reader):
            read, inner = extra.read, Path
    if _is_file(inner):
        read, inner = inner.read, Path
    if get_origin(inner) is list:
        of_one, read_one = _flag(name, get_args(inner)[0], MISSING, words)
        options |= {key: of_one[key] for key in ("type", "choices", "metavar") if key in of_one}
        options["nargs"] = "*" if default is not MISSING else "+"
        read = partial(_each, read_one)
    else:
        options |= _one(name, inner)
    if default is not MISSING:
        options["default"] = default
        if not any(isinstance(extra, Variable) for extra in extras) and default not in (None, ()):
            words = f"{words} (default {default})"
    options["help"] = words.replace("%", "%%")
    return options, lambda value: None if value is None else read(value)


def _is_file(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, JsonFile)


def _as_it_is(value: Any) -> Any:
    return value


def _each(read: Callable[[Any], Any], values: list[Any]) -> list[Any]:
    return [read(value) for value in values]


def _bare(hint: Any) -> tuple[Any, list[Any]]:
    """An annotation without `| None`, and what `Annotated` says of it."""
    extras: list[Any] = []
    while True:
        if get_origin(hint) is Annotated:
            hint, *more = get_args(hint)
            extras += more
        elif get_origin(hint) in (Union, UnionType) and type(None) in get_args(hint):
            hint = Union[tuple(part for part in get_args(hint) if part is not type(None))]  # noqa: UP007
        else:
            return hint, extras


def _one(name: str, kind: Any) -> dict[str, Any]:
    """What argparse is told of one value."""
    if kind is Path:
        folder = name in ("store", "directory") or name.endswith("folder")
        return {"type": Path, "metavar": "FOLDER" if folder else "FILE"}
    if get_origin(kind) is Literal:
        return {"choices": list(get_args(kind))}
    if get_origin(kind) in (Union, UnionType):
        (number, text) = get_args(kind)
        return {
            "type": lambda given: given if given in get_args(text) else number(given),
            "metavar": "|".join(["N", *get_args(text)]),
        }
    if kind not in (int, float, str):
        raise TypeError(f"{name}: {kind} is no kind of flag; the table above has them")
    return {"type": kind, "metavar": {int: "N", float: "X"}.get(kind, "NAME")}
