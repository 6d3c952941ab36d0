"""Small pieces that error messages share."""

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


def keras_reason(error: Exception) -> str:
    """Return the first sentence of what Keras stumbled over: it wraps errors in errors, each described at length."""
    text = str(error).rpartition("Exception encountered: ")[2].strip()
    return (text.splitlines() or [type(error).__name__])[0].partition(". ")[0][:_LONGEST_REASON]


def printable(text: str) -> str:
    """Return text in which control characters, which a terminal would obey, are shown as escapes; lines stay lines."""
    return "".join(_escaped(character) if _is_control(character) else character for character in text)


def _is_control(character: str) -> bool:
    # Also what turns the direction of writing around
    return (
        (character < " " and character not in "\n\t")
        or "\x7f" <= character <= "\x9f"
        or "\u202a" <= character <= "\u202e"
        or "\u2066" <= character <= "\u2069"
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
