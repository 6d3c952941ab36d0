"""Programs that runs are looked at with: a file here writes a study for one of them, named as in `export.to`.

A file holds a class `Runs` derived from `Exporter`. Its docstring's first words, up to a colon, describe it in the
settings.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from ..errors import BlocktuneError
from ..runs.entries import Entry, ShownStudy
from ..settings.members import exporters, member_class


class Exporter(ABC):
    """Writes a study's runs for a program.

    Class attributes:
        needs: packages that it imports and a plain installation may lack; the extra of its own name has them.
        address: whether it also writes to a server, given as an address instead of a folder.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    address: ClassVar[bool] = False

    @abstractmethod
    def write(self, study: ShownStudy, place: str) -> str:
        """Write all entries; what an earlier export of the same study wrote is replaced.

        Args:
            study: the study and its runs.
            place: a folder, which is made where needed, or an address.

        Returns:
            How to look at it, in words.

        Raises:
            BlocktuneError: the place can't be written.
        """


def exporter_named(name: str) -> Exporter:
    """Return the exporter in the file of that name.

    Raises:
        BlocktuneError: there is none, or its file has no class Runs, or a package that it needs is not installed.
    """
    if name not in exporters():
        raise BlocktuneError(f"no export to {name!r}; there are {', '.join(exporters())}")
    found = member_class(import_module(f".{name}", __name__), "Runs")()
    missing = [package for package in found.needs if find_spec(package) is None]
    if missing:
        raise BlocktuneError(
            f"export to {name} needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not "
            f"installed: the extra {name} has what it needs, python -m pip install '.[{name}]' in blocktune's folder"
        )
    return found


def require_packages(names: Iterable[str]) -> None:
    """Look for the packages that exports need, before anything is trained.

    Raises:
        BlocktuneError: as `exporter_named`.
    """
    for name in names:
        exporter_named(name)


def last_end(entries: Sequence[Entry]) -> float:
    """Return when the last run ended, in seconds since 1970; 0 without a run."""
    return max((entry.ended for entry in entries), default=0.0)


def export_study(name: str, study: ShownStudy, place: str) -> str:
    """Export a study to a folder or an address by the exporter of that name, and return what to tell the user.

    Raises:
        BlocktuneError: as `exporter_named` and its `write`; or an address where a folder is needed.
    """
    exporter = exporter_named(name)
    if "://" in place and not exporter.address:
        raise BlocktuneError(f"export to {name} writes into a folder, and {place} is an address")
    if Path(place).is_file():
        raise BlocktuneError(f"export to {name} writes into a folder, and {place} is a file")
    shown = exporter.write(study, place)
    told = f"{len(study.entries)} runs of {study.name}: {shown}"
    if study.missing:
        total = len(study.entries) + len(study.missing)
        told += f"\nnot exported: {len(study.missing)} of {total} planned runs, which are not finished"
    return told
