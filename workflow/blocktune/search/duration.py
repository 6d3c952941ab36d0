"""About how long a study takes, before anything is planned."""

from ..candidates.strategies import distinct
from ..candidates.table import LayerTable
from ..runs.estimate import Work, run_seconds
from ..settings.model import Settings
from .halving import rungs
from .schedule import search_candidates, strategy_columns

# What chooses among scores that cost no training still trains the whole network or the head once
_TRAININGS_OF_A_PROXY = 2


def study_seconds(settings: Settings, table: LayerTable, photographs: int) -> float:
    """Return the estimated seconds of one backbone's search and final runs on one processor core, once.

    Args:
        settings: the study's.
        table: the backbone's layers.
        photographs: how many there are.
    """
    candidates = distinct(search_candidates(settings, table))
    everything = tuple(layer.index for layer in table.layers if layer.weighted)
    search = sum(
        share
        * sum(
            run_seconds(table, layers, _work(settings, photographs, settings.split.search, epochs))
            for layers in candidates
        )
        for share, epochs in _rounds(settings, len(candidates))
    )
    final = _work(settings, photographs, settings.split.final - (settings.selection or 0), settings.training.epochs)
    # Winners lie anywhere: half of the network on an average
    return search + len(strategy_columns(settings)) * run_seconds(table, everything, final) / 2


def _work(settings: Settings, photographs: int, share: float, epochs: int) -> Work:
    chosen_on = settings.selection or settings.split.validation
    training = settings.training
    sizes = round(share * photographs), round(chosen_on * photographs)
    return Work(*sizes, epochs, training.batch_size, training.augmentation.any)


def _rounds(settings: Settings, candidates: int) -> list[tuple[float, int]]:
    """Share of the candidates that trains, and for how many epochs, of each round of the search."""
    epochs, method, halving = settings.training.epochs, settings.search.method, settings.search.halving
    if method == "halving":
        found = rungs(epochs, candidates, halving.factor, halving.first_epochs)
        ends = [0, *(rung.epochs for rung in found)]
        return [(rung.survivors / candidates, rung.epochs - before) for rung, before in zip(found, ends, strict=False)]
    return [(1.0 if method == "exhaustive" else _TRAININGS_OF_A_PROXY / candidates, epochs)]
