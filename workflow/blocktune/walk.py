"""The one walk through a user's folders of images: what is read, and what is left out and why."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from .messages import printable

HIDDEN, LITTER = "hidden", "left behind by an operating system"
AGAIN = "a link to a folder that is read already or lies above"
_LITTER = {
    *("__macosx", ".ds_store", "icon\r", "@eadir"),
    *("$recycle.bin", "system volume information", "thumbs.db", "ehthumbs.db", "desktop.ini"),
}
_MOST_NAMES = 5

Parts = tuple[str, ...]
"""The folders of a relative name, then its own name."""


@dataclass(frozen=True)
class LeftOut:
    """A file or a folder that is not read."""

    # A part of a file (`files.dataset`): there an unknown key is an error
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: Annotated[str, "relative to where the walk began; a folder's ends in `/`"]
    reason: Annotated[str, "in words that a list of such names can follow"]
    files: Annotated[int, "how many files that are"] = 1


@dataclass(frozen=True)
class Walk:
    """What lies below a folder.

    Attributes:
        files: sorted; also links that lead nowhere and what is no ordinary file, so that who reads them can name them.
        folders: names of the folders directly below, hidden ones aside, sorted.
        left_out: what is not read, sorted by name.
    """

    files: list[Parts]
    folders: list[str]
    left_out: list[LeftOut]


def walk(folder: Path) -> Walk:
    """Find every file below a folder, at any depth.

    Links to folders are followed. What lies below one folder directly inside counts once, also where several links lead
    there, and a link to a folder above is left out: the walk ends, and no class holds another.

    Raises:
        OSError: a folder can't be listed.
    """
    files, left_out = [], []
    above = {_identity(place) for place in (folder.absolute(), *folder.resolve().parents)}
    folders = []
    for name, is_folder, _ in _entries(folder):
        if reason := why_not(name):
            left_out.append(_unread(folder / name, (name,), reason, is_folder))
        elif is_folder:
            folders.append(name)
            _below(folder, name, above, files, left_out)
        else:
            files.append((name,))
    return Walk(sorted(files), sorted(folders), sorted(left_out, key=lambda entry: entry.name))


def why_not(name: str) -> str | None:
    """Return why a file or a folder of this name is not read, None if it is."""
    if name.casefold() in _LITTER or name.startswith("._"):
        return LITTER
    return HIDDEN if name.startswith(".") else None


def told(left_out: Iterable[LeftOut]) -> list[str]:
    """Return a line for each reason: how many files, and the first names."""
    by_reason: dict[str, list[LeftOut]] = {}
    for entry in left_out:
        by_reason.setdefault(entry.reason, []).append(entry)
    return [_line(reason, entries) for reason, entries in by_reason.items()]


def _line(reason: str, entries: Sequence[LeftOut]) -> str:
    names = ", ".join(printable(entry.name).replace("\n", "\\n") for entry in entries[:_MOST_NAMES])
    more = f" and {len(entries) - _MOST_NAMES} more" if len(entries) > _MOST_NAMES else ""
    files = sum(entry.files for entry in entries)
    count = f", {files} file{'' if files == 1 else 's'}" if files else ""
    return f"left out{count} ({reason}): {names}{more}"


def _below(top: Path, name: str, above: set, files: list[Parts], left_out: list[LeftOut]) -> None:
    """Walk through one of the folders directly inside: first what really lies there, then what links lead to."""
    seen = set(above)
    real: deque[Parts] = deque([(name,)])
    links: deque[Parts] = deque()
    while real or links:
        parts = real.popleft() if real else links.popleft()
        place = top.joinpath(*parts)
        identity = _identity(place)
        if identity in seen:
            left_out.append(LeftOut("/".join(parts) + "/", AGAIN, 0))
            continue
        seen.add(identity)
        for entry, is_folder, is_link in _entries(place):
            inside = (*parts, entry)
            if reason := why_not(entry):
                left_out.append(_unread(place / entry, inside, reason, is_folder))
            elif is_folder:
                (links if is_link else real).append(inside)
            else:
                files.append(inside)


def _entries(place: Path) -> Iterator[tuple[str, bool, bool]]:
    """Name of each entry of a folder, sorted, whether it is or leads to a folder, and whether it is a link."""
    with os.scandir(place) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        yield entry.name, _leads_to_folder(entry), entry.is_symlink()


def _leads_to_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _unread(place: Path, parts: Parts, reason: str, is_folder: bool) -> LeftOut:
    if not is_folder:
        return LeftOut("/".join(parts), reason)
    files = 0 if place.is_symlink() else sum(len(names) for _, _, names in os.walk(place))
    return LeftOut("/".join(parts) + "/", reason, files)


def _identity(place: Path) -> tuple[int, int]:
    facts = place.stat()
    return facts.st_dev, facts.st_ino
