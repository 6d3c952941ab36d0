"""A network of the user's own, as the settings name it: a saved model, a function in a module, or one of keras-hub.

Nothing here imports Keras or runs the user's code.
"""

import os
import re
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from ..errors import BlocktuneError

SAVED = ".keras"
HUB = "hub:"
"""Begins the name of a backbone of keras-hub: the name of a preset follows, or the path of its folder."""
_FUNCTION = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*"

# By this variable jobs know what the execution setting `allow_code` allows
ALLOW_CODE = "BLOCKTUNE_ALLOW_CODE"

# For the JSON schema: what `name` may be besides a constructor
NAME_PATTERNS = [
    {"type": "string", "pattern": r"\.keras$", "title": "the path of a model saved by Keras (.keras)"},
    {"type": "string", "pattern": f"^{_FUNCTION}$", "title": "module:function"},
    {"type": "string", "pattern": f"^{HUB}", "title": "a backbone of keras-hub: hub:PRESET, or hub:path/to/folder"},
]


def is_saved(name: str) -> bool:
    """Whether a backbone's name is the path of a model saved by Keras."""
    return name.endswith(SAVED) and not is_hub(name)


def is_function(name: str) -> bool:
    """Whether a backbone's name is `module:function`."""
    return re.fullmatch(_FUNCTION, name) is not None and not is_hub(name)


def is_hub(name: str) -> bool:
    """Whether a backbone's name means one of keras-hub."""
    return name.startswith(HUB)


def hub_folder(name: str) -> Path | None:
    """Return the folder of a preset of keras-hub; None for one that keras-hub knows by its name."""
    preset = name.removeprefix(HUB)
    return Path(preset) if is_hub(name) and "/" in preset else None


def is_own(name: str) -> bool:
    """Whether a backbone's name means a network of the user's own."""
    return is_saved(name) or is_function(name) or is_hub(name)


def module_of(name: str) -> str:
    """Return the module of `module:function`."""
    return name.partition(":")[0]


def code_files(name: str) -> list[Path]:
    """Return the file of a function's module, of a package all files in it, without importing anything.

    The study's folder (the working directory) comes before what is installed.

    Raises:
        BlocktuneError: there is no such module.
    """
    module = module_of(name)
    inside = Path(*module.split("."))
    for base in (Path(), *map(Path, sys.path)):
        place = base / inside
        if place.with_suffix(".py").is_file():
            return [place.with_suffix(".py")]
        if (place / "__init__.py").is_file():
            return sorted(place.rglob("*.py"))
    # Some installed modules are found by other means than a look into folders. A folder without code is none of them,
    # nor has a module that is no package others inside
    spec = find_spec(module.partition(".")[0])
    if spec is None or spec.origin is None or ("." in module and spec.submodule_search_locations is None):
        raise BlocktuneError(
            f"no module {module} (looked for {inside.with_suffix('.py').absolute()} and among the installed ones)"
        )
    return []


def require_allowed(names: Iterable[str], allowed: bool) -> None:
    """Refuse functions unless their code may run.

    Raises:
        BlocktuneError: says how to allow it.
    """
    functions = [name for name in names if is_function(name)]
    if functions and not allowed:
        raise BlocktuneError(
            f"backbone {functions[0]} is a function: to build it, its module's code runs. If you trust that code, "
            "allow it: `allow_code: true` in a settings file or profile, or snakemake --config allow_code=true; for "
            "`blocktune plan`: --allow-code"
        )


def allowed_here() -> bool:
    """Whether the environment says that this process may run a function's code."""
    return os.environ.get(ALLOW_CODE) == "1"


def allow_here() -> None:
    """Let this process and those that it starts run a function's code."""
    os.environ[ALLOW_CODE] = "1"
