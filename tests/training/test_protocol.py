"""The training code and the protocol version go together: runs of old code must not pass for runs of new code."""

import ast
import hashlib
import json
from pathlib import Path

import pytest

import blocktune
from blocktune.runs.spec import PROBE_VERSION, PROTOCOL_VERSION

PACKAGE = Path(blocktune.__file__).parent
RECORD = Path(__file__).with_name("protocol.json")
FILES = (
    *(
        f"training/{name}.py"
        for name in (
            "process",
            "train",
            "compiled",
            "loop",
            "assemble",
            "augment",
            "phases",
            "optimizer",
            "schedule",
            "feed",
            "features",
            "freeze",
            "head",
            "prefix",
            "record",
            "temperature",
            "lora",
            "checkpoint",
        )
    ),
    *(f"backbones/{name}.py" for name in ("build", "pixels", "tiny")),
)
PROBE_RECORD = RECORD.with_name("probe.json")
PROBE_FILES = ("training/probe.py", "training/probe_run.py")


def meaning(path):
    """The code of a file without comments, docstrings and formatting."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            first = body[0].value
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                body[:1] = [ast.Pass()]
    return ast.dump(tree)


def digest(files=FILES):
    return hashlib.sha256("\n".join(meaning(PACKAGE / name) for name in files).encode()).hexdigest()


@pytest.mark.parametrize(
    ("name", "version", "files", "record"),
    [
        ("PROTOCOL_VERSION", PROTOCOL_VERSION, FILES, RECORD),
        ("PROBE_VERSION", PROBE_VERSION, PROBE_FILES, PROBE_RECORD),
    ],
)
def test_training_code_changes_only_together_with_its_version(name, version, files, record):
    recorded = json.loads(record.read_text(encoding="utf-8"))
    assert recorded == {"version": version, "digest": digest(files)}, (
        f"The training code changed. If a run's numbers can change, raise {name} in runs/spec.py; if you have "
        f"shown that they can't, leave it. Then write {{'version': {version}, 'digest': '{digest(files)}'}} "
        f"to {record.name}."
    )


def test_comments_and_docstrings_are_no_change(tmp_path):
    one, other, third = (tmp_path / name for name in ("a.py", "b.py", "c.py"))
    one.write_text('def f(x):\n    """Text."""\n    return x + 1\n')
    other.write_text('def f(x):\n    """Other."""\n    # why\n    return (x + 1)\n')
    third.write_text('def f(x):\n    """Text."""\n    return x + 2\n')
    assert meaning(one) == meaning(other)
    assert meaning(one) != meaning(third)
