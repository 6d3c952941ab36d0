"""About how long a study takes, before anything is planned."""

from itertools import pairwise

from ..candidates.searched import SEARCHED
from ..candidates.strategies import distinct
from ..files.layers import LayerTable
from ..runs.estimate import STARTUP_SECONDS, Range, Work, run_seconds
from ..runs.plan import STARTUP_SHARE
from ..runs.speed import Speed
from ..settings.model import Settings
from .rounds import Rules, share_of
from .schedule import search_candidates, strategy_columns

# What chooses among scores that cost no training still trains the whole network or the head once
_TRAININGS_OF_A_PROXY = 2


def study_seconds(settings: Settings, table: LayerTable, images: int, speed: Speed | None = None) -> Range:
    """Return the estimated seconds of one backbone's search and final runs on one processor core, once.

    A range for halving: from rounds that can all tell candidates apart to rounds that never can. And for a search by
    rounds: from one round to the whole budget, of average arms, beside the baselines. Where `speed`, what runs cost
    here, was measured, everything else that the study does counts as well.
    """
    seconds_of = run_seconds if speed is None else speed.run_seconds
    searched = search_candidates(settings, table)
    candidates = distinct(searched)
    split, taken = settings.split, settings.selection or 0
    whole = split.search == split.final
    trained = split.final - taken if whole else split.search
    everything = tuple(layer.index for layer in table.layers if layer.weighted)
    least = most = 0.0
    rates = len(settings.search.rates or [None])
    for shares, epochs in _rounds(settings, len(candidates)):
        work = _work(settings, images, trained, epochs)
        everything_once = sum(seconds_of(table, layers, work, rates) for layers in candidates)
        least, most = least + shares.least * everything_once, most + shares.most * everything_once
    final = _work(settings, images, split.final - taken, settings.training.epochs)
    if settings.search.by_rounds:
        work = _work(settings, images, trained, settings.training.epochs)
        baselines = distinct([candidate for candidate in searched if candidate.strategy not in SEARCHED])
        once = sum(seconds_of(table, layers, work, rates) for layers in baselines)
        least, most = least + once, most + once
    # Winners lie anywhere: half of the network on an average. A probe is one pass over the images
    not_trained = {"probe"} | ({candidate.strategy for candidate in searched} if whole else set())
    finals = len({*strategy_columns(settings)} - not_trained) * seconds_of(table, everything, final) / 2
    beside = 0.0 if speed is None else _beside(settings, table, images, speed)
    return Range(least + finals + beside, most + finals + beside)


def study_jobs(settings: Settings, table: LayerTable, images: int) -> float:
    """Return about how many jobs a study's trainings are put into: so many can run at once."""
    # Jobs are filled by the estimate that needs no measuring
    seconds = study_seconds(settings, table, images).least
    runs = len(distinct(search_candidates(settings, table))) * len(settings.search.rates or [None])
    if settings.search.by_rounds:
        runs = min(runs, settings.search.together)
    return max(1.0, min(runs, STARTUP_SHARE * seconds / STARTUP_SECONDS))


def _beside(settings: Settings, table: LayerTable, images: int, speed: Speed) -> float:
    """What a measured study takes beside its trainings: its jobs, the linear probe, and all that trains nothing."""
    jobs = study_jobs(settings, table, images) * speed.job_seconds(images, settings.head.start == "probe")
    probe = speed.probe_seconds(images) if "probe" in settings.baselines.also else 0.0
    return jobs + probe + speed.beside


def _work(settings: Settings, images: int, share: float, epochs: int) -> Work:
    chosen_on = settings.selection or settings.split.validation
    training = settings.training
    sizes = round(share * images), round(chosen_on * images)
    return Work(*sizes, epochs, training.batch_size, training.augmentation.any, training.validate_every)


def _rounds(settings: Settings, candidates: int) -> list[tuple[Range, int]]:
    """Share of the candidates that trains, and for how many epochs, of each round of the search."""
    epochs, method, halving = settings.training.epochs, settings.search.method, settings.search.halving
    if method == "halving":
        return [
            (Range(share_of(candidates, halving.factor**-step) / candidates, 1.0), end - before)
            for step, (before, end) in enumerate(pairwise([0, *Rules.of(settings).ends]))
        ]
    if settings.search.by_rounds:
        arms, search = candidates * len(settings.search.rates or [None]), settings.search
        return [(Range(min(search.together / arms, 1.0), min(search.budget / arms, search.seeds)), epochs)]
    share = 1.0 if method == "exhaustive" else _TRAININGS_OF_A_PROXY / candidates
    return [(Range(share, share), epochs)]
