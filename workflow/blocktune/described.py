"""What docstrings say of each parameter (Args) or field (Attributes)."""

import inspect
import re
from collections.abc import Callable
from typing import Any

from typing_extensions import is_typeddict


def described(documented: Callable[..., Any]) -> dict[str, str]:
    """Return the description of each parameter of a function, or field of a class and its bases, by name."""
    found: dict[str, str] = {}
    # At run time typed dictionaries are no subclasses of what they are made of
    for base in getattr(documented, "__orig_bases__", ()):
        found |= described(base) if is_typeddict(base) else {}
    for one in reversed(documented.__mro__) if isinstance(documented, type) else [documented]:
        _, *parts = re.split(r"^(?:Args|Attributes):$", inspect.cleandoc(one.__doc__ or ""), flags=re.M)
        listed = parts[0].split("\n\n")[0] if parts else ""
        entries = re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", listed, flags=re.M)
        found |= {name: re.sub(r"\s+", " ", words).rstrip(".") for name, words in entries}
    return found


def summary(documented: Callable[..., Any]) -> str:
    """Return the first line of a docstring without its full stop."""
    return (inspect.getdoc(documented) or "").partition("\n")[0].rstrip(".")
