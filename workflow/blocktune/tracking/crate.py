"""A finished study as a Workflow Run RO-Crate: a folder with its results, what made them, and their description."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from ..atomic import beside_of, remove_abandoned
from ..data.croissant import images_croissant
from ..data.origins import Origin, origins
from ..data.prepared import DATASET, MANIFEST, read_split
from ..document.blocks import Block, Bullets, Heading, code
from ..document.markdown import render
from ..errors import BlocktuneError
from ..exporters import export_study
from ..files.dataset import Dataset
from ..files.plain import read_json, write_json, write_text
from ..runs.entries import ShownStudy, plans_below
from ..settings.model import Settings
from ..settings.sections import dataset_key
from .crate_metadata import CROISSANT, IMAGES, METADATA, README, RUNS, SNAKEFILE, Times, about, crate_metadata
from .places import PLAN, PREPARED, SETTINGS
from .snakemake_records import read_records

_REPOSITORY = Path(__file__).parents[3]
_CODE = (SNAKEFILE, "workflow/rules/*.smk", "requirements.lock", "LICENSE")
_NEEDED = ("results/report.html", "results/metrics.json", "results/tables/table1.md")
_RESULTS = (
    *(*_NEEDED, SETTINGS.as_posix()),
    *(f"results/{place}/**/*" for place in ("tables", "figures", "compare", "search", "final")),
    *("results/plan/*.json", "results/plan/splits*.csv", "results/plan/*/layers.json"),
)
_SPLITS = PLAN / "splits.csv"


def write_crate(folder: Path, settings: Settings, shown: ShownStudy, licence: str | None) -> int:
    """Write the crate of the study in this folder, whole or not at all; return how many files it has.

    The crate's own folder must not be there yet, or be empty.

    Raises:
        BlocktuneError: the study is not finished, the folder is in use, it can't be written, or blocktune is installed
            without the rules.
    """
    _require_rules()
    missing = [name for name in _NEEDED if not Path(name).is_file()]
    if missing:
        raise BlocktuneError(
            f"the study in {Path.cwd()} is not finished: {missing[0]} is missing; run `snakemake` to its end first"
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BlocktuneError(f"--crate {folder} is there and not empty; name a new folder")
    times, beside = _times(), beside_of(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(folder)
        _fill(beside, settings, shown, times)
        write_text(beside / README, render(_page(settings)))
        files = sorted(path for path in beside.rglob("*") if path.is_file())
        write_json(beside / METADATA, crate_metadata(beside, files, settings, times, licence))
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)
    except OSError as error:
        raise BlocktuneError(f"can't write {folder}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return len(files) + 1


def _require_rules() -> None:
    """A package that pip installed is without them, and a crate without what ran is none."""
    missing = [name for name in _CODE if not any(_REPOSITORY.glob(name))]
    if missing:
        raise BlocktuneError(
            f"this blocktune is installed without the workflow's {missing[0]}, which belongs into the crate: take the "
            "one of a clone, PYTHONPATH=CLONE/workflow python -m blocktune origin --crate ..."
        )


def _times() -> Times:
    """From Snakemake's records; without them, as after a checkout, when the report was written."""
    records = [record for record in read_records().values() if record.get("starttime") and record.get("endtime")]
    ended = max((record["endtime"] for record in records), default=Path(_NEEDED[0]).stat().st_mtime)
    begun = min((record["starttime"] for record in records), default=None)
    return Times(None if begun is None else _iso(begun), _iso(ended))


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()


def _fill(folder: Path, settings: Settings, shown: ShownStudy, times: Times) -> None:
    """Copy results, plans and code; write tables of all runs, and what the images were."""
    results = {path for pattern in _RESULTS for path in Path().glob(pattern)} | {*plans_below(PLAN)}
    ours = {path for pattern in _CODE for path in _REPOSITORY.glob(pattern)}
    for source, name in [
        *((path, path) for path in results),
        *((path, path.relative_to(_REPOSITORY)) for path in ours),
    ]:
        if source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)
    export_study("csv", shown, str(folder / RUNS))
    prepared, images = PREPARED / dataset_key(settings), folder / IMAGES
    images.mkdir()
    for source in (prepared / MANIFEST, _SPLITS):
        if not source.is_file():
            raise BlocktuneError(f"{source} is missing: run `snakemake {source}` first")
        shutil.copyfile(source, images / source.name)
    dataset, parts = Dataset.read(prepared / DATASET), list(read_split(_SPLITS))
    described = images_croissant(dataset, images / MANIFEST, images / "splits.csv", parts, _published(), times.date)
    write_json(folder / CROISSANT, described)


def _page(settings: Settings) -> list[Block]:
    """For people who open the folder."""
    told = {
        "results/report.html": "the study on one page; it opens without a network",
        "results/": "tables, figures, scores, plans and settings",
        f"{RUNS}/": "every run and every epoch as tables",
        f"{IMAGES}/": "which images there were, in which sets; no image",
        SNAKEFILE: "with workflow/ and requirements.lock: what was run",
        METADATA: "all of this for programs (Workflow Run RO-Crate)",
    }
    return [
        Heading(f"blocktune study {settings.study}", 1),
        about(settings),
        Bullets([(code(name), f": {words}.") for name, words in told.items()]),
    ]


def _published() -> tuple[str, Origin] | None:
    """The published archive that the images are from, by its checksum."""
    files = read_json(SETTINGS.with_name("data.json")).get("files", [])
    digests = {sha256 for _, _, sha256 in files}
    return next(((name, origin) for name, origin in origins().items() if origin.sha256 in digests), None)
