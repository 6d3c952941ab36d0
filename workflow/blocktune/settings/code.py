"""The code that each step depends on, as one digest a step: a change of it makes the step's results anew.

Snakemake sees a rule's own text, not the package behind it. Comments, docstrings and empty lines don't count. Training
has no digest here: what it computes has a version of its own (`runs.spec.PROTOCOL_VERSION`), a part of every run's id.
"""

import ast
import hashlib
import io
import tokenize
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

_COUNTS = (".py", ".csv", ".j2", ".css", ".js")

# Folders and files of the package, by the step whose results they can change
STEPS: dict[str, tuple[str, ...]] = {
    "data": ("data", "cells.py", "walk.py"),
    "backbones": ("backbones", "data/subsets.py", "data/source_pictures.py", "training/pretrain.py"),
    "planning": ("cells.py", "candidates", "factors", "runs/plan.py", "runs/spec.py", "runs/estimate.py", "search"),
    "proxy": ("training/proxy.py", "training/gradient.py", "training/graft.py", "search/prior.py"),
    "distances": ("analysis/factors/source_distance.py", "training/frozen_features.py", "cli/factor_distances.py"),
    "report": (
        "cells.py",
        "analysis",
        *(
            f"cli/{name}.py"
            for name in (
                "factor_results",
                "report",
                "results",
                "recommending",
                "webpage",
                "reliability",
                "optimism",
                "audit",
            )
        ),
    ),
}


def code_digests() -> dict[str, str]:
    """Return the sha256 of every step's code, by step."""
    return {step: _digest(step) for step in STEPS}


@lru_cache
def _digest(step: str) -> str:
    digest = hashlib.sha256()
    for path in modules(STEPS[step]):
        content = path.read_bytes()
        text = plain(content.decode()).encode() if path.suffix == ".py" else content
        digest.update(f"{path.relative_to(PACKAGE).as_posix()} {len(text)}\n".encode() + text)
    return digest.hexdigest()


def modules(places: Iterable[str]) -> list[Path]:
    """Return the files below folders of the package, and files named themselves, in a fixed order."""
    found: set[Path] = set()
    for place in places:
        path = PACKAGE / place
        inside = path.rglob("*") if path.is_dir() else [path]
        found.update(file for file in inside if file.suffix in _COUNTS and file.is_file())
    return sorted(found)


def plain(source: str) -> str:
    """Return Python code without comments, docstrings, empty lines and spaces at line ends."""
    lines = source.splitlines()
    for start, end in _comments(source):
        lines[start[0] - 1] = lines[start[0] - 1][: start[1]] + lines[start[0] - 1][end[1] :]
    tree = ast.parse(source)
    alone = [node for node in ast.walk(tree) if _stands_alone(node)]
    for node in alone:
        if not lines[node.lineno - 1][: node.col_offset].strip():
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    # An empty line inside a text is part of the text
    texts = {node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr)}
    texts -= {node.value for node in alone}
    kept = {number for node in texts for number in range(node.lineno - 1, node.end_lineno)}
    return "\n".join(line.rstrip() for number, line in enumerate(lines) if line.strip() or number in kept) + "\n"


def _comments(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [(token.start, token.end) for token in tokens if token.type == tokenize.COMMENT]


def _stands_alone(node: ast.AST) -> bool:
    """Whether a node is a text that stands alone as a statement: a docstring, also that of a constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
