"""The kinds of value that settings are made of.

Snakemake's `--config` hands nested values over as text, so numbers may come as text; nothing else is converted.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ..messages import nearest

_DATASET_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.+/:-]*$"


class Section(BaseModel):
    """A closed section: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number is needed here, not true or false")
    return value


def _empty_is_none(value: Any) -> Any:
    return None if value in ("", "null", "~") else value


def _each_once(values: list) -> list:
    twice = dict.fromkeys(str(value) for value in values if values.count(value) > 1)
    if twice:
        raise ValueError(f"lists {', '.join(twice)} more than once: {values}")
    return values


def _dataset_name(name: str) -> str:
    if not re.fullmatch(_DATASET_NAME, name):
        raise ValueError(f"must begin with a letter or digit and hold only these and _ . + / : - (given: {name!r})")
    return name


def _none_or_two(units: tuple[int, ...]) -> tuple[int, ...]:
    if len(units) == 1:
        raise ValueError(f"must be the units of two hidden layers, or [] for none (given: {list(units)})")
    return units


def _one_line(text: str) -> str:
    """No line ends, escape sequences or zeros: what is shown in terminals and tables, and what files are called."""
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in text):
        raise ValueError(f"must not hold line ends or other control characters (given: {text[:120]!r})")
    return text


def _weightless_or_classes(value: Any) -> Any:
    if value == "weightless":
        return value
    classes = value if isinstance(value, list) else []
    if not classes or not all(isinstance(name, str) and name for name in classes):
        hint = nearest(value, ["weightless"]) if isinstance(value, str) else ""
        raise ValueError(f"must be `weightless` or a list of Keras class names, e.g. [MaxPooling2D, Activation]{hint}")
    return value


Whole = Annotated[int, BeforeValidator(_no_bool)]
Number = Annotated[float, BeforeValidator(_no_bool), Field(allow_inf_nan=False)]
# Below what NumPy and TensorFlow count with
_MOST = 2**31
Count = Annotated[Whole, Field(ge=1, lt=_MOST)]
FromZero = Annotated[Whole, Field(ge=0, lt=_MOST)]
Units = Annotated[Whole, Field(ge=1, le=65_536)]
HiddenUnits = Annotated[tuple[Units, ...], Field(max_length=2), AfterValidator(_none_or_two)]
Epochs = Annotated[Whole, Field(ge=1, le=100_000)]
Seed = FromZero
LearningRate = Annotated[Number, Field(gt=0, le=10)]
Share = Annotated[Number, Field(gt=0, lt=1)]
EachOnce = AfterValidator(_each_once)
Digits = Annotated[list[Annotated[Whole, Field(ge=0, le=9)]], Field(min_length=2), EachOnce]
# The name of a folder is made of it
DatasetName = Annotated[
    str, Field(max_length=150, json_schema_extra={"pattern": _DATASET_NAME}), AfterValidator(_dataset_name)
]
Delimiters = Annotated[Literal["weightless"] | list[str], BeforeValidator(_weightless_or_classes)]
Line = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_one_line)]
# Of a value that may be null, which `--config` hands over as text
OrNull = BeforeValidator(_empty_is_none)
OptionalText = Annotated[Line | None, OrNull]
