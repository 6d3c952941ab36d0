"""What a cheaper search loses: its winners, looked up in the exhaustive map of the same backbone and seed.

The exhaustive search does not agree fully with itself, so two of its own seeds are compared in the same way. Picking a
candidate at random is the floor.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ..candidates.searched import SEARCHED
from ..errors import BlocktuneError
from ..search.ranking import Row
from .claims import Claim, ExhaustiveMap, Report, Scores

_RESAMPLES = 10_000
# A bootstrap of fewer pairs is far too narrow
_LEAST_PAIRS = 5
# No accuracy lies below it: a diverged run is the worst of all
_DIVERGED = -1.0


@dataclass(frozen=True)
class _Found:
    """One strategy of one claim against its map; accuracies as shares, regret in points."""

    candidate: int
    best_candidate: int
    accuracy: float
    best_accuracy: float
    spearman: float | None
    overlap: dict[int, float]

    @property
    def regret(self) -> float:
        # Six decimals: an accuracy is a whole number of photographs, the digits behind are rounding of the subtraction
        return round(100 * (self.best_accuracy - self.accuracy), 6)


def regret_report(
    maps: Sequence[ExhaustiveMap],
    claims: Sequence[Claim],
    top_k: Sequence[int] = (3, 5),
    seed: int = 0,
    choose_by: str = "accuracy",
) -> Report:
    """Compare methods with the exhaustive maps.

    Regret scores accuracy whatever the study chose by: cheaper searches can rank by nothing else.

    A pair is a backbone with a seed. Each pair counts once: its regret and correlation are means over its strategies.
    Intervals are percentile bootstraps over pairs (95 %); seeds of one backbone are not independent of each other, so
    with few backbones they are too narrow rather than too wide.

    Args:
        maps: the exhaustive maps.
        claims: what the methods say, for any of these pairs.
        top_k: sizes of the ranked sets: how many of the best single layers a method shares with the map is reported.
        seed: seed of the bootstrap.
        choose_by: what ranked the study's own search, `accuracy` or `loss`; with `loss` a note says the difference.

    Returns:
        `methods` by name: `regret_points` (best exhaustive accuracy minus the exhaustive accuracy of the method's
        winner, percentage points), `regret_interval` ([low, high], None for fewer than five pairs), `spearman` (None
        where undefined), `cost_share` and `epoch_share` (of the exhaustive search, means over pairs), `pairs`,
        `per_strategy`; `other_seed` (one seed's exhaustive map as a method for another's; a pair is a backbone with
        two seeds, and since pairs share maps there is no interval; None if no backbone has two); `chance` (the mean
        candidate); `strategies`; `notes`. All of it fits JSON.

    Raises:
        BlocktuneError: a claim has no map or lacks a candidate, a map's cost is zero, or a pair comes twice.
    """
    by_pair = _by_pair(maps)
    compared: dict[str, list[tuple[ExhaustiveMap, Claim, dict[str, _Found]]]] = {}
    for claim in claims:
        exhaustive = by_pair.get((claim.backbone, claim.seed))
        if exhaustive is None:
            raise BlocktuneError(f"{claim.method}: no exhaustive map of {claim.backbone} with seed {claim.seed}")
        where = f"{claim.method} of {claim.backbone}, seed {claim.seed}"
        found = _compare(exhaustive.rows, claim.scores, top_k, where)
        mine = compared.setdefault(claim.method, [])
        if any(other is exhaustive for other, _, _ in mine):
            raise BlocktuneError(f"{where} is given twice")
        mine.append((exhaustive, claim, found))
    strategies = [name for name in SEARCHED if any(row["strategy"] == name for entry in maps for row in entry.rows)]
    methods = {name: _method(entries, strategies, seed) for name, entries in compared.items()}
    other_seed = _other_seed(maps, strategies, top_k)
    return {
        "strategies": strategies,
        "methods": methods,
        "other_seed": other_seed,
        "chance": _chance(maps, strategies),
        "notes": _notes(methods, other_seed, choose_by),
    }


def _by_pair(maps: Sequence[ExhaustiveMap]) -> dict[tuple[str, int], ExhaustiveMap]:
    found: dict[tuple[str, int], ExhaustiveMap] = {}
    for entry in maps:
        where = f"the exhaustive map of {entry.backbone} with seed {entry.seed}"
        if (entry.backbone, entry.seed) in found:
            raise BlocktuneError(f"{where} is given twice")
        if not (entry.cpu_seconds > 0 and entry.epochs > 0):
            raise BlocktuneError(f"{where} has no cost: {entry.cpu_seconds} CPU seconds, {entry.epochs} epochs")
        found[entry.backbone, entry.seed] = entry
    return found


def _compare(rows: Sequence[Row], scores: Scores, top_k: Sequence[int], where: str) -> dict[str, _Found]:
    """Compare by strategy; one in which every exhaustive run diverged has nothing to compare with and is left out."""
    found = {}
    for strategy in SEARCHED:
        mine = sorted((row for row in rows if row["strategy"] == strategy), key=lambda row: row["candidate"])
        truth = np.array([_accuracy(row) for row in mine])
        if not len(mine) or truth.max() == _DIVERGED:
            continue
        missing = [row["candidate"] for row in mine if (strategy, row["candidate"]) not in scores]
        if missing:
            raise BlocktuneError(f"{where}: candidate {missing[0]} of {strategy} has no score")
        claimed = [scores[strategy, row["candidate"]] for row in mine]
        guess = np.array([-np.inf if score is None else score for score in claimed])
        # Stable, so that equal scores stay in search order
        order, guessed = np.argsort(-truth, kind="stable"), np.argsort(-guess, kind="stable")
        found[strategy] = _Found(
            candidate=mine[guessed[0]]["candidate"],
            best_candidate=mine[order[0]]["candidate"],
            accuracy=max(float(truth[guessed[0]]), 0.0),
            best_accuracy=float(truth[order[0]]),
            spearman=spearman(truth, guess),
            overlap={
                size: len({*order[:size].tolist()} & {*guessed[:size].tolist()}) / size
                for size in top_k
                if strategy == "lw" and size <= len(mine)
            },
        )
    return found


def _accuracy(row: Row) -> float:
    return _DIVERGED if row["diverged"] or row["accuracy"] is None else float(row["accuracy"])


def spearman(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return the rank correlation, equal values sharing their mean rank; None where one side is constant."""
    from scipy import stats  # takes seconds that no other command should wait for

    if len(one) < 2 or (one == one[0]).all() or (other == other[0]).all():
        return None
    return float(stats.spearmanr(one, other).statistic)


