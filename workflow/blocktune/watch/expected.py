"""How many runs a study will have trained when it ends: a number, or a range where results decide."""

import re

from ..candidates.searched import SEARCHED
from ..files.plan import Plan
from ..runs.estimate import Range
from ..search.rounds import Rules, share_of
from ..search.schedule import strategy_columns
from ..settings.model import Settings


def round_ends(settings: Settings) -> tuple[int, ...]:
    """Return after which epoch each round of the search ends; nothing where it is no halving."""
    return Rules.of(settings).ends if settings.search.method == "halving" else ()


def round_of(stage: str) -> int | None:
    """Return the number of the round that a stage is; None if it is none."""
    found = re.fullmatch(r"(?:rung|round)(\d+)", stage)
    return int(found[1]) if found else None


def distinct_layers(search: Plan) -> list[tuple[int, ...]]:
    """Return what the candidates that a search chooses from unfreeze, each once."""
    found = {entry.run: entry.layers for entry in search.candidates if entry.strategy in SEARCHED}
    return list(found.values())


def rounds_to_come(settings: Settings, search: Plan, planned: dict[int, int]) -> dict[int, Range]:
    """Return how many runs each round of a search that is not planned yet will train, by its number.

    In halving at least as many as one strategy keeps, all strategies keeping the same; at most as many as the round
    before, where no round can tell its candidates apart. A search by rounds may end after any round, and all that its
    budget leaves stands under the next. `planned` says how many runs each planned round trains, by its number.
    """
    if settings.search.by_rounds:
        ended = planned and not planned[max(planned)]
        left = 0 if ended else max(settings.search.budget - sum(planned.values()), 0)
        return {len(planned) + 1: Range(0, left)} if left else {}
    of_strategies = [sum(entry.strategy == name for entry in search.candidates) for name in SEARCHED]
    most = len(distinct_layers(search))
    found = {}
    for number in range(1, len(round_ends(settings)) + 1):
        if number in planned:
            most = planned[number]
            continue
        share = settings.search.halving.factor ** (1 - number)
        kept = max(share_of(count, share) for count in of_strategies)
        least = max(kept, min(of_strategies[0], max(settings.search.top_k))) if number > 1 else most
        found[number] = Range(min(least, most), most)
    return found


def to_be_planned(settings: Settings, planned: list[str], rounds: dict[int, Range]) -> Range:
    """Return how many runs a backbone's stages that are not planned yet will add to those that are.

    The search is among those that are planned; for `rounds` see `rounds_to_come`.
    """
    least, most = Range.total(rounds.values())
    if "dependent" not in planned:
        # Where scores chose the winners, these are trained now; a set of the best layers may be one of the blocks
        proxy = settings.search.method not in ("exhaustive", "halving")
        # A search by rounds has trained its winners, unless a strategy came up in no round
        least += proxy and not settings.search.by_rounds
        most += len(settings.search.top_k) + proxy * len(SEARCHED)
    if "final" not in planned:
        # Winners of several strategies may unfreeze the same layers; the baselines and one layer are never the same
        columns = len(strategy_columns(settings))
        least += min(3, columns)
        most += columns
    if settings.repeats > 1 and "unseen" not in planned:
        # The search's winners once more (selection optimism); the further baselines take no part in the search
        columns = len(set(strategy_columns(settings)) - set(settings.baselines.also))
        least += min(3, columns)
        most += columns
    return Range(least, most)
