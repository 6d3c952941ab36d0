"""How far a study's results can be trusted: what stays and what changes when everything is done again.

Two kinds of spread are kept apart: over backbones, which the paper calls reliability, and over repeats of the same
backbone, which is noise (initial head, order of images, dropout).
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from scipy import stats

from ..candidates.searched import SEARCHED
from ..files.reliability import BaselineDifference, ReliabilityFound, Stability, StrategySpread
from ..files.study import Study
from ..search.ranking import rank_key
from .layers import Network
from .paired import Pairs, Right, paired_differences
from .ranks import equal_variances, over_backbones
from .scores import Score, Scores
from .strategies import BASELINES
from .table import mean, variance
from .untrained import is_untrained


class Repeat(NamedTuple):
    """The scores of one repeat of a study: those of its search, and those of its final runs."""

    search: Scores
    final: Scores


def reliability(
    study: Study, backbones: Sequence[Network], repeats: Sequence[Repeat], right: Right
) -> ReliabilityFound:
    """Return everything that the repeats say; what needs two is None with one. For `right` see `paired_differences`."""
    strategies = study.strategies

    def failed(backbone: Network, names: Sequence[str]) -> list[str]:
        accuracies = {name: [repeat.final.accuracy(backbone.key, name) for repeat in repeats] for name in names}
        return [name for name, values in accuracies.items() if any(is_untrained(study, value) for value in values)]

    def differences(strategy: str, baseline: str) -> dict[str, BaselineDifference]:
        pairs = {backbone.key: _pairs(backbone.key, strategy, baseline, repeats) for backbone in backbones}
        learnt_nothing = {backbone.key: failed(backbone, (strategy, baseline)) for backbone in backbones}
        found = paired_differences(
            pairs, right, study.new_parts, [key for key, names in learnt_nothing.items() if names]
        )
        return {key: found[key] | {"untrained": names} for key, names in learnt_nothing.items()}

    spreads = {strategy: _strategy(backbones, strategy, repeats) for strategy in strategies}
    columns = {name: [entry["mean"] for entry in spread["backbones"].values()] for name, spread in spreads.items()}
    tuned = [strategy for strategy in strategies if strategy not in BASELINES]
    return {
        "repeats": len(repeats),
        "strategies": spreads,
        "differences": {
            baseline: {strategy: differences(strategy, baseline) for strategy in tuned} for baseline in BASELINES
        },
        "winners": {
            strategy: {backbone.key: _stability(backbone, strategy, repeats, study.choose_by) for backbone in backbones}
            for strategy in SEARCHED
            if strategy in strategies
        },
        "over_backbones": over_backbones(columns),
        "variance_tests": {
            baseline: equal_variances(columns[baseline], {strategy: columns[strategy] for strategy in tuned})
            for baseline in BASELINES
        },
    }


def _strategy(backbones: Sequence[Network], strategy: str, repeats: Sequence[Repeat]) -> StrategySpread:
    """Mean, worst backbone, and both spreads; a run that diverged leaves no number where it would be needed."""
    accuracies = {
        backbone.key: [repeat.final.accuracy(backbone.key, strategy) for repeat in repeats] for backbone in backbones
    }
    means = {key: mean(values) for key, values in accuracies.items()}
    within = [variance(values) for values in accuracies.values()]
    known = {key: value for key, value in means.items() if value is not None}
    worst = min(known, key=lambda key: known[key]) if len(known) == len(means) else None
    return {
        "mean": mean(list(means.values())),
        "worst_backbone": worst,
        "worst_mean": known.get(worst) if worst else None,
        # As the paper's, but of the repeats' means
        "variance_over_backbones": variance(list(means.values())),
        "variance_over_repeats": mean(within),
        "backbones": {
            key: {"accuracies": values, "mean": means[key], "sd": _sd(values)} for key, values in accuracies.items()
        },
    }


def _pairs(backbone: str, strategy: str, baseline: str, repeats: Sequence[Repeat]) -> Pairs:
    return [(repeat.final.winner(backbone, strategy), repeat.final.winner(backbone, baseline)) for repeat in repeats]


def _sd(values: Sequence[float | None]) -> float | None:
    found = variance(values)
    return None if found is None else float(np.sqrt(found))


def _stability(backbone: Network, strategy: str, repeats: Sequence[Repeat], choose_by: str) -> Stability:
    """How often the same candidate wins, how far the winners' layers overlap, how far the maps agree."""
    winners = [repeat.search.winner(backbone.key, strategy) for repeat in repeats]
    found = [score for score in winners if score is not None]
    if not found:
        return {"winners": [], "most_frequent": None, "share": None, "jaccard": None, "rank_correlation": None}
    (candidate, times), *_ = Counter(score.candidate for score in found).most_common()
    layers = [_weighted(backbone, score) for score in found]
    overlaps = [len(one & other) / len(one | other) for one, other in combinations(layers, 2)]
    return {
        "winners": [score.candidate for score in found],
        "most_frequent": candidate,
        "share": times / len(found) if len(found) > 1 else None,
        "jaccard": mean(overlaps),
        "rank_correlation": mean(_correlations(backbone.key, strategy, repeats, choose_by)),
    }


def _weighted(backbone: Network, score: Score) -> set[int]:
    first, last = score.first or 0, score.last or 0
    return {layer.index for layer in backbone.weighted if first <= layer.index <= last}


def _correlations(backbone: str, strategy: str, repeats: Sequence[Repeat], choose_by: str) -> list[float]:
    """Spearman's rank correlation of what ranks the candidates, between every two repeats that rank them."""
    maps = []
    for repeat in repeats:
        scores = repeat.search.of(backbone, strategy)
        # A run that diverged is the worst, as in the ranking
        worth = {
            score.candidate: -math.inf if score.diverged else -rank_key(score.accuracy, score.loss, choose_by)
            for score in scores
        }
        if len(worth) > 2:
            maps.append(worth)
    found = []
    for one, other in combinations(maps, 2):
        if one.keys() == other.keys() and len(set(one.values())) > 1 and len(set(other.values())) > 1:
            order = sorted(one)
            found.append(float(stats.spearmanr([one[c] for c in order], [other[c] for c in order]).statistic))
    return found
