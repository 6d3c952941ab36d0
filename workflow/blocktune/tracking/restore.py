"""After a checkout: runs from packs into the store, jobs' records from the store, Snakemake's records into place."""

import os
from pathlib import Path

from ..errors import BlocktuneError
from ..files.record import JobRecord
from ..runs.store import Store
from .packs import RECORDS, read_pack, unpack
from .places import ASIDE, PREPARED, RUNS, TRACKED, pack_of, packs, plans
from .provenance import came_from_elsewhere, take_over_records


def restore(store: Path) -> list[str]:
    """Make the folder look as if the results that were checked out had been made here; nothing to do for others.

    Returns:
        What to tell the user.

    Raises:
        BlocktuneError: the store can't be written, or the provenance is damaged.
    """
    if not came_from_elsewhere():
        return []
    new, problems = unpack(packs(), Store(store))
    records = write_job_records(Store(store))
    take_over_records()
    return [*problems, f"took over checked out results: {new} finished runs into {store}, {records} records of jobs"]


def refuse_links() -> None:
    """Make sure that no output is a link into DVC's cache, where writing it would damage what other versions have.

    `dvc repro` replaces links before it starts Snakemake; whoever calls Snakemake by hand has only this.

    Raises:
        BlocktuneError: names the first link and how to get rid of all of them.
    """
    for place in TRACKED:
        for path in [place, *place.rglob("*")] if place.exists() else []:
            into_cache = path.is_symlink() and "/files/md5/" in path.resolve().as_posix()
            if into_cache or (path.is_file() and path.lstat().st_nlink > 1):
                raise BlocktuneError(
                    f"{path} is a link, and writing it would change DVC's cache too: "
                    "dvc config --local cache.type copy, then dvc checkout --relink"
                )


def write_job_records(store: Store) -> int:
    """Write those records of planned jobs that are missing and whose runs are all in the store; return how many."""
    written = 0
    for backbone, stage, plan in plans():
        epochs = plan.pause_after
        kept = _kept_records(pack_of(backbone, stage)) if epochs else {}
        for job, runs in plan.jobs.items():
            path = RUNS / backbone / stage / f"{job}.json"
            if path.exists():
                continue
            content = kept.get(path.name)
            if content is None and all(store.path(run).is_dir() for run in runs):
                records = tuple(store.record(plan.runs[run], epochs) for run in runs)
                content = JobRecord(job, records).text().encode()
            if content is not None:
                _write_quickly(path, content)
                written += 1
    return written


def _kept_records(pack: Path) -> dict[str, bytes]:
    try:
        return next((contents for owner, contents in read_pack(pack) if owner == RECORDS), {})
    except BlocktuneError:
        return {}


def _write_quickly(path: Path, content: bytes) -> None:
    """Without waiting for the disk: there are thousands of these, and they can be made again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)


def bring_back(dataset: str) -> None:
    """Move prepared images back that were put aside while another study was at work here."""
    here, aside = PREPARED / dataset, ASIDE / PREPARED / dataset
    if aside.is_dir() and not here.exists():
        here.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(here)


def share_store(store: Path) -> None:
    """In the folder of an experiment (`dvc exp run --temp`, `--queue`), use the store of the project it belongs to.

    Experiments then share finished runs, and what they trained stays when DVC removes their folder. The store's locks
    let several experiments work on it at once.
    """
    home = project_of_experiment(Path.cwd())
    if home is None or store.is_absolute() or store.exists() or store.is_symlink():
        return
    (home / store).mkdir(parents=True, exist_ok=True)
    store.parent.mkdir(parents=True, exist_ok=True)
    store.symlink_to((home / store).resolve())


def project_of_experiment(folder: Path) -> Path | None:
    """Return the project whose experiment runs in `folder` (below .dvc/tmp/exps), None for an ordinary folder."""
    for parent in folder.parents:
        if parent.parts[-3:] == (".dvc", "tmp", "exps"):
            return parent.parents[2]
    return None
