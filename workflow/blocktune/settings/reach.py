"""Which files of the package a command can reach by imports, read from the code without running it.

Of the modules in `steps`, which hold several steps each, only what the step's own function uses is followed; of all
others every import, also those inside functions. A package that loads its modules by name reaches all of them.
"""

import ast
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

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


Place = tuple[Path, str | None]
"""A file of the package: all of it, or, of a module in `steps`, one function."""
Beyond = dict[Place, list[Place]]
"""What each place imports, as far as it was asked: steps have most of it in common."""


def reached(package: Path, functions: Sequence[str], left_out: Collection[str], beyond: Beyond) -> list[Path]:
    """Return the files that steps can reach, sorted.

    Args:
        package: folder of the package.
        functions: as module.function, of modules in `steps`.
        left_out: modules and folders below the package that are neither counted nor followed.
        beyond: what is known already; it grows.

    Raises:
        ValueError: there is no such function.
    """
    found: set[Path] = set()
    waiting: list[Place] = []
    for function in functions:
        module, _, name = function.partition(".")
        path = package / STEPS / f"{module}.py"
        if not any(name in _bound(node) for node in parsed(path.read_bytes()).body):
            raise ValueError(f"{path} has no {name}")
        waiting.append((path, name))
    done: set[Place] = set()
    while waiting:
        place = waiting.pop()
        if place in done or _room(package, place[0]) in left_out:
            continue
        done.add(place)
        found.add(place[0])
        if place not in beyond:
            beyond[place] = list(_beyond(package, *place))
        waiting += beyond[place]
    beside = {
        folder: [file for file in folder.iterdir() if file.suffix in _DATA]
        for folder in {path.parent for path in found}
    }
    for path in [path for path in found if beside[path.parent]]:
        text = path.read_text(encoding="utf-8")
        found |= {file for file in beside[path.parent] if file.name in text}
    folders = {path.parent for path in found} - {package}
    return sorted(found | {folder / "__init__.py" for folder in folders})


def _beyond(package: Path, path: Path, function: str | None) -> Iterator[Place]:
    """What a place imports."""
    source = path.read_bytes()
    if path.name == "__init__.py" and b"import_module(" in source:
        yield from ((module, None) for module in path.parent.glob("[!_.]*.py"))
    names_alone = _room(package, path) == _NAMES_ALONE[0]
    for imported in _imports_of(source) if function is None else _used(source, function):
        for target, name in _targets(package, path, imported):
            if not (names_alone and _room(package, target) == _NAMES_ALONE[1]):
                yield target, name if target.parent == package / STEPS else None


# Remembered by content: digests are made again and again, of the same files
@cache
def parsed(source: bytes) -> ast.Module:
    """Return code as a tree, which must not be changed."""
    return ast.parse(source)


@cache
def _imports_of(source: bytes) -> list[_Import]:
    return _imports(parsed(source))


def _imports(node: ast.AST) -> list[_Import]:
    """All imports from the package below a node, without those for type checkers alone."""
    found, waiting = [], [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ast.If) and ast.unparse(inner.test).endswith("TYPE_CHECKING"):
            waiting += inner.orelse
            continue
        if isinstance(inner, ast.ImportFrom) and inner.level:
            module = "." * inner.level + (inner.module or "")
            found += [_Import(module, alias.name, alias.asname or alias.name) for alias in inner.names]
        waiting += ast.iter_child_nodes(inner)
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


def _room(package: Path, path: Path) -> str:
    return path.relative_to(package).parts[0]


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


def _targets(package: Path, path: Path, imported: _Import) -> Iterator[Place]:
    """Files that an import reads: the module, or a package with what it is asked for; and the name in a module."""
    dots = len(imported.module) - len(imported.module.lstrip("."))
    place = path.parents[dots - 1].joinpath(*filter(None, imported.module.lstrip(".").split(".")))
    if place.with_suffix(".py").is_file():
        yield place.with_suffix(".py"), imported.name
        return
    if (place / f"{imported.name}.py").is_file():
        yield place / f"{imported.name}.py", None
    if (place / "__init__.py").is_file() and place != package:
        yield place / "__init__.py", imported.name
