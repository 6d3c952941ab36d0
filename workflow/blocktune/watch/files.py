"""A study's files as watching reads them: what does not change is read once."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..data.prepared import DATASET
from ..errors import BlocktuneError
from ..files.dataset import Dataset
from ..files.plain import read_json
from ..files.plan import ArmPlan, Plan, read_plan
from ..files.record import MetricsFile, ResourcesFile
from ..runs.store import Store
from ..settings.load import validate
from ..settings.model import Settings
from ..settings.sections import dataset_key
from ..tracking.places import PLAN, PREPARED, RUNS, SETTINGS

TABLE = Path("results") / "tables" / "table1.md"
REPORT = Path("results") / "report.html"


class StudyFiles:
    """The files of the study in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._finished: set[tuple[str, int | None]] = set()
        self._seconds: dict[str, float] = {}
        self._plans: dict[Path, tuple[int, Plan | ArmPlan]] = {}

    def settings(self) -> Settings:
        """Return the settings of the latest call of Snakemake.

        Raises:
            BlocktuneError: there is no study in the folder.
        """
        if not (self.folder / SETTINGS).is_file():
            raise BlocktuneError(
                f"no study in {self.folder.absolute()}: {SETTINGS} is not there. Snakemake writes it when it starts; "
                "name the study's folder with --directory"
            )
        return validate(Settings, read_json(self.folder / SETTINGS))

    def stages(self, backbone: str, settings: Settings) -> list[str]:
        """Return the stages that a backbone may have, in their order; rounds of a search as far as they are planned."""
        rounds = []
        if settings.search.method == "halving":
            found = (path.stem.removeprefix("rung") for path in (self.folder / PLAN / backbone).glob("rung*.json"))
            rounds = [f"rung{number}" for number in sorted(int(text) for text in found if text.isdigit())]
        if settings.search.by_rounds:
            rounds = self._rounds(backbone)
        again = ["unseen"] if (self.folder / PLAN / backbone / "unseen.json").is_file() else []
        return ["search", *rounds, "dependent", "final", *again]

    def _rounds(self, backbone: str) -> list[str]:
        """The rounds of a search by rounds that are planned, up to the empty one that ends it."""
        found: list[str] = []
        while (plan := self.plan(backbone, f"round{len(found) + 1}")) is not None:
            found.append(f"round{len(found) + 1}")
            if not plan.jobs:
                break
        return found

    def arms(self, backbone: str) -> list[str]:
        """Return the arms of the factor study that are planned for a backbone, as stages: `factors/own`."""
        found = (self.folder / PLAN / backbone / "factors").glob("*.json")
        return sorted(f"factors/{path.stem}" for path in found)

    def plan(self, backbone: str, stage: str) -> Plan | ArmPlan | None:
        """Return the plan of a stage, None if it is not made yet."""
        path = self.folder / PLAN / backbone / f"{stage}.json"
        try:
            written = path.stat().st_mtime_ns
            if path not in self._plans or self._plans[path][0] != written:
                self._plans[path] = written, read_plan(path)
        except (OSError, BlocktuneError):
            return None
        return self._plans[path][1]

    def plans(self, backbone: str, stages: Iterable[str]) -> Iterator[tuple[str, Plan | ArmPlan]]:
        """Yield those of some stages that are planned, with their plans."""
        for stage in stages:
            plan = self.plan(backbone, stage)
            if plan is not None:
                yield stage, plan

    def recorded(self, backbone: str, stage: str, job: str) -> bool:
        """Whether a job has left its record: all its runs are done."""
        return (self.folder / RUNS / backbone / stage / f"{job}.json").is_file()

    def has(self, store: Store, run: str, pause: int | None = None) -> bool:
        """Whether a run, or its pause after some epochs, is in the store; not whether it is intact."""
        key = run, pause
        if key not in self._finished:
            places = [store.path(run)] if pause is None else [store.path(run), store.path(run, pause)]
            if any(place.is_dir() for place in places):
                self._finished.add(key)
        return key in self._finished

    def took(self, store: Store, run: str) -> float | None:
        """Return the seconds that a finished run took, None if the store does not say."""
        if run not in self._seconds:
            try:
                self._seconds[run] = ResourcesFile.read(store.path(run) / "resources.json").resources["seconds"]
            except (BlocktuneError, KeyError):
                return None
        return self._seconds[run]

    def diverged(self, store: Store, run: str) -> bool | None:
        """Return whether a finished run diverged, None if the store does not say."""
        try:
            return MetricsFile.read(store.path(run) / "metrics.json").metrics["diverged"]
        except BlocktuneError:
            return None

    def dataset(self) -> Dataset | None:
        """Return what the preparation says of the images, None if it is not done."""
        try:
            return Dataset.read(self.folder / PREPARED / dataset_key(self.settings()) / DATASET)
        except BlocktuneError:
            return None

    def table_made(self, backbones: list[str]) -> bool:
        """Whether Table I and every backbone's final scores are there."""
        scores = [Path("results") / "final" / backbone / "scores.csv" for backbone in backbones]
        return all((self.folder / path).is_file() for path in (TABLE, *scores))
