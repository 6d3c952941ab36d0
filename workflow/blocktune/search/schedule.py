"""Which candidates each stage trains."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..candidates.candidate import Candidate, arms
from ..candidates.further import FURTHER, linear_probe
from ..candidates.recipe import Recipe
from ..candidates.searched import SEARCHED, candidates_of
from ..candidates.strategies import baselines, blocks, random_set, ranked_set, spread
from ..data.prepared import only_scored
from ..errors import BlocktuneError
from ..files.layers import LayerTable
from ..files.plan import Plan
from ..runs.estimate import Work, run_seconds
from ..runs.plan import RunsPerJob, make_plan
from ..runs.spec import Part, run_spec
from ..settings.model import Settings

AUDITED = ("baseline1", "bw")
"""What the range audit trains with the range that the study does not feed."""


@dataclass(frozen=True)
class Planner:
    """What planning needs to know of the settings and the prepared data.

    Attributes:
        settings: the study's settings.
        data_digest: digest of the prepared images.
        classes: number of classes.
        parts: rows by part: `search`, `final`, `validation`, and `test` if the protocol has one.
        runs_per_job: trainings that share one start-up of Keras.
    """

    settings: Settings
    data_digest: str
    classes: int
    parts: dict
    runs_per_job: RunsPerJob = 1

    def plan(
        self,
        stage: str,
        part: str,
        table: LayerTable,
        candidates: Sequence[Candidate],
        epochs: tuple[int, int] | None = None,
    ) -> Plan:
        """Return the plan that trains the candidates on a part; a search lists those that its method doesn't train.

        Args:
            stage: see `make_plan`; also tells which images are only scored (`data.prepared.only_scored`).
            part: `search` or `final`: what is trained on.
            table: the backbone's layers.
            candidates: in search order.
            epochs: (already trained, pause after) of a round of halving; whole runs if left out.
        """
        rows = Part(self.parts[part], self.parts["validation"], only_scored(self.parts, stage))
        training = self.settings.training
        done, pause = epochs or (0, training.epochs)
        sizes = len(rows.train), len(rows.validation)
        augmented = training.augmentation.any
        work = Work(*sizes, pause - done, training.batch_size, augmented, training.validate_every)
        everything = stage != "search" or self.settings.search.method == "exhaustive"
        return make_plan(
            stage,
            table,
            candidates,
            lambda one: run_spec(self.settings, table, self.data_digest, self.classes, rows, one.layers, one.recipe),
            self.runs_per_job,
            seconds_of=lambda unfrozen: run_seconds(table, unfrozen, work),
            trained=lambda candidate: everything or candidate.strategy not in SEARCHED,
            pause_after=pause if pause < training.epochs else None,
        )


def search_candidates(settings: Settings, table: LayerTable) -> list[Candidate]:
    """Candidates that need no result: baselines, those of the strategies that search, a random set of layers beside lw.

    At most `search.candidates` of each strategy, with the numbers that they have among all.
    With `search.rates` each of them once at every rate, the further baselines among them: all choose their rate alike.

    Raises:
        BlocktuneError: the search's settings do not fit the backbone.
    """
    layers, search = table.layers, settings.search
    # What depends on the ranking is chosen here once, so that a top_k that is too large is known before any training
    for size in ranked_sizes(settings):
        ranked_set(layers, [layer.index for layer in layers if layer.weighted], size)
    searched = [
        candidate
        for key in SEARCHED
        if key in search.strategies
        for candidate in spread(candidates_of(key, layers, search), search.candidates)
    ]
    # Single layers are what the random ones are compared with
    drawn = [random_set(layers, search.random_layers, settings.seed)] if "lw" in search.strategies else []
    found = [*baselines(layers), *drawn, *searched]
    if search.rates is None:
        return found
    return arms([*found, *further_baselines(settings, table)], search.rates)


def table_candidates(settings: Settings, table: LayerTable) -> tuple[list[Candidate], list[str]]:
    """Candidates of a table of arms: all that train one set of layers at one rate and need no result, and the probe.

    Returns:
        The candidates in search order, and the keys of the strategies that are none.

    Raises:
        BlocktuneError: as `search_candidates`.
    """
    further = further_baselines(settings, table) if settings.search.rates is None else []
    found = [*search_candidates(settings, table), *further]

    def is_arm(candidate: Candidate) -> bool:
        recipe = candidate.recipe or Recipe()
        drawn = candidate.strategy == f"random{settings.search.random_layers}"
        return not (drawn or recipe.phases or recipe.rates or recipe.probe or recipe.lora)

    others = [candidate.strategy for candidate in found if not is_arm(candidate)]
    dependent = [f"bwt{size}" for size in ranked_sizes(settings)]
    left_out = [name for name in dict.fromkeys([*others, *dependent]) if name != "probe"]
    return [*filter(is_arm, found), linear_probe()], left_out


def require_one_split(settings: Settings) -> None:
    """Check that all repeats have the same images in each set, as a table of arms needs.

    Raises:
        BlocktuneError: they have not.
    """
    if settings.repeats > 1 and settings.split.each_repeat == "new":
        raise BlocktuneError(
            "split.each_repeat is new: a table of arms compares the seeds of one split, image by image; set it to same"
        )


def ranked_sizes(settings: Settings) -> list[int]:
    """How many of the best single layers each ranked set has; none if the settings ask for no bwt."""
    return settings.search.top_k if "bwt" in settings.search.strategies else []


def dependent_candidates(
    settings: Settings, table: LayerTable, ranking: Sequence[int], rate: float | None = None
) -> list[Candidate]:
    """The ranked sets (bwt3, bwt5), from the ranking of the single layers, indices of those with weights, best first.

    Where `search.rates` are tried, `rate` is what the best of them has.
    """
    found = [ranked_set(table.layers, ranking, size) for size in ranked_sizes(settings)]
    return arms(found, [] if rate is None else [rate])


def further_baselines(settings: Settings, table: LayerTable) -> list[Candidate]:
    """The baselines beside the paper's two that the settings ask for; they need no search."""
    layers, asked, epochs = table.layers, settings.baselines, settings.training.epochs
    found = blocks(layers, settings.search.delimiters)
    return [FURTHER[name].candidate(layers, found, epochs, asked) for name in asked.also]


def strategy_columns(settings: Settings) -> list[str]:
    """Keys of the strategies of Table I, in its order, and of the further baselines that were asked for."""
    columns = {"bwt": [f"bwt{size}" for size in ranked_sizes(settings)]}
    searched = [column for name in settings.search.strategies for column in columns.get(name, [name])]
    return ["baseline1", "baseline2", *searched, *settings.baselines.also]
