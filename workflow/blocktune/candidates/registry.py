"""Registries of strategies and baselines: what a class must say is looked for as they are made."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from ..errors import BlocktuneError


class _Keyed(Protocol):
    key: str


Kind = TypeVar("Kind", bound=_Keyed)


def by_key(members: Sequence[Kind], needed: Sequence[str]) -> dict[str, Kind]:
    """Return members, an instance of each class, by their keys, in the given order.

    Raises:
        BlocktuneError: a class lacks an attribute that is needed, or two have one key.
    """
    found: dict[str, Kind] = {}
    for member in members:
        name = type(member).__name__
        if lacking := [one for one in needed if not getattr(member, one, None)]:
            raise BlocktuneError(f"{type(member).__module__}: the class {name} has no {' and no '.join(lacking)}")
        if other := found.get(member.key):
            raise BlocktuneError(
                f"{type(member).__module__}: the classes {type(other).__name__} and {name} both have the key "
                f"{member.key!r}; each needs one of its own"
            )
        found[member.key] = member
    return found
