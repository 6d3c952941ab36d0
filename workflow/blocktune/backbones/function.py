"""A network that a function of the user's makes: `module:function`, called as function(input_shape)."""

import importlib
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import BlocktuneError
from ..messages import nearest
from ..settings.own import allowed_here, require_allowed

_REGISTERED: dict[str, list[str]] = {}


def call_function(name: str, input_shape: tuple[int, int, int]) -> Any:
    """Run the user's code and return what it returns.

    Raises:
        BlocktuneError: code was not allowed to run, there is no such function, or it failed: says where.
    """
    require_allowed([name], allowed_here())
    module_name, _, function_name = name.partition(":")
    module = import_module(module_name)
    function = getattr(module, function_name, None)
    if not callable(function):
        hint = nearest(function_name, [key for key, value in vars(module).items() if callable(value)])
        raise BlocktuneError(f"{module_name} has no function {function_name}{hint} ({module.__file__})")
    with _theirs(f"{name} failed on input_shape {input_shape}", module_name):
        return function(input_shape)


def import_module(name: str) -> ModuleType:
    """Import a module of the user's, which runs its code; the working directory comes before what is installed.

    Layer classes that are defined in it are known to Keras then, without a decorator.

    Raises:
        BlocktuneError: there is none, or it failed.
    """
    with _theirs(f"module {name} can't be imported", name):
        module = importlib.import_module(name)
    register(value for value in vars(module).values() if getattr(value, "__module__", None) == name)
    return module


def register(kinds: Iterable[Any]) -> None:
    """Let Keras find layer classes again by the name of their module, those that nobody has registered.

    What else is among `kinds` is left alone, and so is a class that its module has not.
    """
    from ..known_keras import keras

    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, keras.Layer)) or is_known(kind):
            continue
        if getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind:
            keras.saving.register_keras_serializable(kind.__module__)(kind)
            _REGISTERED.setdefault(kind.__module__, []).append(kind.__name__)


def registered(module: str) -> list[str]:
    """Return the names of a module's classes that Keras knows by `register` alone."""
    there = vars(sys.modules[module]) if module in sys.modules else {}
    return sorted({name for name in _REGISTERED.get(module, []) if name in there})


def is_known(kind: type) -> bool:
    """Whether Keras finds a layer's class again by its name."""
    from ..known_keras import keras

    if kind.__module__.partition(".")[0] == "keras":
        return True
    return keras.saving.get_registered_object(keras.saving.get_registered_name(kind)) is kind


@contextmanager
def _theirs(what: str, module_name: str) -> Iterator[None]:
    """Run the user's code with their folder in Python's path; what goes wrong in it becomes one line."""
    folder = str(Path.cwd())
    sys.path.insert(0, folder)
    try:
        yield
    # It may raise anything, and may try to end the program
    except (Exception, SystemExit) as error:
        raise BlocktuneError(f"{what}: {_told(error, module_name)}") from None
    finally:
        sys.path.remove(folder)


def _told(error: BaseException, module_name: str) -> str:
    """An error's kind and first line, and the place in the user's module where it happened."""
    message = (str(error).strip().splitlines() or [""])[0]
    kind = type(error).__name__ + (f": {message}" if message else "")
    if isinstance(error, SyntaxError):
        return f"{kind} ({error.filename}, line {error.lineno})"
    inside = Path(*module_name.split("."))
    files = (str(inside.with_suffix(".py")), str(inside / "__init__.py"))
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(files)]
    return f"{kind} ({frames[-1].filename}, line {frames[-1].lineno})" if frames else kind