def _method(
    entries: Sequence[tuple[ExhaustiveMap, Claim, dict[str, _Found]]], strategies: Sequence[str], seed: int
) -> Report:
    found = [by_strategy for _, _, by_strategy in entries]
    per_strategy = {}
    for strategy in strategies:
        there = [(exhaustive, mine[strategy]) for exhaustive, _, mine in entries if strategy in mine]
        if there:
            per_strategy[strategy] = _summary([[one] for _, one in there], seed) | {
                "winners": [
                    {
                        "backbone": exhaustive.backbone,
                        "seed": exhaustive.seed,
                        "candidate": one.candidate,
                        "exhaustive_candidate": one.best_candidate,
                        "regret_points": one.regret,
                    }
                    for exhaustive, one in there
                ]
            }
    return {
        **_summary([list(by_strategy.values()) for by_strategy in found], seed),
        "cost_share": _mean([claim.cpu_seconds / exhaustive.cpu_seconds for exhaustive, claim, _ in entries]),
        "epoch_share": _mean([claim.epochs / exhaustive.epochs for exhaustive, claim, _ in entries]),
        "per_strategy": per_strategy,
    }


def _summary(pairs: Sequence[Sequence[_Found]], seed: int | None) -> Report:
    """Means over pairs of the means within each pair; no interval without a seed of the bootstrap."""
    regrets = [_mean([one.regret for one in pair]) for pair in pairs]
    correlations = [_mean([one.spearman for one in pair]) for pair in pairs]
    sizes = sorted({size for pair in pairs for one in pair for size in one.overlap})
    return {
        "regret_points": _mean(regrets),
        "regret_interval": (
            None if seed is None else bootstrap_interval([value for value in regrets if value is not None], seed)
        ),
        "spearman": _mean(correlations),
        "accuracy": _mean([_mean([one.accuracy for one in pair]) for pair in pairs]),
        "exhaustive_accuracy": _mean([_mean([one.best_accuracy for one in pair]) for pair in pairs]),
        "top_overlap": {
            str(size): _mean([one.overlap[size] for pair in pairs for one in pair if size in one.overlap])
            for size in sizes
        },
        "pairs": len(pairs),
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def bootstrap_interval(values: Sequence[float], seed: int) -> list[float] | None:
    """Return the 95 % percentile bootstrap interval of the mean, None for fewer than five values."""
    if len(values) < _LEAST_PAIRS:
        return None
    from scipy import stats  # as above

    found = stats.bootstrap((values,), np.mean, n_resamples=_RESAMPLES, method="percentile", rng=seed)
    return [float(found.confidence_interval.low), float(found.confidence_interval.high)]


def _other_seed(maps: Sequence[ExhaustiveMap], strategies: Sequence[str], top_k: Sequence[int]) -> Report | None:
    """Each seed's map as a method for every other seed's of the same backbone; a pair counts both directions as one."""
    pairs = []
    for one, other in combinations(maps, 2):
        if one.backbone == other.backbone:
            pairs.append([_agreement(one, other, top_k), _agreement(other, one, top_k)])
    if not pairs:
        return None
    by_strategy = {
        strategy: [[found[strategy] for found in pair if strategy in found] for pair in pairs]
        for strategy in strategies
    }
    return _summary([[one for found in pair for one in found.values()] for pair in pairs], None) | {
        "per_strategy": {strategy: _summary(found, None) for strategy, found in by_strategy.items() if any(found)}
    }


def _agreement(method: ExhaustiveMap, truth: ExhaustiveMap, top_k: Sequence[int]) -> dict[str, _Found]:
    scores = {(row["strategy"], row["candidate"]): _accuracy(row) for row in method.rows}
    return _compare(truth.rows, scores, top_k, f"the exhaustive map of {method.backbone} with seed {method.seed}")


def _chance(maps: Sequence[ExhaustiveMap], strategies: Sequence[str]) -> Report:
    """Regret of a candidate drawn at random: the mean over all; a diverged one classifies nothing rightly."""
    regrets: dict[str, list[float]] = {strategy: [] for strategy in strategies}
    for entry in maps:
        for strategy, found in regrets.items():
            truth = [_accuracy(row) for row in entry.rows if row["strategy"] == strategy]
            if truth and max(truth) > _DIVERGED:
                found.append(100 * (max(truth) - float(np.mean([max(value, 0.0) for value in truth]))))
    per_strategy = {strategy: {"regret_points": _mean(found)} for strategy, found in regrets.items()}
    means = [one["regret_points"] for one in per_strategy.values()]
    return {"regret_points": _mean(means), "per_strategy": per_strategy, "pairs": len(maps)}


def _notes(methods: Mapping[str, Report], other_seed: Report | None, choose_by: str) -> list[str]:
    notes = [
        "Regret: best exhaustive accuracy minus the exhaustive accuracy of the method's winner, in percentage points, "
        "mean over strategies and pairs. A pair is a backbone with a seed.",
        "Cost: shares of the exhaustive search's processor seconds and training epochs.",
    ]
    if choose_by != "accuracy":
        notes.append(
            f"Regret scores validation accuracy, by which cheaper searches rank; the study's own search ranked by "
            f"validation {choose_by}, so its winners may be others."
        )
    if any(entry["pairs"] < _LEAST_PAIRS for entry in methods.values()):
        notes.append("There is no interval for fewer than five pairs: a bootstrap of so few is far too narrow.")
    if other_seed is None:
        notes.append("No backbone has two seeds: how far the exhaustive search agrees with itself is not known.")
    else:
        notes.append(
            "Another seed: the exhaustive search of one seed as a method for another seed of the same backbone. "
            "Noise in both maps is in its regret."
        )
    return notes
