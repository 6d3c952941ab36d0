"""Small pieces that error messages share."""

import re
from collections.abc import Iterable
from difflib import get_close_matches


def nearest(given: str, allowed: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the allowed name nearest to `given`, or nothing."""
    names = {name.lower(): name for name in allowed}
    found = get_close_matches(given.lower(), names, n=1, cutoff=0.6)
    return f" (did you mean {names[found[0]]!r}?)" if found else ""


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, or its kind if it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


_LONGEST_REASON = 200
# But a line end and a tab; also what turns the direction of writing around
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def keras_reason(error: Exception) -> str:
    """Return the first sentence of what Keras stumbled over: it wraps errors in errors, each described at length."""
    text = str(error).rpartition("Exception encountered: ")[2].strip()
    return (text.splitlines() or [type(error).__name__])[0].partition(". ")[0][:_LONGEST_REASON]


def printable(text: str) -> str:
    """Return text in which control characters, which a terminal would obey, are shown as escapes; lines stay lines."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
