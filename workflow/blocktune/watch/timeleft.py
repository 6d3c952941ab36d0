"""How long the rest of a study takes: the estimate of each run, corrected by what finished runs really took."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BlocktuneError
from ..files.dataset import SplitSummary
from ..files.layers import LayerTable
from ..files.plan import Plan, Training
from ..runs.estimate import Range, Work, run_seconds
from ..runs.store import Store
from ..search.schedule import ranked_sizes, strategy_columns
from ..settings.model import Settings
from ..settings.training import Training as TrainingSettings
from ..tracking.places import PLAN
from .expected import distinct_layers, round_ends, round_of, rounds_to_come
from .files import StudyFiles
from .progress import BackboneProgress, Requested

# Enough finished runs of a backbone to know how far the estimate is off
_ENOUGH = 100


@dataclass(frozen=True)
class Clock:
    """Estimates one backbone's runs, in seconds on one core, before any correction.

    Attributes:
        table: the backbone's layers.
        images: how many there are in each part: `search`, `final`, `validation`.
        training: the study's section `training`.
    """

    table: LayerTable
    images: dict[str, int]
    training: TrainingSettings
    _known: dict[tuple, float] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, backbone: str, training: TrainingSettings) -> "Clock | None":
        """Return the clock of a backbone, or None as long as the files for it are not there."""
        try:
            images = SplitSummary.read(folder / PLAN / "splits.json").images
            return cls(LayerTable.read(folder / PLAN / backbone / "layers.json"), images, training)
        except BlocktuneError:
            return None

    def seconds(self, unfrozen: Collection[int], stage: str, epochs: int | None = None) -> float:
        """Return the estimate for the run that unfreezes some layers in a stage, for all its epochs or only so many."""
        part = "final" if stage == "final" else "search"
        # All that the estimate asks of the layers is where training begins
        key = part, min(unfrozen, default=-1), epochs
        if key not in self._known:
            images, training = self.images, self.training
            length = training.epochs if epochs is None else epochs
            sizes = images[part], images["validation"]
            work = Work(*sizes, length, training.batch_size, training.augmentation.any, training.validate_every)
            self._known[key] = run_seconds(self.table, unfrozen, work)
        return self._known[key]

    def whole_network(self, stage: str) -> float:
        """Return the estimate for training every layer."""
        return self.seconds(range(len(self.table.layers)), stage)


class TimeLeft:
    """Reckons the time that a study's trainings still take."""

    def __init__(self, files: StudyFiles) -> None:
        self._files = files
        self._clocks: dict[tuple[str, str], Clock | None] = {}

    def reckon(
        self,
        settings: Settings,
        store: Store,
        backbones: list[BackboneProgress],
        requested: list[Requested],
        states: dict[Training, str],
    ) -> int:
        """Fill in each planned backbone's `training_seconds_left`, and correct what was requested; from measured runs.

        Returns:
            How many finished runs were measured.
        """
        networks = {repeat.key: repeat.backbone.key for repeat in settings.backbone_repeats}
        measured: dict[str, list[tuple[float, float]]] = {}
        for entry in backbones:
            clock = self._clock(networks[entry.backbone], settings.training) if entry.planned else None
            if clock is None:
                continue
            pairs = measured.setdefault(entry.backbone, [])
            left = 0.0
            for one, (expected, whole) in self._planned_runs(entry, clock).items():
                if states[one] != "done":
                    # On the average a run that is running is half through
                    left += expected / 2 if states[one] == "running" else expected
                elif whole and len(pairs) < _ENOUGH:
                    took = self._files.took(store, one[0])
                    pairs += [] if took is None else [(expected, took)]
            later = self._not_planned_yet(settings, entry, clock)
            entry.training_seconds_left = Range(left + later.least, left + later.most)
        every = [pair for pairs in measured.values() for pair in pairs]
        for entry in backbones:
            if entry.training_seconds_left is not None:
                correction = _correction(measured[entry.backbone] or every)
                entry.training_seconds_left = Range(*(correction * seconds for seconds in entry.training_seconds_left))
        for asked in requested:
            asked.training_seconds_left *= _correction(every)
        return len(every)

    def _clock(self, backbone: str, training: TrainingSettings) -> Clock | None:
        key = backbone, training.model_dump_json()
        if self._clocks.get(key) is None:
            self._clocks[key] = Clock.read(self._files.folder, backbone, training)
        return self._clocks[key]

    def _planned_runs(self, entry: BackboneProgress, clock: Clock) -> dict[Training, tuple[float, bool]]:
        """Return each training's estimate, and whether that is for a whole run, not for a round of halving."""
        expected, done = {}, 0
        for stage, plan in self._files.plans(entry.backbone, entry.planned):
            epochs = None
            if stage.startswith("rung"):
                end = plan.pause_after or clock.training.epochs
                done, epochs = end, end - done
            for run, pause in plan.trainings:
                # A winner of halving that is trained to its end in the last round is planned once more after it
                spec = plan.runs[run]
                # A probe passes over its images once; how long that takes tells nothing of trainings
                seconds = clock.seconds(spec.unfrozen, stage, 1 if spec.is_probe else epochs)
                expected.setdefault((run, pause), (seconds, epochs is None and not spec.is_probe))
        return expected

    def _not_planned_yet(self, settings: Settings, entry: BackboneProgress, clock: Clock) -> Range:
        """Return the estimate for stages that wait for results: about an average candidate of each strategy."""
        plan, seconds = self._files.plan(entry.backbone, "search"), 0.0
        rounds = self._rounds_to_come(settings, entry, plan, clock) if plan is not None else Range(0.0, 0.0)
        if "dependent" not in entry.planned:
            seconds += len(ranked_sizes(settings)) * clock.whole_network("search")
        if "final" not in entry.planned and plan is not None:
            seconds += sum(_each_strategy(plan, strategy_columns(settings), clock, "final"))
        if settings.repeats > 1 and "unseen" not in entry.planned and plan is not None:
            searched = [name for name in strategy_columns(settings) if name not in settings.baselines.also]
            seconds += sum(_each_strategy(plan, searched, clock, "unseen"))
        return Range(rounds.least + seconds, rounds.most + seconds)

    def _rounds_to_come(self, settings: Settings, entry: BackboneProgress, plan: Plan, clock: Clock) -> Range:
        """Return the estimate for the rounds of a search that are not planned yet: of average candidates."""
        found = self._files.plans(entry.backbone, entry.planned)
        trained = {number: len(one.trainings) for stage, one in found if (number := round_of(stage))}
        layers = distinct_layers(plan)
        ends, least, most = (0, *round_ends(settings)), 0.0, 0.0
        for number, count in rounds_to_come(settings, plan, trained).items():
            epochs = None if settings.search.by_rounds else ends[number] - ends[number - 1]
            each = [clock.seconds(unfrozen, "search", epochs) for unfrozen in layers]
            least += count.least * sum(each) / len(each)
            most += count.most * sum(each) / len(each)
        return Range(least, most)


def _each_strategy(plan: Plan, strategies: Collection[str], clock: Clock, stage: str) -> list[float]:
    """Return the estimate of an average candidate of each strategy, in a stage."""
    by_strategy: dict[str, list[float]] = {}
    for candidate in plan.candidates:
        by_strategy.setdefault(candidate.strategy, []).append(clock.seconds(candidate.layers, stage))
    found = []
    for strategy in strategies:
        probe = [clock.seconds((), stage, 1)] if strategy == "probe" else []
        values = by_strategy.get(strategy) or probe or [clock.whole_network(stage)]
        found.append(sum(values) / len(values))
    return found


def _correction(measured: list[tuple[float, float]]) -> float:
    """How many times longer runs took than estimated; 1 if none was measured."""
    return sum(took for _, took in measured) / sum(expected for expected, _ in measured) if measured else 1.0
