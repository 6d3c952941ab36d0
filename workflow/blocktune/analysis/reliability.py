"""How far a study's results can be trusted: what stays and what changes when everything is done again.

Two kinds of spread are kept apart: over backbones, which the paper calls reliability, and over repeats of the same
backbone, which is what luck alone does (initial head, order of photographs, dropout).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from .layers import Backbone
from .scores import Score, Scores
from .table import mean, variance

SEARCHED = ("lw", "bw", "bwsw")
BASELINES = ("baseline1", "baseline2")
_RESAMPLES = 10_000
_CONFIDENCE = 0.95

Record = dict[str, Any]


@dataclass(frozen=True)
class Repeat:
    """One repeat of a study.

    Attributes:
        search: Scores of its search.
        final: Scores of its final runs.
        right: By run, whether each test photograph was classified rightly (bool, in the order of the rows); runs
            without a test part are missing.
    """

    search: Scores
    final: Scores
    right: Mapping[str, np.ndarray]


def reliability(backbones: Sequence[Backbone], strategies: Sequence[str], repeats: Sequence[Repeat]) -> Record:
    """Return everything that the repeats say, as plain data for a JSON file.

    Args:
        backbones: The backbones.
        strategies: Columns of Table I.
        repeats: At least one; what needs two is None with one.

    Returns:
        `repeats`; `strategies` by key (see `_strategy`); `differences` to each baseline by strategy and backbone (see
        `_difference`); `winners` of lw, bw and bwsw by backbone (see `_stability`); `over_backbones` (see `_friedman`).
    """
    return {
        "repeats": len(repeats),
        "strategies": {strategy: _strategy(backbones, strategy, repeats) for strategy in strategies},
        "differences": {
            baseline: {
                strategy: {
                    backbone.key: _difference(backbone.key, strategy, baseline, repeats) for backbone in backbones
                }
                for strategy in strategies
                if strategy not in BASELINES
            }
            for baseline in BASELINES
        },
        "winners": {
            strategy: {backbone.key: _stability(backbone, strategy, repeats) for backbone in backbones}
            for strategy in SEARCHED
        },
        "over_backbones": _friedman(backbones, strategies, repeats),
    }


def _strategy(backbones: Sequence[Backbone], strategy: str, repeats: Sequence[Repeat]) -> Record:
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


def _sd(values: Sequence[float | None]) -> float | None:
    found = variance(values)
    return None if found is None else float(np.sqrt(found))


def _difference(backbone: str, strategy: str, baseline: str, repeats: Sequence[Repeat]) -> Record:
    """The strategy's accuracy minus the baseline's in points, repeat by repeat, with a 95 % interval.

    With a test part the interval is a bootstrap over its photographs, each with the mean of its repeats: both runs saw
    the same ones, so what is hard for both cancels out. Without one it is Student's interval over repeats, which
    says nothing about other photographs and needs two repeats; a bootstrap of so few would be far too narrow.
    """
    pairs = [(repeat.final.winner(backbone, strategy), repeat.final.winner(backbone, baseline)) for repeat in repeats]
    if any(score is None or score.accuracy is None for pair in pairs for score in pair):
        return {"points": None, "by_repeat": None, "interval": None, "interval_over": None}
    by_repeat = [100 * (ours.accuracy - theirs.accuracy) for ours, theirs in pairs]
    photographs = _by_photograph(pairs, repeats)
    if photographs is not None:
        interval, over = _bootstrap(100 * photographs), "photographs"
    elif len(by_repeat) >= 2:
        interval, over = _student(by_repeat), "repeats"
    else:
        interval, over = None, None
    return {
        "points": float(np.mean(by_repeat)),
        "by_repeat": by_repeat,
        "interval": interval,
        "interval_over": over,
    }


def _by_photograph(pairs: Sequence[tuple[Score, Score]], repeats: Sequence[Repeat]) -> np.ndarray | None:
    """Difference of being right, of each test photograph, mean over repeats; None without a test part."""
    found = []
    for (ours, theirs), repeat in zip(pairs, repeats, strict=True):
        if ours.run not in repeat.right or theirs.run not in repeat.right:
            return None
        found.append(repeat.right[ours.run].astype(float) - repeat.right[theirs.run])
    return np.mean(found, axis=0)


def _bootstrap(values: np.ndarray) -> list[float]:
    """Percentile bootstrap interval of a mean; the same values always give the same interval."""
    if np.ptp(values) == 0:
        return [float(values[0])] * 2
    done = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=_CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    return [float(done.confidence_interval.low), float(done.confidence_interval.high)]


def _student(values: Sequence[float]) -> list[float]:
    """Student's interval of a mean of at least two values."""
    middle, error = float(np.mean(values)), float(stats.sem(values))
    reach = float(stats.t.ppf((1 + _CONFIDENCE) / 2, len(values) - 1)) * error
    return [middle - reach, middle + reach]


def _stability(backbone: Backbone, strategy: str, repeats: Sequence[Repeat]) -> Record:
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
        "rank_correlation": mean(_correlations(backbone.key, strategy, repeats)),
    }


def _weighted(backbone: Backbone, score: Score) -> set[int]:
    first, last = score.first or 0, score.last or 0
    return {layer.index for layer in backbone.weighted if first <= layer.index <= last}


def _correlations(backbone: str, strategy: str, repeats: Sequence[Repeat]) -> list[float]:
    """Spearman's rank correlation of the candidates' accuracies between every two repeats that rank them."""
    maps = []
    for repeat in repeats:
        scores = repeat.search.of(backbone, strategy)
        # A run that diverged is the worst, as in the ranking
        accuracies = {score.candidate: -1.0 if score.accuracy is None else score.accuracy for score in scores}
        if len(accuracies) > 2:
            maps.append(accuracies)
    found = []
    for one, other in combinations(maps, 2):
        if one.keys() == other.keys() and len(set(one.values())) > 1 and len(set(other.values())) > 1:
            order = sorted(one)
            found.append(float(stats.spearmanr([one[c] for c in order], [other[c] for c in order]).statistic))
    return found


def _friedman(backbones: Sequence[Backbone], strategies: Sequence[str], repeats: Sequence[Repeat]) -> Record:
    """Whether strategies differ over backbones (Friedman), and the least p that a pair of them could reach (Wilcoxon).

    Repeats of a backbone are no further backbones: each backbone counts once, with its mean.
    """
    columns = [
        [mean([repeat.final.accuracy(backbone.key, strategy) for repeat in repeats]) for backbone in backbones]
        for strategy in strategies
    ]
    whole = all(value is not None for column in columns for value in column)
    possible = whole and len(backbones) >= 2 and len(strategies) >= 3
    test = stats.friedmanchisquare(*columns) if possible else None
    return {
        "backbones": len(backbones),
        "friedman_p": float(test.pvalue) if test is not None and np.isfinite(test.pvalue) else None,
        # All of n differences on one side: the least p of Wilcoxon's signed-rank test (two-sided, exact)
        "least_wilcoxon_p": min(1.0, 2.0 ** (1 - len(backbones))),
    }
