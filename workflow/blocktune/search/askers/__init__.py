"""Search methods that train whole candidates, round by round: a file here is one, named as in `search.method`.

A file holds a class `Method` derived from `SearchMethod`. Its docstring's first words, up to a colon, describe it in
the settings. In a study every training goes to its end, and `search.budget` ends the search in any case. On a table of
arms (`blocktune replay`) the same class is asked the same questions.
"""

from importlib import import_module

from ...errors import BlocktuneError
from ...settings.members import askers, member_class
from ..method import SearchMethod


def asker_named(name: str) -> SearchMethod:
    """Return the method in the file of that name.

    Raises:
        BlocktuneError: there is none, or its file has no class Method.
    """
    if name not in askers():
        raise BlocktuneError(f"no method {name!r} trains round by round; there are {', '.join(askers())}")
    return member_class(import_module(f".{name}", __name__), "Method")()
