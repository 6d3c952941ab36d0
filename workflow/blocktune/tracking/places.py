"""Where things lie that DVC, Snakemake and the store share; all paths are relative to the study's folder."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import BlocktuneError
from ..files.plain import read_json
from ..files.plan import Plan

PREPARED = Path("data/prepared")
PACKS = Path("data/packs")
RAW = Path("data/raw")
ASIDE = Path("data/aside")
PLAN = Path("results/plan")
RUNS = Path("results/runs")
SETTINGS = PLAN / "settings" / "settings.json"
PROVENANCE = Path("results/provenance.json")

# Folders and files that DVC keeps as dvc.yaml's outputs, beside PROVENANCE; a test holds both lists together
TRACKED = (
    PREPARED,
    PACKS,
    PLAN,
    Path("results/search"),
    Path("results/final"),
    Path("results/tables"),
    Path("results/figures"),
    Path("results/compare"),
    Path("results/report.html"),
    Path("results/metrics.json"),
)

# Made on request only (`snakemake regret`), beside what is tracked; .dvcignore names the same files
ON_REQUEST = ("regret.md", "figure_cost.svg", "figure_cost.png")

SNAKEMAKE = Path(".snakemake")
LOCKS = SNAKEMAKE / "locks"


def is_tracked(path: str | Path) -> bool:
    """Whether a file belongs to what DVC keeps."""
    return Path(path).name not in ON_REQUEST and any(Path(path).is_relative_to(place) for place in TRACKED)


def pack_of(backbone: str, stage: str) -> Path:
    """Return the archive of a backbone's finished runs of one stage."""
    return PACKS / backbone / f"{stage}.tar"


def packs() -> list[Path]:
    """Return all archives of finished runs; not what a process that was killed left of one."""
    return sorted(PACKS.glob("*/[!.]*.tar"))


def plans() -> Iterator[tuple[str, str, Plan]]:
    """Yield backbone, stage and plan of everything that is planned."""
    for path in sorted(PLAN.glob("*/*.json")):
        # Layer tables lie there too, and settings
        with suppress(BlocktuneError):
            yield path.parent.name, path.stem, Plan.read(path)


def planned_settings() -> dict:
    """Return the settings of the study as the last call of Snakemake saw them.

    Raises:
        BlocktuneError: there was none in this folder.
    """
    if not SETTINGS.is_file():
        raise BlocktuneError(
            f"no study here: {SETTINGS.absolute()} does not exist; run `snakemake` or `dvc repro` first"
        )
    return read_json(SETTINGS)


def snakemake_at_work() -> bool:
    """Tell whether a Snakemake holds locks in this folder, or was ended before it could give them back."""
    return any(LOCKS.glob("*"))
