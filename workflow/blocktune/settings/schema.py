"""The JSON schema of `params.yaml` and the presets, for editors: completion, descriptions, misspelt keys underlined."""

import json
from pathlib import Path
from typing import Any

from ..files.plain import write_text
from .model import Settings

# pydantic leaves the bounds of our number kinds under its own names, because a check for booleans comes before them
_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}
_NO_JSON_SCHEMA = {"allow_inf_nan"}


def schema() -> dict[str, Any]:
    """Return the schema of `Settings`; no key is required at the top, so that it serves overlays too."""
    result = _standard_words(Settings.model_json_schema())
    del result["required"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **result}


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(path: Path) -> None:
    """Write the schema to `path`."""
    write_text(path, schema_text())


def _standard_words(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            _BOUNDS.get(key, key): _standard_words(value) for key, value in node.items() if key not in _NO_JSON_SCHEMA
        }
    if isinstance(node, list):
        return [_standard_words(value) for value in node]
    return node
