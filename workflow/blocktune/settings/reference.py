"""The reference of all settings as Markdown, made from the models that check them."""

from typing import Any

from .schema import schema

_PAGE = """# Settings

Every key of `params.yaml`, made from the code that checks it. Overlays name only what they change
([presets](../presets.md)). Numbers with an exponent need a point: `1.0e-4`.
"""

_TYPES = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true, false", "null": "null"}
_BOUNDS = {"exclusiveMinimum": "above", "minimum": "from", "exclusiveMaximum": "below", "maximum": "to"}


def settings_page() -> str:
    """Return a page with a table per section."""
    whole = schema()
    properties, definitions = whole["properties"], whole["$defs"]
    plain = {name: about for name, about in properties.items() if _section(about, definitions) is None}
    parts = [_PAGE, _table(plain, definitions)]
    for name, about in properties.items():
        section = _section(about, definitions)
        if section is not None:
            parts += _part(name, about.get("description") or section.get("description", ""), section, definitions)
    return "\n\n".join(parts) + "\n"


def _part(name: str, words: str, section: dict[str, Any], definitions: dict[str, Any]) -> list[str]:
    """A section's heading, table, and the sections inside it."""
    properties = section["properties"]
    inner = {key: found for key, about in properties.items() if (found := _section(about, definitions)) is not None}
    here = {key: about for key, about in properties.items() if key not in inner}
    parts = [f"## {name}", words, _table(here, definitions)]
    for key, found in inner.items():
        parts += _part(f"{name}.{key}", properties[key].get("description", ""), found, definitions)
    return parts


def _section(about: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any] | None:
    """The section that a key holds, also as the entries of a list; None for a plain value."""
    reference = about.get("$ref") or about.get("items", {}).get("$ref")
    if reference is None:
        return None
    found = definitions[reference.rsplit("/", 1)[-1]]
    return found if "properties" in found else None


def _table(properties: dict[str, Any], definitions: dict[str, Any]) -> str:
    lines = ["| key | default | allowed | what it is |", "|:--|:--|:--|:--|"]
    for key, about in properties.items():
        default = f"`{_shown(about['default'])}`" if "default" in about else "must be given"
        lines.append(
            f"| `{key}` | {default} | {_allowed(about, definitions)} | {_cell(about.get('description', ''))} |"
        )
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _allowed(about: dict[str, Any], definitions: dict[str, Any]) -> str:
    """What a key's schema allows, in words."""
    if "$ref" in about:
        return _allowed(definitions[about["$ref"].rsplit("/", 1)[-1]], definitions)
    if "pattern" in about and "title" in about and "enum" not in about:
        return about["title"]
    if "anyOf" in about:
        return " or ".join(dict.fromkeys(_allowed(one, definitions) for one in about["anyOf"]))
    if "enum" in about:
        return ", ".join(f"`{value}`" for value in about["enum"])
    if "const" in about:
        return f"`{about['const']}`"
    if about.get("type") == "array":
        items = about.get("items") or (about.get("prefixItems") or [{}])[0]
        return f"list of {_allowed(items, definitions)}" if items else "list"
    bounds = [f"{words} {about[key]}" for key, words in _BOUNDS.items() if key in about]
    return " ".join([_TYPES.get(about.get("type", ""), "any"), *bounds])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
