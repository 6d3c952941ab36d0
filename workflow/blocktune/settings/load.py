"""From a mapping (Snakemake's merged config, or YAML files) to validated settings, or one clear error."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import BlocktuneError
from ..explain import explain
from .execution import Execution
from .model import Settings
from .yaml_file import read_yaml, read_yaml_file, refuse_bomb

Model = TypeVar("Model", bound=BaseModel)


def load_config(config: Mapping[str, Any]) -> tuple[Settings, Execution]:
    """Validate Snakemake's merged config: the study's settings and the execution settings.

    Raises:
        BlocktuneError: names every wrong key, what was given and what is allowed.
    """
    refuse_bomb(config, "settings")
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
        merged = _overlay(merged, read_yaml_file(Path(path)))
    for text in overrides:
        key, equals, value = text.partition("=")
        if not equals:
            raise BlocktuneError(f"--config {text}: must be KEY=VALUE, the value in YAML")
        merged = _overlay(merged, {key: read_yaml(value, f"--config {text}: must be KEY=VALUE, the value in YAML; it")})
    return merged


def validate(model: type[Model], given: Mapping[str, Any], also_allowed: Iterable[str] = ()) -> Model:
    """Return `given` as `model`; on failure raise one BlocktuneError that lists every problem."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        problems = [explain(model, problem, also_allowed) for problem in error.errors()]
        raise BlocktuneError("settings: " + "\nsettings: ".join(dict.fromkeys(problems))) from None


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _overlay(merged[key], value) if both else value
    return merged
