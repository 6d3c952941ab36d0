"""What factors and figures are called; read where the workflow is planned, so it imports nothing slow."""

from collections.abc import Collection

FACTORS = {
    "learning_rate": "learning rate",
    "photographs": "photographs per class",
    "imbalance": "imbalance",
    "optimizer": "optimizer",
    "batch_norm": "BatchNormalization",
    "target": "target",
    "source": "source classes",
}
"""Factors that are crossed with strategies, by key."""

IN_WORDS = {
    "learning_rate": "the learning rate",
    "photographs": "the number of photographs per class",
    "imbalance": "imbalance",
    "optimizer": "the optimizer",
    "batch_norm": "the BatchNormalization policy",
    "target": "the target",
    "source": "the number of source classes",
}
"""The same in the middle of a sentence."""

WHERE = "where"
GRID = "grid"

RESPONSES = {
    "calibration_error": "calibration error",
    "epochs_to_95": "epochs to 95 % of the final score",
    "relative_change": "relative weight change of unfrozen layers",
    "cka": "CKA to the features before, mean over layers",
}
"""What is measured besides accuracy, by key."""

IF_PERFECT = "calibration_if_perfect"
"""What chance alone makes of the calibration error, for a perfectly calibrated classifier on as many images."""

_DISTANCES = "distances"
_NEEDS: dict[str, frozenset[str]] = {
    "figure_factors_effects": frozenset(),
    "figure_factors_learning_rate": frozenset({"learning_rate"}),
    "figure_factors_photographs": frozenset({"photographs"}),
    "figure_factors_imbalance": frozenset({"imbalance"}),
    "figure_factors_optimizer": frozenset({"optimizer"}),
    "figure_factors_batch_norm": frozenset({"batch_norm"}),
    "figure_factors_where": frozenset({WHERE}),
    "figure_factors_source": frozenset({"source"}),
    "figure_factors_target": frozenset({"target", _DISTANCES}),
    "figure_factors_distance": frozenset({"target", _DISTANCES}),
    "figure_factors_cka": frozenset(),
    "figure_factors_map": frozenset(),
}


def figure_names(factors: Collection[str], distances: bool) -> list[str]:
    """Return the names of the figures, without ending, that a study draws.

    Args:
        factors: keys of the factors that it sweeps, `where` among them if all strategies run.
        distances: whether distances of source and targets are measured.
    """
    there = {*factors, *([_DISTANCES] if distances else [])}
    return [name for name, needed in _NEEDS.items() if needed <= there]


def term_name(term: Collection[str]) -> str:
    """Return what a term is called: `learning rate`, `learning rate x strategy`."""
    return " x ".join(FACTORS.get(name, name) for name in term)
