"""From pydantic's problems to lines that name the key, what was given and what is allowed."""

import reprlib
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from .messages import nearest

_SAID_PLAINLY = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "invalid_key": "a key must be text",
}
_LONGEST_VALUE = 120
# Names and keys that messages quote may be thousands of characters: what it is about comes first, what is allowed last
_BEGINNING, _END = 900, 400
# Keys of earlier versions, by what they are called now
_RENAMED = {
    "photographs": "images",
    "reference_photographs": "reference_images",
    "compared_photographs": "compared_images",
    "colour": "color",
}
# Python refuses to write larger numbers out, and nobody reads them
_MOST_BITS = 400


class _Short(reprlib.Repr):
    """`repr` that stays short whatever it is given: values may be long, deep, or hold themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = 12
        self.maxstring = self.maxother = 4 * _LONGEST_VALUE

    def repr_int(self, value: int, _: int) -> str:
        """A number, or how long it is."""
        if value.bit_length() > _MOST_BITS:
            return f"a number of about {value.bit_length() * 3 // 10} digits"
        return repr(value)


_SHORT = _Short()


def explain(model: type, problem: Mapping[str, Any], also_allowed: Iterable[str]) -> str:
    """Return one line on `problem`, an entry of `ValidationError.errors()`; a long one lacks its middle.

    The model is what was validated, a pydantic model or dataclass; its level takes the keys of `also_allowed`, too.
    """
    line = _line(model, problem, also_allowed)
    return line if len(line) <= _BEGINNING + _END else f"{line[:_BEGINNING]} ... {line[-_END:]}"


def _line(model: type, problem: Mapping[str, Any], also_allowed: Iterable[str]) -> str:
    where = _dotted(problem["loc"])
    kind = problem["type"]
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        parent = _model_at(model, problem["loc"][:-1])
        allowed = list(fields_of(parent)) if parent else []
        if parent is model:
            allowed += also_allowed
        given = str(problem["loc"][-1])
        renamed = _RENAMED.get(given)
        hint = f" (it is called {renamed} now)" if renamed in allowed else nearest(given, allowed)
        return f"unknown key {where}{hint}; allowed here: {', '.join(allowed)}"
    if kind == "missing":
        return f"{where} is missing"
    message = _message(model, problem)
    given = _SHORT.repr(problem["input"])
    of_a_section = isinstance(problem["input"], Mapping) and _model_at(model, problem["loc"]) is not None
    if not of_a_section:
        if len(given) > _LONGEST_VALUE:
            given = given[:_LONGEST_VALUE] + " ..."
        message += "" if given in message else f" (given: {given})"
    return f"{where}: {message}" if where else message


def _message(model: type, problem: Mapping[str, Any]) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind in _SAID_PLAINLY:
        return _SAID_PLAINLY[kind]
    if kind in ("model_type", "dataclass_type"):
        section = _model_at(model, problem["loc"])
        return f"must be a mapping of keys; allowed here: {', '.join(fields_of(section)) if section else ''}"
    if kind == "too_short":
        return f"must have at least {context['min_length']} entries, not {context['actual_length']}"
    if kind in ("too_long", "string_too_long"):
        of = "characters" if isinstance(problem["input"], str) else "entries"
        return f"must have at most {context['max_length']} {of}, not {len(problem['input'])}"
    message = problem["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    if kind == "literal_error" and isinstance(problem["input"], str):
        choices = [text.strip("'") for text in context["expected"].replace(" or ", ", ").split(", ")]
        message += nearest(problem["input"], choices)
    return message


def _dotted(location: Iterable[str | int]) -> str:
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = part.isprintable() and 0 < len(part) <= _LONGEST_VALUE
            shown = part if plain else _SHORT.repr(part[:_LONGEST_VALUE])
            text += f".{shown}" if text else shown
    return text


def fields_of(model: Any) -> dict[str, Any]:
    """Return what each key of a pydantic model, dataclass or typed dictionary holds; empty for anything else."""
    if hasattr(model, "__pydantic_fields__"):
        return {key_of(model, name): field.annotation for name, field in model.__pydantic_fields__.items()}
    return get_type_hints(model) if is_typeddict(model) else {}


def key_of(model: Any, name: str) -> str:
    """Return the key of a field in files: its name, unless that is a word of Python's own (`class`)."""
    field = getattr(model, "__pydantic_fields__", {}).get(name)
    return (field and field.alias) or name


def held(annotation: Any) -> Any:
    """Return what a list, tuple or mapping holds, None for anything else."""
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    return arguments[-1] if get_origin(annotation) in (list, tuple, dict) and arguments else None


def _model_at(model: type, location: Iterable[str | int]) -> type | None:
    """The section that a location names; None for a plain value."""
    current: Any = model
    for part in location:
        fields = fields_of(current)
        current = _section_or_list(fields.get(part) if fields else held(current))
    return current if fields_of(current) else None


def _section_or_list(annotation: Any) -> Any:
    """Of alternatives the one that has something inside."""
    if get_origin(annotation) in (Union, UnionType):
        return next((one for one in get_args(annotation) if fields_of(one) or held(one)), None)
    return annotation
