"""Packages import only what stands left of them in the list of docs/how-it-works.md: no circle, no arrow upward."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workflow" / "blocktune"
PAGE = (ROOT / "docs" / "how-it-works.md").read_text(encoding="utf-8")
ORDER = re.search(r"the package: `([a-z ]+)`", PAGE)[1].split()
# Modules beside the packages: pieces that all may use, and the command line's door
SHARED = {path.stem for path in PACKAGE.glob("*.py")} - {"__main__", "opening"} | {"__version__"}


def imported(path):
    """Packages and modules of blocktune that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.level:
            place = path.parents[node.level - 1].relative_to(PACKAGE).parts
            names = [*place, *(node.module or "").split(".")]
            yield from [names[0]] if names[0] else [alias.name for alias in node.names]


def test_every_package_is_listed():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert sorted(ORDER) == sorted([*folders, "opening"])


@pytest.mark.parametrize("package", ORDER)
def test_imports_point_to_the_left(package):
    allowed = {*ORDER[: ORDER.index(package) + 1], *SHARED}
    files = sorted((PACKAGE / package).rglob("*.py")) or [PACKAGE / f"{package}.py"]
    upward = {
        f"{path.relative_to(PACKAGE)}: {name}" for path in files for name in imported(path) if name not in allowed
    }
    assert upward == set()


@pytest.mark.parametrize("module", sorted(SHARED - {"__init__", "__version__"}))
def test_what_all_use_uses_none_of_them(module):
    assert {*imported(PACKAGE / f"{module}.py")} <= SHARED
