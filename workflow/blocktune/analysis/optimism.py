"""Selection optimism: how much of a winner's score in the search is gone with another training and other images.

The best of many candidates owes its rank to two kinds of noise: that of the images that scored it and that of its
training. So the search's winners are trained once more with another seed, and scored on images that the search has not
seen. Nothing chose Baseline I: what it loses is the difference between the two parts, and what a winner loses beyond
that is optimism.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..files.answer import OptimismEntry, OptimismFound
from ..files.plan import Plan, PlannedCandidate
from ..files.record import Metrics
from ..files.study import Study
from .paired import Part, Right, around, of_mean, of_training, pooled
from .scores import Scores
from .table import mean

REFERENCE = "baseline1"


class _Once(NamedTuple):
    """Scores of one winner in one repeat; None where a run diverged or was not scored."""

    run: str
    selected: float | None
    unseen: float | None


def optimism(
    study: Study,
    plans: Sequence[Sequence[Plan]],
    search: Sequence[Scores],
    metrics: Mapping[str, Metrics],
    right: Right,
) -> OptimismFound:
    """Return what the winners lost beyond Baseline I, which is what `optimism.json` holds.

    Args:
        study: the study.
        plans: of each repeat the stage `unseen` of every backbone.
        search: of each repeat the scores of the search.
        metrics: metrics of the runs of these plans by their ids.
        right: by run, whether each image that the search has not seen was classified rightly.
    """
    sizes = {"chosen_on": study.images["validation"], "unseen": study.unseen_by_the_search}
    scores: dict[str, dict[str, list[_Once]]] = {}
    for of_repeat, found in zip(plans, search, strict=True):
        for plan in of_repeat:
            for candidate in plan.candidates:
                entry = _once(plan.backbone, candidate, found, metrics[candidate.run], study.counts)
                scores.setdefault(plan.backbone, {}).setdefault(candidate.strategy, []).append(entry)
    entries = {
        backbone: {strategy: _entry(mine, strategies[REFERENCE]) for strategy, mine in strategies.items()}
        for backbone, strategies in scores.items()
    }
    for strategy in {strategy for strategies in scores.values() for strategy in strategies} - {REFERENCE}:
        known = {key: mine[strategy] for key, mine in entries.items() if mine.get(strategy, {}).get("by_repeat")}
        training = pooled([entry["by_repeat"] for entry in known.values()])
        for key, entry in known.items():
            images = _over_images(scores[key][strategy], scores[key][REFERENCE], right, sizes)
            entry["interval"] = _interval(study, entry, images, training)
    return {"images": sizes, "backbones": entries}


def _once(backbone: str, candidate: PlannedCandidate, search: Scores, metrics: Metrics, counts: str) -> _Once:
    found = (
        score.accuracy for score in search.of(backbone, candidate.strategy) if score.candidate == candidate.candidate
    )
    afterwards = None if metrics["diverged"] else metrics["test"][counts]["accuracy"]
    return _Once(candidate.run, next(found, None), afterwards)


def _entry(ours: Sequence[_Once], reference: Sequence[_Once]) -> OptimismEntry:
    """Means over repeats, and how much more than the reference it fell."""
    selected, unseen = mean([once.selected for once in ours]), mean([once.unseen for once in ours])
    entry: OptimismEntry = {"selected": selected, "unseen": unseen, "points": None, "by_repeat": None, "interval": None}
    pairs = list(zip(ours, reference, strict=True))
    if ours is reference or any(None in once for pair in pairs for once in pair):
        return entry
    by_repeat = [100 * (_fall(one) - _fall(other)) for one, other in pairs]
    return entry | {"points": float(np.mean(by_repeat)), "by_repeat": by_repeat}


def _fall(once: _Once) -> float:
    return once.selected - once.unseen


def _over_images(ours: Sequence[_Once], reference: Sequence[_Once], right: Right, sizes: Mapping[str, int]) -> Part:
    """The part of images in the variance, in squared points.

    Both parts are random parts of the same images, so how much one image's difference varies, which only the unseen
    ones tell image by image, holds for both.
    """
    pairs = zip(ours, reference, strict=True)
    each = np.mean([right[one.run].astype(float) - right[other.run] for one, other in pairs], axis=0)
    variance, freedom = of_mean(100 * each)
    return variance * len(each) * (1 / sizes["chosen_on"] + 1 / sizes["unseen"]), freedom


def _interval(study: Study, entry: OptimismEntry, images: Part, training: Part | None) -> list[float] | None:
    """See `paired.paired_differences`: repeats with parts of their own hold the noise of images already."""
    new_parts = study.each_repeat == "new"
    parts = [] if new_parts else [images]
    if training is not None:
        overlap = study.unseen_by_the_search / study.images["search"] if new_parts else 0.0
        parts.append(of_training(entry["by_repeat"], training, overlap))
    return around(entry["points"], *parts) if parts else None
