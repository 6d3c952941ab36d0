"""The code that each step depends on, as one digest a step: a change of it makes the step's results anew.

Snakemake sees a rule's own text, not the package behind it. What counts is what a step's function can reach by imports
(`reach`), without comments, docstrings and empty lines. Training has no digest here: what it computes has a version of
its own (`runs.spec.PROTOCOL_VERSION`), a part of every run's id.
"""

import ast
import hashlib
import io
import tokenize
from functools import cache
from pathlib import Path

from .reach import STEPS, Beyond, parsed, reached

PACKAGE = Path(__file__).parents[1]

# Show, guard or keep what others compute, and use the machine: they change no result
NO_RESULTS = (
    *("described.py", "errors.py", "explain.py", "messages.py", "notices.py", "opening.py", "utf8.py", "atomic.py"),
    *("gpus", "tracking", "fetch", "watch", "cluster"),
)
# Settles what every command computes with
_EVERYWHERE = "surroundings.py"
# What these steps compute depends on training's code; elsewhere it has its version
_THAT_TRAIN = ("backbones", "proxy", "distances")


def code_digests(package: Path = PACKAGE) -> dict[str, str]:
    """Return the sha256 of the code behind every group of steps, by group."""
    steps, beyond = groups(package), Beyond()
    return {group: _digest(_modules(group, package, steps, beyond), package) for group in steps}


def groups(package: Path = PACKAGE) -> dict[str, list[str]]:
    """Return the steps that share a digest, as module.function, by the group that each says it belongs to.

    Read from the code (`@step("report")`) without running it.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((package / STEPS).glob("[!_.]*.py")):
        for node in parsed(path.read_bytes()).body:
            for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "step":
                    for group in (argument.value for argument in mark.args if isinstance(argument, ast.Constant)):
                        found.setdefault(group, []).append(f"{path.stem}.{node.name}")
    return found


def modules(group: str, package: Path = PACKAGE) -> list[Path]:
    """Return the files that can change the results of a group of steps, in a fixed order."""
    return _modules(group, package, groups(package), Beyond())


def _modules(group: str, package: Path, steps: dict[str, list[str]], beyond: Beyond) -> list[Path]:
    left_out = NO_RESULTS if group in _THAT_TRAIN else (*NO_RESULTS, "training")
    return sorted([*reached(package, steps[group], left_out, beyond), package / _EVERYWHERE])


def _digest(files: list[Path], package: Path) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = _counting(path)
        digest.update(f"{path.relative_to(package).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _counting(path: Path) -> bytes:
    content = path.read_bytes()
    return plain(content.decode()).encode() if path.suffix == ".py" else content


@cache
def plain(source: str) -> str:
    """Return Python code without comments, docstrings, empty lines and spaces at line ends."""
    lines = source.splitlines()
    for start, end in _comments(source):
        lines[start[0] - 1] = lines[start[0] - 1][: start[1]] + lines[start[0] - 1][end[1] :]
    nodes = list(ast.walk(parsed(source.encode())))
    alone = [node for node in nodes if _stands_alone(node)]
    for node in alone:
        if not lines[node.lineno - 1][: node.col_offset].strip():
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    # An empty line inside a text is part of the text
    texts = {node for node in nodes if isinstance(node, ast.Constant | ast.JoinedStr)}
    texts -= {node.value for node in alone}
    kept = {number for node in texts for number in range(node.lineno - 1, node.end_lineno)}
    return "\n".join(line.rstrip() for number, line in enumerate(lines) if line.strip() or number in kept) + "\n"


def _comments(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    # Many files have none, and tokens take longest
    if "#" not in source:
        return []
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [(token.start, token.end) for token in tokens if token.type == tokenize.COMMENT]


def _stands_alone(node: ast.AST) -> bool:
    """Whether a node is a text that stands alone as a statement: a docstring, also that of a constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
