"""Finished runs as a few archives: thousands of small files would make DVC slow.

A pack is an uncompressed tar that holds the store's files of the runs that one backbone's stage trains, and nothing
that depends on when or where it was written: the same runs give the same bytes. The store itself is not DVC's business.
"""

import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ..atomic import whole
from ..errors import BlocktuneError
from ..files.spec import RunSpec
from ..runs.store import Store

# The folder of jobs' records in a pack
RECORDS = "records"


def write_pack(
    path: Path,
    store: Store,
    specs: Iterable[RunSpec],
    epochs: int | None = None,
    records: Mapping[str, bytes] | None = None,
) -> bool:
    """Pack finished runs; a pack that holds exactly these stays as it is. Tells whether it was written.

    Of runs that are not finished, their pause after so many epochs is packed. `records` are files to keep beside them,
    by name: jobs' records that can't be made from the store again, since pauses leave it when their run is resumed.

    Raises:
        BlocktuneError: the store lacks a run, or the pack can't be written.
    """
    wanted = {spec.run_id: spec for spec in specs}
    records = records or {}
    if _names(path) == ({*wanted}, {*records}):
        return False
    with whole(path) as beside, tarfile.open(beside, "w", format=tarfile.USTAR_FORMAT) as archive:
        for run, spec in sorted(wanted.items()):
            found = store.contents(spec, epochs)
            if found is None:
                raise BlocktuneError(f"run {run} is planned and not in the store {store.folder}: run `snakemake`")
            name, contents = found
            for file, content in sorted(contents.items()):
                _add(archive, f"{name}/{file}", content)
        for file, content in sorted(records.items()):
            _add(archive, f"{RECORDS}/{file}", content)
    return True


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _names(path: Path) -> tuple[set[str], set[str]]:
    """Ids of the runs (finished or paused) and names of the records in a pack; none where there is no whole one."""
    try:
        with tarfile.open(path, "r:") as archive:
            members = [name.split("/", 1) for name in archive.getnames()]
    except (OSError, tarfile.TarError):
        return set(), set()
    runs = {owner.partition("-")[0] for owner, _ in members if owner != RECORDS}
    return runs, {file for owner, file in members if owner == RECORDS}


def read_pack(path: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Yield every run of a pack: its id and its files.

    Raises:
        BlocktuneError: the pack is damaged; the runs before the damage were yielded.
    """
    run, contents = "", {}
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                owner, _, name = member.name.partition("/")
                if owner != run and contents:
                    yield run, contents
                    contents = {}
                run = owner
                contents[name] = archive.extractfile(member).read()
            if contents:
                yield run, contents
    except (OSError, tarfile.TarError, AttributeError) as error:
        raise BlocktuneError(f"{path} is no whole pack of runs ({error}): dvc checkout {path}") from None


def unpack(paths: Iterable[Path], store: Store) -> tuple[int, list[str]]:
    """Put the runs of packs into the store, those it has left out.

    Returns:
        How many runs were new, and what was wrong with packs or runs that were left out.
    """
    new, problems = 0, []
    for path in paths:
        try:
            for run, contents in read_pack(path):
                if run == RECORDS:
                    continue
                try:
                    new += store.adopt(run, contents)
                except BlocktuneError as error:
                    problems.append(f"{path}: {error}; left out, it trains again where it is needed")
        except BlocktuneError as error:
            problems.append(str(error))
    return new, problems
