"""The layout `<class>/<photograph>`, shared by archives and folders."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from ..errors import BlocktuneError
from ..messages import printable

# What operating systems leave behind; never a photograph of the user.
_LITTER = {"Thumbs.db", "desktop.ini"}


def clean_parts(name: str) -> tuple[str, ...] | None:
    """Split a relative file name into its folders and its own name.

    Returns:
        The parts, or None for a name that is not to be read: litter of an operating system (`__MACOSX`, `._x`,
        `.DS_Store`, `Thumbs.db`), and in archives an absolute name or one with `..`, which points outside.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts:
        return None
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return None if hidden or path.name in _LITTER else path.parts


def without_top_folder(files: Iterable[tuple[str, ...]]) -> int:
    """Return how many leading parts to leave out: 1 where class folders lie in a single top folder, else 0."""
    in_folders = [parts for parts in files if len(parts) > 1]
    single_top = len({parts[0] for parts in in_folders}) == 1
    return 1 if single_top and any(len(parts) > 2 for parts in in_folders) else 0


def arrange(files: Iterable[tuple[str, ...]], where: str) -> dict[tuple[str, ...], int]:
    """Give each photograph its row: sorted by class, then by name, so that every source agrees on the order.

    Args:
        files: parts of each file's name, the class first. A file beside the class folders (a licence) has one part
            and is left out.
        where: how an error message names the source.

    Raises:
        BlocktuneError: there are fewer than two classes.
    """
    photographs = sorted(parts for parts in set(files) if len(parts) > 1)
    classes = sorted({parts[0] for parts in photographs})
    for name in classes:
        _check_class(name, where)
    if len(classes) < 2:
        found = f"only the class folder {classes[0]!r}" if classes else "no class folder with files in it"
        raise BlocktuneError(
            f"{where}: found {found}; at least two are needed, laid out as <class>/<photograph>, "
            "for example daisy/1.jpg and roses/2.jpg"
        )
    return {parts: row for row, parts in enumerate(photographs)}


def _check_class(name: str, where: str) -> None:
    """Refuse the name of a class that could not be shown: classes are named in tables, figures and terminals."""
    shown = name if len(name) < 300 else f"{name[:300]} ..."
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise BlocktuneError(f"{where}: the name of the class folder {shown!r} is not in UTF-8; rename it")
    if printable(name) != name or any(character in "\n\t" for character in name):
        raise BlocktuneError(
            f"{where}: the name of the class folder {shown!r} has line ends or other control characters; rename it"
        )
