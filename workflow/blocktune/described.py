"""What is said of each parameter of a function or field of a class: a text in its `Annotated`."""

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints


def described(documented: Callable[..., Any]) -> dict[str, str]:
    """Return the description of each parameter of a function, or field of a class and its bases, by name."""
    hints = get_type_hints(documented, include_extras=True)
    return {
        name: text
        for name, hint in hints.items()
        for text in getattr(hint, "__metadata__", ())
        if isinstance(text, str)
    }


def summary(documented: Callable[..., Any]) -> str:
    """Return the first line of a docstring without its full stop."""
    return (inspect.getdoc(documented) or "").partition("\n")[0].rstrip(".")
