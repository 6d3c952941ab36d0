"""A step's command follows from its signature, and every rule calls its step with the flags that this has."""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from blocktune.cli.main import parser
from blocktune.files.plain import read_json
from blocktune.files.record import Seal
from blocktune.steps import signature
from blocktune.steps.signature import Reader, Variable, step

RULES = Path(signature.__file__).parents[2] / "rules"


@dataclass(frozen=True)
class Base:
    """What others build on."""

    study: Annotated[str, "the study"]


@dataclass(frozen=True)
class Pair(Base):
    """Two more."""

    store: Annotated[Path, "where runs are"]
    limit: Annotated[str | None, Variable("LIMIT_OF_A_TEST"), "how much, at most"]


@pytest.fixture
def call(monkeypatch):
    """Make a function a step of a program of its own, and call that with words."""
    monkeypatch.setattr(signature, "STEPS", {})
    monkeypatch.setattr(signature, "iter_modules", lambda _: [])

    def made(function, words):
        step()(function)
        program = argparse.ArgumentParser()
        signature.register(program.add_subparsers(required=True))
        options = program.parse_args([function.__name__.replace("_", "-"), *map(str, words)])
        options.func(options)

    return made


def test_every_kind_of_parameter(call, tmp_path, monkeypatch):
    found = {}
    (tmp_path / "a.json").write_text('{"a": 1}')

    def one_step(
        pair: Pair,
        content: Annotated[dict, Reader(read_json)],
        each: list[Annotated[dict, Reader(read_json)]],
        seal: Seal,
        seals: list[Seal],
        mode: Literal["one", "two"],
        files: list[Path] = (),
        size: int | Literal["auto"] = 1,
        share: float = 0.5,
        other: Annotated[dict, Reader(read_json)] | None = None,
    ) -> None:
        """Do it."""
        found.update(locals())

    file = tmp_path / "a.json"
    seal, sealed = Seal({"a": "1"}), tmp_path / "seal.json"
    seal.write(sealed)
    words = ["--study", "s", "--store", "runs", "--content", file, "--each", file, file, "--mode", "two"]
    words += ["--seal", sealed, "--seals", sealed, sealed]
    call(one_step, words)
    assert (found["seal"], found["seals"]) == (seal, [seal, seal])
    assert found["pair"] == Pair("s", Path("runs"), None)
    assert found["content"] == {"a": 1} and found["each"] == [{"a": 1}, {"a": 1}]
    assert (found["mode"], found["files"], found["size"], found["share"], found["other"]) == ("two", [], 1, 0.5, None)
    monkeypatch.setenv("LIMIT_OF_A_TEST", "3")
    call(one_step, [*words, "--files", "x", "y", "--size", "auto", "--share", "0.1", "--other", file])
    assert found["pair"].limit == "3"
    assert (found["files"], found["size"], found["share"]) == ([Path("x"), Path("y")], "auto", 0.1)
    assert found["other"] == {"a": 1}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "required: --number, --name"),
        (["--number", "x", "--name", "one"], "argument --number: invalid int value: 'x'"),
        (["--number", "1", "--name", "three"], "invalid choice: 'three' (choose from"),
    ],
)
def test_what_does_not_fit_is_said(call, capsys, words, said):
    def needs(number: int, name: Literal["one", "two"]) -> None:
        """Need both."""

    with pytest.raises(SystemExit) as ended:
        call(needs, words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_help_is_the_docstring_and_the_texts_of_annotations(call, capsys):
    def told(pair: Pair, share: Annotated[int, "how much of it, in words"] = 3) -> None:
        """Tell 100 % of it."""

    with pytest.raises(SystemExit):
        call(told, ["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in ("Tell 100 % of it.", "--share N how much of it, in words (default 3)", "--study NAME the study"):
        assert words in said
    assert "--limit NAME how much, at most (default $LIMIT_OF_A_TEST)" in said
    assert "--store FOLDER where runs are" in said


def commands():
    """Rule, command and flags of every shell line."""
    for file in sorted(RULES.glob("*.smk")):
        for text in re.split(r"\n(?=rule |checkpoint )", file.read_text(encoding="utf-8")):
            if found := re.search(r"-m blocktune ([\w-]+)", text):
                yield text.split(":")[0], found[1], text


@pytest.mark.parametrize(("rule", "command", "text"), [*commands()], ids=lambda value: value.split("\n")[0])
def test_a_rule_calls_its_step_with_the_flags_that_it_has(rule, command, text):
    (known,) = parser()._subparsers._group_actions
    actions = known.choices[command]._actions
    written = set(re.findall(r"(?<=[\" ])--[\w-]+", text))
    optional = re.findall(r'"(\w+)"', " ".join(re.findall(r"flags_of\((.*?)\),\n", text, re.S)))
    written |= {f"--{name.replace('_', '-')}" for name in optional}
    written |= {"--repeat", "--pixels", "--runs-per-job"} if "planning_flags" in text else set()
    flags = {flag for action in actions for flag in action.option_strings}
    assert written <= flags
    assert {action.option_strings[0] for action in actions if action.required} <= written


def test_every_flag_of_every_step_is_explained():
    (known,) = parser()._subparsers._group_actions
    silent = [
        f"{name} {action.dest}" for name, one in known.choices.items() for action in one._actions if not action.help
    ]
    assert silent == []
