"""What a search loses: its winners, looked up in the exhaustive maps of the same backbone with other seeds.

The map that a winner was found on praises it for its noise too. So where a backbone was searched with several seeds, a
winner is scored by the others, the exhaustive search's own as well. What it is compared with is the oracle, the
candidate that is best over all seeds. Picking a candidate at random is the floor.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..candidates.searched import SEARCHED
from ..errors import BlocktuneError
from ..files.regret import Chance, MethodRegret, Oracle, Regret, RegretFound
from .bootstrap import LEAST_CELLS, bootstrap_interval
from .claims import Claim, ExhaustiveMap, Scores
from .regret_truth import Truth, Truths, accuracy_of, seeds_of, truths_of

EXHAUSTIVE = "exhaustive"
"""The exhaustive search as a method: one seed's winners, scored by the others."""


class _Found(NamedTuple):
    """One strategy of one claim; accuracies as shares, regret in points."""

    candidate: int
    oracle_candidate: int
    accuracy: float
    oracle_accuracy: float
    spearman: float | None
    overlap: dict[int, float]

    @property
    def regret(self) -> float:
        # Six decimals: an accuracy is a whole number of images, the digits behind are rounding of the subtraction
        return round(100 * (self.oracle_accuracy - self.accuracy), 6)


class _Pair(NamedTuple):
    """A claim on a backbone with a seed, by strategy, and what the exhaustive search of it cost."""

    exhaustive: ExhaustiveMap
    claim: Claim
    found: dict[str, _Found]


def regret_report(
    maps: Sequence[ExhaustiveMap],
    claims: Sequence[Claim],
    top_k: Sequence[int] = (3, 5),
    choose_by: str = "accuracy",
) -> RegretFound:
    """Compare methods with the exhaustive maps.

    Regret scores accuracy whatever the study chose by: cheaper searches can rank by nothing else.

    A pair is a backbone with a seed. Its regret and correlation are means over its strategies; each backbone counts
    once, with the mean of its pairs. Intervals are percentile bootstraps over backbones (95 %): seeds of one are not
    independent.

    Args:
        maps: the exhaustive maps.
        claims: what the methods say, for any of these pairs.
        top_k: sizes of the ranked sets: how many of the best single layers a method shares with the truth is reported.
        choose_by: what ranked the study's own search, `accuracy` or `loss`; with `loss` a note says the difference.

    Raises:
        BlocktuneError: a claim has no map or lacks a candidate, maps of one backbone have different candidates, a map's
            cost is zero, or a pair comes twice.
    """
    truths = truths_of(maps)
    compared: dict[str, list[_Pair]] = {}
    for claim in [*claims, *_own_claims(maps)]:
        if (claim.backbone, claim.seed) not in truths:
            raise BlocktuneError(f"{claim.method}: no exhaustive map of {claim.backbone} with seed {claim.seed}")
        exhaustive, truth = truths[claim.backbone, claim.seed]
        where = f"{claim.method} of {claim.backbone}, seed {claim.seed}"
        mine = compared.setdefault(claim.method, [])
        if any(pair.exhaustive is exhaustive for pair in mine):
            raise BlocktuneError(f"{where} is given twice")
        mine.append(_Pair(exhaustive, claim, _compare(truth, claim.scores, top_k, where)))
    strategies = [name for name in SEARCHED if any(row["strategy"] == name for entry in maps for row in entry.rows)]
    methods = {name: _method(pairs, strategies) for name, pairs in compared.items()}
    out_of_seed = all(len(seeds_of(maps, entry.backbone)) > 1 for entry in maps)
    return {
        "strategies": strategies,
        "methods": methods,
        "oracle": _oracle(truths, strategies),
        "chance": _chance(truths, strategies),
        "out_of_seed": out_of_seed,
        "notes": _notes(maps, methods, choose_by),
    }


def _own_claims(maps: Sequence[ExhaustiveMap]) -> list[Claim]:
    """What the exhaustive search itself says, of backbones with several seeds."""
    return [
        Claim(
            EXHAUSTIVE,
            entry.backbone,
            entry.seed,
            {(row["strategy"], row["candidate"]): accuracy_of(row) for row in entry.rows},
            entry.cpu_seconds,
            entry.epochs,
        )
        for entry in maps
        if len(seeds_of(maps, entry.backbone)) > 1
    ]


def _compare(truths: Mapping[str, Truth], scores: Scores, top_k: Sequence[int], where: str) -> dict[str, _Found]:
    """Compare by strategy."""
    found = {}
    for strategy, truth in truths.items():
        missing = [number for number in truth.candidates if (strategy, number) not in scores]
        if missing:
            raise BlocktuneError(f"{where}: candidate {missing[0]} of {strategy} has no score")
        claimed = [scores[strategy, number] for number in truth.candidates]
        guess = np.array([-np.inf if score is None else score for score in claimed])
        # Stable, so that equal scores stay in search order
        order, guessed = np.argsort(-truth.unseen, kind="stable"), np.argsort(-guess, kind="stable")
        found[strategy] = _Found(
            candidate=truth.candidates[guessed[0]],
            oracle_candidate=truth.candidates[truth.oracle],
            accuracy=float(truth.unseen[guessed[0]]),
            oracle_accuracy=float(truth.unseen[truth.oracle]),
            spearman=spearman(truth.unseen, guess),
            overlap={
                size: len({*order[:size].tolist()} & {*guessed[:size].tolist()}) / size
                for size in top_k
                if strategy == "lw" and size <= len(truth.candidates)
            },
        )
    return found


