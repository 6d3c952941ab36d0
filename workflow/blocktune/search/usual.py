"""What arms usually come to, before anything is trained: learned from tables of other data sets.

The map over where a stretch begins, where it ends, and at which rate it trains looks much alike on different images and
networks: on a scale of its own (mean 0, deviation 1) that of one data set tells that of another with a correlation of
about 0.9. So a search need not begin with nothing. `benchmarks/usual_arms.py` fits a cubic surface to
each cell of a table of spans, and this module holds the coefficients. What is said of a data set never comes from its
own cells.
"""

import math
from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np

from .arm_table import Arm

# Logarithms of the tables' rates: what lies beyond counts as their lowest or highest
_LOWEST, _MIDDLE, _HIGHEST = (math.log10(rate) for rate in (1e-4, 3e-4, 1e-3))
_DEGREE = 3

SURFACES: dict[tuple[str, str], tuple[float, ...]] = {
    ("sign_digits", "MobileNet 0.25"): (
        -1.291,
        0.738,
        -2.122,
        -1.414,
        -3.132,
        -3.051,
        -2.852,
        10.232,
        9.550,
        1.930,
        -2.820,
        3.554,
        -2.700,
        2.080,
        4.592,
        2.082,
        -5.420,
        -6.425,
        -3.617,
        -0.264,
    ),
    ("trashnet", "MobileNet 0.25"): (
        0.233,
        2.178,
        -10.648,
        -1.188,
        -8.594,
        -2.005,
        -1.287,
        23.521,
        5.612,
        0.087,
        -2.685,
        9.512,
        -5.904,
        -0.589,
        5.588,
        0.169,
        -12.052,
        -2.711,
        0.674,
        -0.292,
    ),
    ("tf_flowers", "MobileNet 0.25"): (
        -1.797,
        -1.302,
        3.849,
        -0.297,
        2.679,
        1.321,
        -1.081,
        -4.224,
        2.531,
        -0.676,
        -11.905,
        9.388,
        -5.865,
        -2.905,
        6.126,
        -1.056,
        2.930,
        -0.856,
        3.265,
        -0.105,
    ),
    ("sign_digits", "MobileNetV2 0.35"): (
        -1.859,
        -3.130,
        5.321,
        0.547,
        -0.038,
        2.767,
        -1.135,
        -5.238,
        4.084,
        1.141,
        -4.526,
        3.038,
        -2.369,
        -0.324,
        3.544,
        1.712,
        3.075,
        -3.428,
        -2.702,
        0.189,
    ),
}
"""Coefficients of `terms` by data set and backbone."""

OTHER_NAMES = {"flower_photos": "tf_flowers"}
"""What else a data set is called: the archive of its images, for one."""


def usual_worth(arms: Sequence[Arm], without: str | None = None) -> np.ndarray:
    """Return what arms usually come to, (arms,), higher is better, in units of about the deviation between spans.

    Each data set counts alike, whatever the number of its cells.

    Args:
        arms: of one backbone.
        without: name of the data set that is searched, whose own cells are left out: those of that name, whatever its
            case and version, or of another name for the same images.
    """
    by_dataset: dict[str, list[tuple[float, ...]]] = {}
    for (dataset, _), coefficients in SURFACES.items():
        if without is None or dataset != _known_name(without):
            by_dataset.setdefault(dataset, []).append(coefficients)
    return terms(arms) @ np.mean([np.mean(cells, axis=0) for cells in by_dataset.values()], axis=0)


def _known_name(dataset: str) -> str:
    name = dataset.partition(":")[0].lower()
    return OTHER_NAMES.get(name, name)


def terms(arms: Sequence[Arm]) -> np.ndarray:
    """Return the terms of a cubic surface, (arms, 20): all products of begin, end and rate up to degree 3.

    Where a span begins and ends are shares of the network's depth, and the head alone begins and ends at the top. The
    rate is the logarithm to base 10 of what the middle rate of the tables is multiplied by; one that the recipe alone
    gives counts as that.
    """
    count = max((arm.blocks[1] for arm in arms if arm.blocks), default=1)
    spans = np.array([(arm.blocks[0] - 1, arm.blocks[1]) if arm.blocks else (count, count) for arm in arms]) / count
    rates = np.array([_MIDDLE if arm.rate is None else math.log10(arm.rate) for arm in arms])
    axes = np.column_stack([spans, np.clip(rates, _LOWEST, _HIGHEST) - _MIDDLE])
    products = [
        axes[:, list(some)].prod(axis=1)
        for degree in range(_DEGREE + 1)
        for some in combinations_with_replacement(range(3), degree)
    ]
    return np.column_stack(products)
