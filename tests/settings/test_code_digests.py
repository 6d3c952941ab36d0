"""The code that a step depends on: what counts as a change, and that no module is forgotten."""

import pytest

from blocktune.settings.code import PACKAGE, STEPS, code_digests, modules, plain

CODE = '''"""Module."""

TEXT = """one

two"""  # a remark


def double(x):
    """Double it."""
    return 2 * x
'''

# Guarded otherwise: settings reach steps as files, trainings have PROTOCOL_VERSION, the rest shows or keeps results
ELSEWHERE = (
    "__init__.py",
    "__main__.py",
    "atomic.py",
    "errors.py",
    "messages.py",
    "utf8.py",
    "settings",
    "deliver",
    "runs",
    "training",
    "cli",
    "tracking",
    "fetch",
    "gpus",
    "watch",
    "cluster",
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a remark", "# another remark"),
        ("Double it.", "Twice it is."),
        ('"""Module."""', '"""Module,\n\nlonger."""'),
        ("\n\n\ndef", "\n\n\n\n\ndef"),
        ("    return", "    # twice\n    return"),
    ],
)
def test_words_for_readers_do_not_count(old, new):
    assert old in CODE
    assert plain(CODE.replace(old, new)) == plain(CODE)


@pytest.mark.parametrize(
    ("old", "new"), [("2 * x", "3 * x"), ("one\n\ntwo", "one\ntwo"), ("one\n\ntwo", "one # \n\ntwo")]
)
def test_code_and_texts_count(old, new):
    assert old in CODE
    assert plain(CODE.replace(old, new)) != plain(CODE)


def test_every_step_has_a_digest_of_its_own():
    digests = code_digests()
    assert set(digests) == set(STEPS)
    assert len(set(digests.values())) == len(STEPS)


def test_no_module_is_forgotten():
    counted = set(modules(place for places in STEPS.values() for place in places))
    assert all(modules([place]) for places in STEPS.values() for place in places)
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE)
        assert path in counted or place.parts[0] in ELSEWHERE, f"{place}: which step's results can it change?"
