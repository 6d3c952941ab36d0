"""The code that each step depends on, as one digest a step: a change of it makes the step's results anew.

Snakemake sees a rule's own text, not the package behind it. What counts is what a step's function can reach by imports
(`reach`), without comments, docstrings and empty lines. Training has no digest here: what it computes has a version of
its own (`runs.spec.PROTOCOL_VERSION`), a part of every run's id.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

from .reach import Code, parsed

PACKAGE = Path(__file__).parents[1]

# Show, guard or keep what others compute, and use the machine: they change no result
NO_RESULTS = (
    *("described.py", "errors.py", "explain.py", "garbage.py", "messages.py"),
    *("notices.py", "opening.py", "utf8.py", "atomic.py"),
    *("gpus", "tracking", "fetch", "watch", "cluster"),
)
# Settles what every command computes with
_EVERYWHERE = "surroundings.py"
# What these steps compute depends on training's code; elsewhere it has its version
_THAT_TRAIN = ("backbones", "proxy", "distances")


def code_digests(package: Path = PACKAGE) -> dict[str, str]:
    """Return the sha256 of the code behind every group of steps, by group."""
    code = Code(package)
    digests = {group: _digest(_modules(group, steps, code), code) for group, steps in _groups(code).items()}
    # Python goes through what is left more than once when it ends, and took most of a second for the trees
    parsed.cache_clear()
    return digests


def groups(package: Path = PACKAGE) -> dict[str, list[str]]:
    """Return the steps that share a digest, as module.function, by the group that each says it belongs to.

    Read from the code (`@step("report")`) without running it.
    """
    return _groups(Code(package))


def modules(group: str, package: Path = PACKAGE) -> list[Path]:
    """Return the files that can change the results of a group of steps, in a fixed order."""
    code = Code(package)
    return [package / name for name in _modules(group, _groups(code)[group], code)]


def _groups(code: Code) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in code.steps():
        for group, step in _marked(code.source(path)):
            found.setdefault(group, []).append(f"{Path(path).stem}.{step}")
    return found


@cache
def _marked(source: bytes) -> list[tuple[str, str]]:
    """Group and name of each step of a module."""
    return [
        (argument.value, node.name)
        for node in parsed(source).body
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "step"
        for argument in mark.args
        if isinstance(argument, ast.Constant)
    ]


def _modules(group: str, steps: list[str], code: Code) -> list[str]:
    left_out = NO_RESULTS if group in _THAT_TRAIN else (*NO_RESULTS, "training")
    return sorted([*code.reached(steps, left_out), _EVERYWHERE], key=lambda name: name.split("/"))


def _digest(files: list[str], code: Code) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = code.source(path)
        counts = plain(content.decode()).encode() if path.endswith(".py") else content
        digest.update(f"{path} {len(counts)}\n".encode() + counts)
    return digest.hexdigest()


@cache
def plain(source: str) -> str:
    """Return Python code without comments, docstrings, empty lines and spaces at line ends."""
    lines = source.splitlines()
    nodes = list(ast.walk(parsed(source.encode())))
    texts = [node for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr)]
    for number, line in enumerate(lines, 1):
        if "#" in line:
            lines[number - 1] = _without_comment(line, number, texts)
    alone = [node for node in nodes if _stands_alone(node)]
    for node in alone:
        if not lines[node.lineno - 1][: node.col_offset].strip():
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    # An empty line inside a text is part of the text
    docstrings = {node.value for node in alone}
    kept = {number for node in texts if node not in docstrings for number in range(node.lineno - 1, node.end_lineno)}
    return "\n".join(line.rstrip() for number, line in enumerate(lines) if line.strip() or number in kept) + "\n"


def _without_comment(line: str, number: int, texts: list[ast.expr]) -> str:
    """Return a line up to its comment, which begins at the first # that stands in no text."""
    place = -1
    while (place := line.find("#", place + 1)) >= 0:
        # Nodes count bytes
        here = number, len(line[:place].encode())
        if not any(
            (text.lineno, text.col_offset) <= here < (text.end_lineno or 0, text.end_col_offset or 0) for text in texts
        ):
            return line[:place]
    return line


def _stands_alone(node: ast.AST) -> bool:
    """Whether a node is a text that stands alone as a statement: a docstring, also that of a constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
