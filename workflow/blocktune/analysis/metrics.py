"""The headline numbers of a study, for DVC and for programs: `metrics.json`."""

from collections.abc import Sequence

from ..files.headline import (
    BackboneNumbers,
    EndLayer,
    Headline,
    OverBackbones,
    StageScore,
    StagesOverBackbones,
    StrategyNumbers,
)
from ..files.study import Study
from .layers import Network
from .scores import Score, Scores
from .table import mean, variance


def headline(study: Study, backbones: Sequence[Network], search: Scores, final: Scores) -> Headline:
    """Return the headline numbers.

    None of them chooses a strategy: the best of test scores would be chosen on the test images. `recommend` chooses, by
    validation. Strategies are those of the study, and any other that the search ran (random layers).
    """
    strategies = list(study.strategies) + [key for key in search.strategies() if key not in study.strategies]
    return Headline(
        study=study.name,
        seed=study.seed,
        validation_images=study.images["validation"],
        test_images=study.images.get("test"),
        random_weights=tuple(backbone.key for backbone in backbones if backbone.weights_kind == "none"),
        strategies={
            strategy: StagesOverBackbones(_over(backbones, search, strategy), _over(backbones, final, strategy))
            for strategy in strategies
        },
        backbones={
            backbone.key: BackboneNumbers(
                title=backbone.title,
                weights_kind=backbone.weights_kind,
                random_weights=backbone.weights_kind == "none",
                strategies={strategy: _strategy(backbone, strategy, search, final) for strategy in strategies},
            )
            for backbone in backbones
        },
    )


def _over(backbones: Sequence[Network], scores: Scores, strategy: str) -> OverBackbones:
    accuracies = [scores.accuracy(backbone.key, strategy) for backbone in backbones]
    return OverBackbones(mean(accuracies), variance(accuracies), sum(value is not None for value in accuracies))


def _strategy(backbone: Network, strategy: str, search: Scores, final: Scores) -> StrategyNumbers:
    """Return one strategy of one backbone: the candidate that won the search and its accuracies in both stages."""
    candidate = search.winner(backbone.key, strategy) or final.winner(backbone.key, strategy)
    return StrategyNumbers(
        candidates=len(search.of(backbone.key, strategy)),
        weighted_layers=candidate.weighted_layers if candidate else None,
        parameters=candidate.parameters if candidate else None,
        first=_layer(backbone, candidate.first) if candidate else None,
        last=_layer(backbone, candidate.last) if candidate else None,
        search=_stage(backbone, strategy, search),
        final=_stage(backbone, strategy, final),
    )


def _layer(backbone: Network, index: int | None) -> EndLayer | None:
    return None if index is None else EndLayer(index, backbone.layer_name(index))


def _stage(backbone: Network, strategy: str, scores: Scores) -> StageScore:
    winner = scores.winner(backbone.key, strategy)
    return StageScore(
        accuracy=winner.accuracy if winner else None,
        diverged=winner.diverged if winner else None,
        run=winner.run if winner else None,
        gain_over_baseline1_points=_gain(winner, scores.accuracy(backbone.key, "baseline1")),
        gain_over_baseline2_points=_gain(winner, scores.accuracy(backbone.key, "baseline2")),
    )


def _gain(winner: Score | None, baseline: float | None) -> float | None:
    if winner is None or winner.accuracy is None or baseline is None:
        return None
    # Six decimals: an accuracy is a whole number of images, the digits behind are rounding of the subtraction.
    return round(100 * (winner.accuracy - baseline), 6)
