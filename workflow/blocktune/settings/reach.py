"""Which files of the package a command can reach by imports, read from the code without running it.

Of the modules in `steps`, which hold several steps each, only what the step's own function uses is followed; of all
others every import, also those inside functions. A package that loads its modules by name reaches all of them.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from posixpath import dirname
from typing import NamedTuple

from ..garbage import no_search_for_garbage

STEPS = "steps"
"""Folder of the steps."""
# Settings take names from there, to know which are allowed; what the names stand for, others import
_NAMES_ALONE = ("settings", "candidates")
# Beside modules, what they read: tables, templates, lists
_DATA = (".csv", ".css", ".j2", ".js", ".yaml")


class _Import(NamedTuple):
    """A name that code binds by importing: from which module of the package, and as what."""

    module: str
    name: str
    bound: str


_Place = tuple[str, str | None]
"""A file of the package: all of it, or, of a module in `steps`, one function."""


class Code:
    """The code of a package as it is now.

    Attributes:
        files: content by name below the package, such as `steps/report.py`; filled when a file is asked for.
    """

    def __init__(self, package: Path) -> None:
        self._package = package
        self._present = {path.relative_to(package).as_posix() for path in package.rglob("*.*")}
        self._beside: dict[str, list[str]] = {}
        for name in sorted(self._present):
            if name.endswith(_DATA):
                self._beside.setdefault(dirname(name), []).append(name)
        self.files: dict[str, bytes] = {}
        # Steps have most of it in common
        self._beyond: dict[_Place, list[_Place]] = {}

    def steps(self) -> list[str]:
        """Return the modules that hold the steps."""
        return sorted(name for name in self._present if dirname(name) == STEPS and name.endswith(".py"))

    def source(self, name: str) -> bytes:
        """Return a file's content."""
        if name not in self.files:
            self.files[name] = (self._package / name).read_bytes()
        return self.files[name]

    def reached(self, functions: Sequence[str], left_out: Collection[str]) -> list[str]:
        """Return the files that steps can reach, in a fixed order.

        Args:
            functions: as module.function, of modules in `steps`.
            left_out: modules and folders below the package that are neither counted nor followed.

        Raises:
            ValueError: there is no such function.
        """
        waiting: list[_Place] = []
        for function in functions:
            module, _, name = function.partition(".")
            path = f"{STEPS}/{module}.py"
            if name not in _defined(self.source(path)):
                raise ValueError(f"{path} has no {name}")
            waiting.append((path, name))
        done: set[_Place] = set()
        while waiting:
            place = waiting.pop()
            if place in done or _room(place[0]) in left_out:
                continue
            done.add(place)
            if place not in self._beyond:
                self._beyond[place] = list(self._imported(*place))
            waiting += self._beyond[place]
        found = {name for name, _ in done}
        for name in list(found):
            found |= {file for file in self._beside.get(dirname(name), []) if _says(self.source(name), file)}
        found |= {f"{folder}/__init__.py" for folder in map(dirname, found) if folder}
        return sorted(found, key=lambda name: name.split("/"))

    def _imported(self, path: str, function: str | None) -> Iterator[_Place]:
        """What a place imports."""
        source = self.source(path)
        if path.endswith("/__init__.py") and b"import_module(" in source:
            folder = dirname(path)
            modules = (name for name in self._present if dirname(name) == folder and name.endswith(".py"))
            yield from ((name, None) for name in modules if not name.startswith(f"{folder}/_"))
        names_alone = _room(path) == _NAMES_ALONE[0]
        for imported in _imports_of(source) if function is None else _used(source, function):
            for target, name in self._targets(path, imported):
                if not (names_alone and _room(target) == _NAMES_ALONE[1]):
                    yield target, name if dirname(target) == STEPS else None

    def _targets(self, path: str, imported: _Import) -> Iterator[_Place]:
        """Files that an import reads: the module, or a package with what it is asked for; and the name in a module."""
        module = imported.module.lstrip(".")
        folders = path.split("/")[: -(len(imported.module) - len(module))]
        place = "/".join([*folders, *filter(None, module.split("."))])
        if f"{place}.py" in self._present:
            yield f"{place}.py", imported.name
            return
        below = f"{place}/" if place else ""
        if f"{below}{imported.name}.py" in self._present:
            yield f"{below}{imported.name}.py", None
        if place and f"{place}/__init__.py" in self._present:
            yield f"{place}/__init__.py", imported.name


# Remembered by content: digests are made again and again, of the same files
@cache
def parsed(source: bytes) -> ast.Module:
    """Return code as a tree, which must not be changed."""
    with no_search_for_garbage():
        return ast.parse(source)


def _says(source: bytes, file: str) -> bool:
    """Whether code names a file."""
    return file.rpartition("/")[2].encode() in source


@cache
def _defined(source: bytes) -> list[str]:
    return [name for node in parsed(source).body for name in _bound(node)]


@cache
def _imports_of(source: bytes) -> list[_Import]:
    return _imports(parsed(source))


def _imports(node: ast.AST) -> list[_Import]:
    """All imports from the package in a node's statements, without those for type checkers alone."""
    found, waiting = [], [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ast.If) and ast.unparse(inner.test).endswith("TYPE_CHECKING"):
            waiting += inner.orelse
            continue
        if isinstance(inner, ast.ImportFrom) and inner.level:
            module = "." * inner.level + (inner.module or "")
            found += [_Import(module, alias.name, alias.asname or alias.name) for alias in inner.names]
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            inside = getattr(inner, part, ())
            # A conditional expression has one node there, and a lambda
            waiting += inside if isinstance(inside, list) else ()
    return found


@cache
def _used(source: bytes, function: str) -> list[_Import]:
    """What a function of a file uses of the package, with all that it uses of the file itself."""
    body = parsed(source).body
    at_top = [node for node in body if isinstance(node, ast.ImportFrom)]
    above = {imported.bound: imported for node in at_top for imported in _imports(node)}
    local = {name: node for node in body for name in _bound(node)}
    found: list[_Import] = []
    waiting, done = [function], set()
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        if name in above:
            found.append(above[name])
        elif name in local:
            found += _imports(local[name])
            waiting += _names(local[name])
    return found


def _room(path: str) -> str:
    return path.partition("/")[0]


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return [inner.id for target in targets for inner in ast.walk(target) if isinstance(inner, ast.Name)]
    return []


def _names(node: ast.AST) -> Iterator[str]:
    """Names that code uses, annotations and decorators among them."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
