"""A candidate: a set of backbone layers that train together with the head."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..files.layers import Layer
from ..files.plan import PlannedCandidate
from .recipe import Recipe


@dataclass(frozen=True)
class Candidate:
    """What one strategy would unfreeze.

    Two candidates are the same when they unfreeze the same layers with weights (`layers`); a block, a window and
    a single layer can be the same candidate.

    Attributes:
        strategy: key of the strategy that proposes it (lw, bw, bwsw, bwt3, random3, baseline1, ...).
        number: place in the strategy's search order, from 1; the search starts at the target (head) end.
        layers: indices of the layers with weights, ascending.
        first: index of the first backbone layer it spans (None for baseline1, which spans none).
        last: index of the last backbone layer it spans.
        recipe: how its layers train, if not all of them from the first epoch to the last at the head's rate.
    """

    strategy: str
    number: int
    layers: tuple[int, ...]
    first: int | None
    last: int | None
    recipe: Recipe | None = None


def arms(candidates: Iterable[Candidate], rates: Sequence[float]) -> list[Candidate]:
    """Return every candidate at every learning rate: what a search over rates chooses among.

    Without rates all are as given; so is the linear probe, which has none.
    """
    found = []
    for candidate in candidates:
        recipe = candidate.recipe or Recipe()
        if recipe.probe or not rates:
            found.append(candidate)
        else:
            found += [replace(candidate, recipe=replace(recipe, learning_rate=rate)) for rate in rates]
    return found


def planned(entry: PlannedCandidate, recipe: Recipe | None = None) -> Candidate:
    """Return the candidate that an entry of a plan lists, trained by a recipe."""
    return Candidate(entry.strategy, entry.candidate, entry.layers, entry.first, entry.last, recipe)


def spanning(strategy: str, number: int, layers: Iterable[Layer], recipe: Recipe | None = None) -> Candidate:
    """Return the candidate of the given consecutive or scattered layers; weightless ones only widen its span."""
    span = sorted(layers, key=lambda layer: layer.index)
    return Candidate(
        strategy,
        number,
        tuple(layer.index for layer in span if layer.weighted),
        span[0].index if span else None,
        span[-1].index if span else None,
        recipe,
    )
