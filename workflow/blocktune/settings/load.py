"""From a mapping (Snakemake's merged config, or YAML files) to validated settings, or one clear error."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import BlocktuneError
from .execution import Execution
from .explain import explain
from .model import Settings

Model = TypeVar("Model", bound=BaseModel)


def load_config(config: Mapping[str, Any]) -> tuple[Settings, Execution]:
    """Validate Snakemake's merged config: the study's settings and the execution settings.

    Raises:
        BlocktuneError: names every wrong key, what was given and what is allowed.
    """
    execution_keys = list(Execution.model_fields)
    execution = {key: value for key, value in config.items() if key in execution_keys}
    science = {key: value for key, value in config.items() if key not in execution_keys}
    return validate(Settings, science, also_allowed=execution_keys), validate(Execution, execution)


def load_files(paths: Iterable[Path]) -> Settings:
    """Read YAML files, later ones laid over earlier ones (lists replace, mappings merge), and validate.

    Raises:
        BlocktuneError: as `load_config`, and for a file that is missing or no YAML mapping.
    """
    return load_config(read_files(paths))[0]


def read_files(paths: Iterable[Path], overrides: Iterable[str] = ()) -> dict[str, Any]:
    """Read YAML files, later ones laid over earlier ones, and over these KEY=VALUE texts, as `--config` takes them.

    Raises:
        BlocktuneError: a file is missing or no YAML mapping, or a text is not KEY=VALUE.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        merged = _overlay(merged, _read_yaml(Path(path)))
    for text in overrides:
        key, equals, value = text.partition("=")
        try:
            merged = _overlay(merged, {key: yaml.safe_load(value)})
        except yaml.YAMLError:
            equals = ""
        if not equals:
            raise BlocktuneError(f"--config {text}: must be KEY=VALUE, the value in YAML")
    return merged


def validate(model: type[Model], given: Mapping[str, Any], also_allowed: Iterable[str] = ()) -> Model:
    """Return `given` as `model`; on failure raise one BlocktuneError that lists every problem."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        problems = [explain(model, problem, also_allowed) for problem in error.errors()]
        raise BlocktuneError("settings: " + "\nsettings: ".join(dict.fromkeys(problems))) from None


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BlocktuneError(f"settings file {path} does not exist (looked in {path.absolute().parent})") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BlocktuneError(f"settings file {path} can't be read: {error}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise BlocktuneError(f"settings file {path} holds a {type(content).__name__}; a mapping of keys is needed")
    return content


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _overlay(merged[key], value) if both else value
    return merged
