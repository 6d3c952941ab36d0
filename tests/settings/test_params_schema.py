"""The JSON schema for editors is what the models say."""

import json
from pathlib import Path

import pytest

from blocktune.settings.schema import schema, schema_text, write_schema

FILE = Path(__file__).parents[2] / "workflow" / "schema" / "params.schema.json"


def test_the_file_is_up_to_date():
    again = f"blocktune schema --output {FILE.relative_to(FILE.parents[2])}"
    assert FILE.read_text(encoding="utf-8") == schema_text(), f"write it again: {again}"


def test_it_is_written_where_asked(tmp_path):
    write_schema(tmp_path / "new" / "schema.json")
    assert json.loads((tmp_path / "new" / "schema.json").read_text(encoding="utf-8")) == schema()


def sections() -> dict:
    return {"Settings": schema(), **schema()["$defs"]}


@pytest.mark.parametrize("name", sections())
def test_every_section_is_closed_and_every_key_described(name):
    section = sections()[name]
    assert section["additionalProperties"] is False
    assert section["description"]
    undescribed = [key for key, value in section["properties"].items() if not {"description", "$ref"} & set(value)]
    assert undescribed == []  # a section that is referred to describes itself


def test_bounds_are_in_the_words_of_json_schema():
    rate = schema()["$defs"]["Training"]["properties"]["learning_rate"]
    assert (rate["type"], rate["exclusiveMinimum"], rate["maximum"]) == ("number", 0, 10)


def test_the_files_point_to_it():
    root = FILE.parents[2]
    for path in [root / "params.yaml", *(root / "presets").glob("*.yaml")]:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        target = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / target).resolve() == FILE