def spearman(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return the rank correlation, equal values sharing their mean rank; None where one side is constant."""
    from scipy import stats  # takes seconds that no other command should wait for

    if len(one) < 2 or (one == one[0]).all() or (other == other[0]).all():
        return None
    return float(stats.spearmanr(one, other).statistic)


def _method(pairs: Sequence[_Pair], strategies: Sequence[str]) -> MethodRegret:
    per_strategy = {}
    for strategy in strategies:
        there = [pair for pair in pairs if strategy in pair.found]
        if there:
            per_strategy[strategy] = _summary(there, [strategy]) | {
                "winners": [
                    {
                        "backbone": pair.exhaustive.backbone,
                        "seed": pair.exhaustive.seed,
                        "candidate": pair.found[strategy].candidate,
                        "oracle_candidate": pair.found[strategy].oracle_candidate,
                        "regret_points": pair.found[strategy].regret,
                    }
                    for pair in there
                ]
            }
    return {
        **_summary(pairs, strategies),
        "cost_share": _mean([pair.claim.cpu_seconds / pair.exhaustive.cpu_seconds for pair in pairs]),
        "epoch_share": _mean([pair.claim.epochs / pair.exhaustive.epochs for pair in pairs]),
        "per_strategy": per_strategy,
    }


def _summary(pairs: Sequence[_Pair], strategies: Sequence[str]) -> Regret:
    """Means over backbones of the means over their pairs of the means over strategies."""

    def each(value: str, backbone: str) -> float | None:
        mine = [pair.found for pair in pairs if pair.exhaustive.backbone == backbone]
        return _mean([_mean([getattr(found[name], value) for name in strategies if name in found]) for found in mine])

    backbones = list(dict.fromkeys(pair.exhaustive.backbone for pair in pairs))
    regrets = [each("regret", backbone) for backbone in backbones]
    overlaps = [one.overlap for pair in pairs for name, one in pair.found.items() if name in strategies]
    return {
        "regret_points": _mean(regrets),
        "regret_interval": bootstrap_interval([value for value in regrets if value is not None], seed=0),
        **{
            name: _mean([each(name, backbone) for backbone in backbones])
            for name in ("spearman", "accuracy", "oracle_accuracy")
        },
        "top_overlap": {
            str(size): _mean([overlap[size] for overlap in overlaps if size in overlap])
            for size in sorted({size for overlap in overlaps for size in overlap})
        },
        "pairs": len(pairs),
        "backbones": len(backbones),
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _oracle(truths: Truths, strategies: Sequence[str]) -> Oracle:
    """Accuracy of the candidate that is best over all seeds."""
    per_strategy = {}
    for strategy in strategies:
        there = [truth[strategy] for _, truth in truths.values() if strategy in truth]
        per_strategy[strategy] = {"accuracy": _mean(float(one.unseen[one.oracle]) for one in there)}
    means = [one["accuracy"] for one in per_strategy.values()]
    return {"regret_points": 0.0, "accuracy": _mean(means), "per_strategy": per_strategy, "pairs": len(truths)}


def _chance(truths: Truths, strategies: Sequence[str]) -> Chance:
    """What a candidate at random comes to: the mean over all."""
    per_strategy = {}
    for strategy in strategies:
        there = [truth[strategy] for _, truth in truths.values() if strategy in truth]
        accuracies = [float(one.unseen.mean()) for one in there]
        regrets = [100 * (float(one.unseen[one.oracle]) - mean) for one, mean in zip(there, accuracies, strict=True)]
        per_strategy[strategy] = {"regret_points": _mean(regrets), "accuracy": _mean(accuracies)}
    means = {name: _mean(one[name] for one in per_strategy.values()) for name in ("regret_points", "accuracy")}
    return {**means, "per_strategy": per_strategy, "pairs": len(truths)}


def _notes(maps: Sequence[ExhaustiveMap], methods: Mapping[str, MethodRegret], choose_by: str) -> list[str]:
    single = sorted({entry.backbone for entry in maps if len(seeds_of(maps, entry.backbone)) == 1})
    notes = [
        "Regret: the oracle's accuracy minus that of the method's winner, in percentage points, mean over strategies "
        "and backbones. Both are means over the seeds that did not choose the winner.",
        "Oracle: the candidate that is best over all seeds. With few seeds its lead is a little too large.",
        "Cost: shares of the exhaustive search's processor seconds and training epochs.",
    ]
    if choose_by != "accuracy":
        notes.append(
            f"Regret scores validation accuracy, by which cheaper searches rank; the study's own search ranked by "
            f"validation {choose_by}, so its winners may be others."
        )
    if any(entry["backbones"] < LEAST_CELLS for entry in methods.values()):
        notes.append(
            "There is no interval for fewer than five backbones: a bootstrap of so few is far too narrow, and seeds of "
            "one backbone are not independent."
        )
    if single:
        notes.append(
            f"One seed only: {', '.join(single)}. Its own map is the truth there, so a cheaper search's regret also "
            "holds the noise that the best candidate of one map profits from."
        )
    return notes
