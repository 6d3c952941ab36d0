"""Kinds of extension whose members are files of a folder: what settings need of them is read without running them.

Search methods that score (`scorers`) and those that train round by round (`search/askers`), sources of images
(`data/sources`) and programs that runs are looked at with (`exporters`) are such. A member's name is its file's. The
file's first words, up to a colon, say what it is. Constants of the module tell the rest.
"""

import ast
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from ..errors import BlocktuneError

_PACKAGE = Path(__file__).parents[1]
SCORERS = _PACKAGE / "scorers"
ASKERS = _PACKAGE / "search" / "askers"
SOURCES = _PACKAGE / "data" / "sources"
EXPORTERS = _PACKAGE / "exporters"


class Member(NamedTuple):
    """A member of a kind.

    Attributes:
        words: what it is, the beginning of its docstring.
        constants: by name, those of its module that are plain values.
    """

    words: str
    constants: dict[str, Any]


@cache
def members(folder: Path) -> dict[str, Member]:
    """Return the members in a folder by name, in alphabetical order."""
    found = {}
    for path in sorted(folder.glob("[!_.]*.py")):
        tree = ast.parse(path.read_bytes())
        words = (ast.get_docstring(tree) or "").partition(":")[0]
        constants = {
            ast.unparse(node.targets[0]): node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        }
        found[path.stem] = Member(words[:1].lower() + words[1:], constants)
    return found


def member_class(module: ModuleType, name: str) -> Any:
    """Return the class that a member's module holds; its name is the same for all members of a kind.

    Raises:
        BlocktuneError: the file has no such class.
    """
    found = getattr(module, name, None)
    if not isinstance(found, type):
        raise BlocktuneError(f"{Path(module.__file__).relative_to(_PACKAGE)} has no class {name}")
    return found


def listed(folder: Path) -> str:
    """Return the members as a description of a setting lists them."""
    return ", ".join(f"`{name}` ({member.words})" for name, member in members(folder).items())


def scorers() -> list[str]:
    """Return the names of the search methods that score candidates without training each."""
    return list(members(SCORERS))


def askers() -> list[str]:
    """Return the names of the search methods that train whole candidates round by round."""
    return list(members(ASKERS))


def scorer_looks_at(name: str) -> str:
    """Return which images a method's scores come from: `validation`, `training` or `nothing` (its `LOOKS_AT`).

    Raises:
        BlocktuneError: its file does not say, or says something else.
    """
    return _said(SCORERS, name, "LOOKS_AT", ("validation", "training", "nothing"))


def asker_together(name: str) -> int | None:
    """Return how many trainings a method's round has at most (its `TOGETHER`); None: the whole budget."""
    return members(ASKERS)[name].constants.get("TOGETHER")


def sources() -> list[str]:
    """Return the names of the sources of images."""
    return list(members(SOURCES))


def source_path(name: str) -> str | None:
    """Return what a source's `data.path` is, `file` or `folder` (its `PATH`); None for one that has no path.

    Raises:
        BlocktuneError: its file does not say, or says something else.
    """
    return _said(SOURCES, name, "PATH", ("file", "folder", None))


def _said(folder: Path, name: str, constant: str, allowed: tuple[Any, ...]) -> Any:
    constants = members(folder)[name].constants
    where = (folder / f"{name}.py").relative_to(_PACKAGE)
    choice = f"{', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}"
    if constant not in constants:
        raise BlocktuneError(f"{where} has no {constant}: a line {constant} = {choice} is needed")
    if constants[constant] not in allowed:
        raise BlocktuneError(f"{where}: {constant} is {constants[constant]!r}; allowed: {choice}")
    return constants[constant]


def exporters() -> list[str]:
    """Return the names of what a study can be exported to."""
    return list(members(EXPORTERS))
