"""The layout `<class>/<image>`, shared by archives and folders."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import BlocktuneError
from ..messages import printable
from ..walk import LeftOut, Parts

_BESIDE, _EMPTY = "beside the class folders", "class folders without images"
# What people call the parts of a split that they made beforehand
_GIVEN = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_BESIDE_A_PART = {"set", "data", "dataset", "images", "imgs", "pictures", "photos", "split", ""}


@dataclass(frozen=True)
class Layout:
    """Which files are images of which class.

    Attributes:
        rows: the files as they are called where they lie, each with its row: sorted by class, then by name.
        classes: names of the class folders, those without files included, sorted.
        left_out: files beside the class folders, and class folders without files.
    """

    rows: dict[Parts, int]
    classes: list[str]
    left_out: list[LeftOut]


def arrange(files: Iterable[Parts], where: str, folders: Iterable[str] = (), least: int = 2, first: str = "") -> Layout:
    """Give each image its row, so that every source agrees on the order: by class, then by name, both composed (NFC).

    Args:
        files: parts of each file's name, the class first. A file beside the class folders (a licence) has one part.
        where: how an error message names the source.
        folders: class folders, with files or without.
        least: how many classes with files there must be.
        first: what a user must do before naming a folder inside.

    Raises:
        BlocktuneError: there are too few classes, two names look the same, a name can't be shown, or the folders are
            the parts of a split and no classes.
    """
    files = set(files)
    inside = [parts for parts in files if len(parts) > 1]
    found = sorted({parts[0] for parts in inside})
    everything = sorted({*found, *folders})
    for name in everything:
        _check_class(name, where)
    _refuse_parts(inside, found, where, first)
    _refuse_equal(inside, everything, where)
    if len(found) < least:
        shown = f"only the class folder {found[0]!r}" if found else "no class folder with files in it"
        raise BlocktuneError(
            f"{where}: found {shown}; at least two are needed, laid out as <class>/<image>, "
            "for example daisy/1.jpg and roses/2.jpg" + _deeper(inside, found, first)
        )
    left_out = [LeftOut("/".join(parts), _BESIDE) for parts in sorted(files.difference(inside))]
    left_out += [LeftOut(name, _EMPTY, 0) for name in everything if name not in found]
    rows = {parts: row for row, parts in enumerate(sorted(inside, key=composed))}
    return Layout(rows, sorted(map(nfc, everything)), left_out)


def composed(parts: Parts) -> Parts:
    """Return the parts of a name with composed letters: what a Mac writes decomposed (NFD) is the same name."""
    return tuple(map(nfc, parts))


def nfc(name: str) -> str:
    """Return a name with composed letters."""
    return unicodedata.normalize("NFC", name)


def without_top_folder(files: Iterable[Parts]) -> int:
    """Return how many leading parts to leave out: 1 where class folders lie in a single top folder, else 0."""
    in_folders = [parts for parts in files if len(parts) > 1]
    single_top = len({parts[0] for parts in in_folders}) == 1
    return 1 if single_top and any(len(parts) > 2 for parts in in_folders) else 0


def _check_class(name: str, where: str) -> None:
    """Refuse the name of a class that could not be shown: classes are named in tables, figures and terminals."""
    shown = name if len(name) < 300 else f"{name[:300]} ..."
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise BlocktuneError(f"{where}: the name of the class folder {shown!r} is not in UTF-8; rename it")
    if printable(name) != name or any(character in "\n\t" for character in name):
        raise BlocktuneError(
            f"{where}: the name of the class folder {shown!r} has line ends or other control characters; rename it"
        )


def _refuse_equal(files: Sequence[Parts], folders: Sequence[str], where: str) -> None:
    """Refuse names that differ and can't be told apart by eye: one of them would vanish behind the other."""
    for kind, names in (
        ("class folders", [((" ".join(nfc(name).split()),), name) for name in folders]),
        ("files", [(composed(parts), "/".join(parts)) for parts in sorted(files)]),
    ):
        first: dict[Parts, str] = {}
        for key, name in names:
            other = first.setdefault(key, name)
            if other != name:
                raise BlocktuneError(
                    f"{where}: the {kind} {other!a} and {name!a} look the same; rename one of them, or put "
                    "their images together"
                )


def _refuse_parts(files: Sequence[Parts], found: Sequence[str], where: str, first: str) -> None:
    """Refuse train, validation and test folders: their names are no classes."""
    given = {name: part for name in found if (part := _given_part(name))}
    nested = {parts[0] for parts in files if len(parts) > 2}.intersection(given)
    if len(set(given.values())) < 2 or not (nested or len(given) == len(found)):
        return
    if not nested:
        raise BlocktuneError(
            f"{where}: {', '.join(map(repr, given))} are the parts of a split that was made beforehand, not classes; "
            "put the images of each class into a folder of the class's name"
        )
    by_part = {part: name for name, part in reversed(given.items())}
    train = by_part.get("train") or by_part["validation"]
    last = by_part.get("test") or by_part.get("validation") or next(name for name in given if name != train)
    raise BlocktuneError(
        f"{where}: {', '.join(map(repr, given))} are the parts of a split that was made beforehand, not classes. "
        f"{first}Name the folder {train!r} alone as the data; the study takes its validation and test sets from it. "
        f"`blocktune evaluate MODEL .../{last}` then scores the finished model on {last!r}"
    )


def _given_part(name: str) -> str | None:
    """Return `train`, `validation` or `test` for what such a folder is called (Train, valid, test_set, val2017)."""
    words = re.split(r"[\W\d_]+", name.casefold())
    parts = {_GIVEN[word] for word in words if word in _GIVEN}
    return parts.pop() if len(parts) == 1 and all(word in _GIVEN or word in _BESIDE_A_PART for word in words) else None


def _deeper(files: Sequence[Parts], found: Sequence[str], first: str) -> str:
    """Say so if the class folders lie one folder deeper."""
    inside = sorted({parts[1] for parts in files if len(parts) > 2})
    if len(found) != 1 or len(inside) < 2:
        return ""
    names = ", ".join(map(repr, inside[:5]))
    return f". {first}If the folders inside it ({names}) are the classes, name {found[0]!r} as the data"
