"""The training code and the protocol version go together: runs of old code must not pass for runs of new code."""

import ast
import hashlib
import json
from pathlib import Path

import blocktune
from blocktune.runs.spec import PROTOCOL_VERSION

PACKAGE = Path(blocktune.__file__).parent
RECORD = Path(__file__).with_name("protocol.json")
FILES = (
    *(
        f"training/{name}.py"
        for name in (
            "process",
            "train",
            "assemble",
            "augment",
            "phases",
            "optimizer",
            "feed",
            "features",
            "freeze",
            "head",
            "prefix",
            "record",
            "checkpoint",
        )
    ),
    *(f"backbones/{name}.py" for name in ("build", "pixels", "tiny")),
)


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


def digest():
    return hashlib.sha256("\n".join(meaning(PACKAGE / name) for name in FILES).encode()).hexdigest()


def test_training_code_changes_only_together_with_the_protocol_version():
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    assert recorded == {"version": PROTOCOL_VERSION, "digest": digest()}, (
        "The training code changed. If a run's numbers can change, raise PROTOCOL_VERSION in runs/spec.py; if you have "
        f"shown that they can't, leave it. Then write {{'version': {PROTOCOL_VERSION}, 'digest': '{digest()}'}} "
        f"to {RECORD.name}."
    )


def test_comments_and_docstrings_are_no_change(tmp_path):
    one, other, third = (tmp_path / name for name in ("a.py", "b.py", "c.py"))
    one.write_text('def f(x):\n    """Text."""\n    return x + 1\n')
    other.write_text('def f(x):\n    """Other."""\n    # why\n    return (x + 1)\n')
    third.write_text('def f(x):\n    """Text."""\n    return x + 2\n')
    assert meaning(one) == meaning(other)
    assert meaning(one) != meaning(third)
