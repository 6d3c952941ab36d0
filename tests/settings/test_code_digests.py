"""The code that a step depends on: what counts as a change, and that every module that can change a result does."""

import re
import shutil
from pathlib import Path

import pytest

from blocktune.cli.main import parser
from blocktune.settings.code import NO_RESULTS, PACKAGE, code_digests, groups, modules, plain

RULES = PACKAGE.parent / "rules"
GROUPS = groups()

CODE = '''"""Module."""

TEXT = """one

two"""  # a remark


def double(x):
    """Double it."""
    return 2 * x
'''

# No step's command reaches them: they start, look, or hand over; training has PROTOCOL_VERSION
NO_STEP = (
    *("__init__.py", "__main__.py", "deliver", "training", "analysis/evaluation_words.py", "data/survey.py"),
    *("cli", "steps/models.py", "backbones/imagenet.py"),
    # `blocktune replay` is a command for people
    *(f"replay/{name}.py" for name in ("figure", "play", "referee", "words")),
    "search/methods.py",
    *("files/reference.py", "files/replayed.py"),
    # A model's card and a study's crate name it
    "settings/licences.py",
    # The settings' own files and pages, written when the Snakefile is read
    *(f"settings/{name}.py" for name in ("code", "digests", "looking", "reach", "reference", "schema")),
    *("settings/sections.py", "settings/given_files.py"),
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
    assert set(digests) == set(GROUPS)
    assert len(set(digests.values())) == len(GROUPS)


def rules():
    """Step and command of every rule that has a step's code among its inputs."""
    for file in RULES.glob("*.smk"):
        for text in re.split(r"\n(?=rule |checkpoint )", file.read_text(encoding="utf-8")):
            steps, commands = re.findall(r"\{CODE\}/(\w+)\.json", text), re.findall(r"-m blocktune ([\w-]+)", text)
            yield from ((step, command) for step in steps for command in commands)


def test_every_rule_has_the_digest_of_its_own_command():
    """As the program itself finds the function of a command."""
    (commands,) = parser()._subparsers._group_actions
    found = {group: set() for group in GROUPS}
    for group, command in rules():
        function = commands.choices[command].get_default("step")
        found[group].add(f"{function.__module__.rpartition('.')[2]}.{function.__name__}")
    assert found == {group: set(functions) for group, functions in GROUPS.items()}


@pytest.fixture(scope="module")
def stale(tmp_path_factory):
    """`stale(module)` are the steps whose digest changes with that module alone, in a copy of the package."""
    copy = tmp_path_factory.mktemp("package") / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = code_digests(copy)
    assert before == code_digests()

    def change(module):
        path = copy / module
        content = path.read_bytes()
        path.write_bytes(content + b"\nCHANGED = 1\n")
        after = code_digests(copy)
        path.write_bytes(content)
        return {step for step in GROUPS if after[step] != before[step]}

    return change


@pytest.mark.parametrize(
    ("module", "steps"),
    [
        ("steps/proxy.py", {"proxy"}),
        ("steps/regret.py", {"report"}),
        ("steps/shared.py", set(GROUPS)),
        ("steps/factors.py", {"data", "backbones", "planning", "distances", "report"}),
        ("steps/halving.py", {"planning"}),
        ("steps/rounds.py", {"planning"}),
        ("search/askers/race.py", {"planning"}),
        ("search/belief.py", {"planning"}),
        ("steps/arms.py", {"planning", "arms"}),
        ("replay/collect.py", {"arms"}),
        ("steps/repeats.py", {"planning", "report"}),
        ("steps/signature.py", set(GROUPS)),
        ("runs/history.py", {"planning", "proxy", "report", "arms", "export"}),
        ("surroundings.py", set(GROUPS)),
        ("settings/model.py", set(GROUPS)),
        ("data/decode.py", {"data", "backbones", "distances"}),
        ("candidates/strategies.py", {"planning", "proxy", "report", "arms"}),
        ("analysis/figures/bars.py", {"report"}),
        ("analysis/page/page.css", {"report"}),
        ("analysis/paper_table1.csv", {"report"}),
        ("training/pretrain.py", {"backbones"}),
        ("training/train.py", {"proxy"}),
        ("exporters/csv.py", {"export"}),
        ("training/dry.py", set()),
        ("messages.py", set()),
        ("watch/card.py", set()),
    ],
)
def test_a_change_of_one_module_reaches_the_steps_that_use_it(stale, module, steps):
    assert stale(module) == steps


def test_no_module_is_forgotten(stale):
    """Each is changed alone: no step becomes stale only where nothing that it does is in a result."""
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE)
        if module.name == "__init__.py" or any(module.is_relative_to(place) for place in (*NO_RESULTS, *NO_STEP)):
            continue
        assert stale(module), f"{module}: which step's results can it change?"


def test_what_is_left_out_is_there():
    assert [place for place in (*NO_RESULTS, *NO_STEP) if not (PACKAGE / place).exists()] == []


def test_only_what_a_command_uses_of_a_file_of_commands_is_followed():
    """`cli/planning.py` builds networks for `inspect`, and none for `candidates`."""
    built = PACKAGE / "backbones" / "build.py"
    assert built in modules("backbones")
    assert built not in modules("planning")
    assert Path(PACKAGE, "search", "schedule.py") in modules("planning")
