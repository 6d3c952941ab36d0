"""Every kind of file: what is written is read again, and nothing else is taken for it."""

import json

import pytest
from kind_examples import EXAMPLES
from made_up import (
    made_candidate,
    made_plan,
    made_spec,
)
from pydantic import TypeAdapter, ValidationError

from blocktune.described import described
from blocktune.errors import BlocktuneError
from blocktune.explain import key_of
from blocktune.files.factor_tables import ResponseRow
from blocktune.files.kind import CsvFile, JsonFile
from blocktune.files.plan import ArmPlan, Plan, PlannedCell, read_plan
from blocktune.files.reference import fields, files_page, kinds, sections
from blocktune.files.winners import Winners

UNKNOWN = "unknown key zzzz; allowed here: "
JSON = [kind for kind in kinds() if issubclass(kind, JsonFile)]
TABLES = [kind for kind in kinds() if issubclass(kind, CsvFile)]


@pytest.mark.parametrize("kind", JSON, ids=lambda kind: kind.__name__)
def test_what_is_written_is_read_again_and_written_alike(kind, tmp_path):
    example, file = EXAMPLES[kind], tmp_path / "deep" / "file.json"
    example.write(file)
    assert kind.read(file) == example
    assert kind.read(file).text() == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [kind for kind in JSON if not kind.root], ids=lambda kind: kind.__name__)
def test_a_file_of_another_kind_is_one_error_that_names_file_and_key(kind, tmp_path):
    file = tmp_path / "file.json"
    content = json.loads(EXAMPLES[kind].text())
    known, *_ = content
    for changed, said in (
        ({**content, "zzzz": 1}, "unknown key zzzz; allowed here: "),
        ({name: value for name, value in content.items() if name != known}, f"{known} is missing"),
        ({**content, known: {"x": 0.5}}, f"{known}"),
        ([], "must be a mapping of keys; allowed here: "),
    ):
        file.write_text(json.dumps(changed), encoding="utf-8")
        with pytest.raises(BlocktuneError) as refused:
            kind.read(file)
        (line,) = str(refused.value).splitlines()
        assert line.startswith(f"{file} is no {kind.called} of this version of blocktune: ") and said in line


@pytest.mark.parametrize("kind", JSON, ids=lambda kind: kind.__name__)
def test_a_damaged_or_missing_file_is_one_error_that_names_it(kind, tmp_path):
    file = tmp_path / "file.json"
    for content in (None, b"", EXAMPLES[kind].text().encode()[:-5], b"\xff\xfe", b"[" * 10_000):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(BlocktuneError, match=r"^can't read .*file\.json: ."):
            kind.read(file)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_section_is_closed(kind):
    for section in sections(kind):
        # One key per factor, whatever factors there are
        if not issubclass(section, tuple) and section is not PlannedCell:
            with pytest.raises(ValidationError) as refused:
                TypeAdapter(section).validate_python({"zzzz": 1})
            kinds_of_problem = {problem["type"] for problem in refused.value.errors() if problem["loc"] == ("zzzz",)}
            assert kinds_of_problem & {"extra_forbidden", "unexpected_keyword_argument"}, section


def test_a_wrong_key_deep_inside_is_named_with_where_it_is(tmp_path):
    plan = made_plan([made_candidate("lw")])
    content = json.loads(plan.text())
    content["runs"]["lw1"]["training"]["batch_sise"] = content["candidates"][0]["partameters"] = 1
    (tmp_path / "search.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BlocktuneError) as refused:
        Plan.read(tmp_path / "search.json")
    assert "unknown key runs.lw1.training.batch_sise (did you mean 'batch_size'?); allowed here: " in str(refused.value)
    assert "unknown key candidates[0].partameters (did you mean 'parameters'?); allowed here: " in str(refused.value)


def test_in_a_file_that_is_a_mapping_itself_what_is_wrong_is_named_by_its_key(tmp_path):
    content = json.loads(EXAMPLES[Winners].text())
    del content["bw"]["run"]
    (tmp_path / "winners.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BlocktuneError, match=r"winners\.json is no list of winners .*: bw\.run is missing$"):
        Winners.read(tmp_path / "winners.json")


def test_plans_of_arms_are_told_by_their_folder(tmp_path):
    for place, kind in (("net/search.json", Plan), ("net/factors/own.json", ArmPlan)):
        EXAMPLES[kind].write(tmp_path / place)
        assert read_plan(tmp_path / place) == EXAMPLES[kind]


def test_not_a_number_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        made_spec({"learning_rate": float("nan")}).write(tmp_path / "spec.json")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_what_a_table_holds_is_read_again_and_written_alike(kind, tmp_path):
    file = tmp_path / "table.csv"
    file.write_text(kind.table(EXAMPLES[kind]), encoding="utf-8", newline="")
    assert kind.read(file) == EXAMPLES[kind]
    assert kind.table(kind.read(file)) == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", TABLES, ids=lambda kind: kind.__name__)
def test_another_table_is_one_error_that_names_line_and_column(kind, tmp_path):
    head, *lines = kind.table(EXAMPLES[kind]).splitlines()
    first, *_ = head.split(",")
    for text, said in (
        # One column per factor and response, whatever there are
        *([] if kind is ResponseRow else [("\n".join([f"{head},zzzz", *(f"{line},x" for line in lines)]), UNKNOWN)]),
        ("\n".join([head.replace(first, "x", 1), *lines]), f"{first} is missing"),
        # Without lines, too
        ("hello", f"{first} is missing"),
        ("\n".join([f"{head},{first}", *(f"{line},x" for line in lines)]), f"{first}: the column stands twice"),
        # An empty line counts
        ("\n".join([head, "", lines[0], lines[1][:5]]), r"line 4 is no .*: it has \d cells, not \d+"),
        ("\n".join([head, f"{lines[0]},more"]), r"line 2 is no .*: it has \d+ cells, not \d+"),
    ):
        said = said if said.startswith("line") else f"is no {kind.called} of .*{said}"
        (tmp_path / "table.csv").write_text(text + "\n", encoding="utf-8", newline="")
        with pytest.raises(BlocktuneError, match=rf"^.*table\.csv,? {said}[^\n]*$"):
            kind.read(tmp_path / "table.csv")
    for content in (None, b"\xff\xfe,\n", b"", b"\n", kind.table(EXAMPLES[kind])[:-1].encode()):
        (tmp_path / "table.csv").unlink()
        if content is not None:
            (tmp_path / "table.csv").write_bytes(content)
        with pytest.raises(BlocktuneError, match=r"^can't read .*table\.csv: ."):
            kind.read(tmp_path / "table.csv")
        (tmp_path / "table.csv").touch()


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_key_is_described(kind):
    for part in (kind, *sections(kind)):
        assert described(part).keys() == fields(part).keys()


def test_the_reference_has_every_kind_and_key():
    page = files_page()
    for kind in kinds():
        assert f"\n`{kind.place}`, written by `{kind.writer}`." in page
        for part in (kind, *sections(kind)):
            assert all(f"\n| `{key_of(part, name)}` | " in page for name in fields(part))
