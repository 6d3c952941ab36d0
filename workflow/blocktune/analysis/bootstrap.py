"""Intervals over backbones or cells: what a comparison of searches varies over."""

from collections.abc import Sequence

import numpy as np

_RESAMPLES = 10_000
LEAST_CELLS = 5
"""A bootstrap of fewer is far too narrow."""


def bootstrap_interval(values: Sequence[float], seed: int) -> list[float] | None:
    """Return the 95 % percentile bootstrap interval of the mean of independent values, None for fewer than five."""
    if len(values) < LEAST_CELLS:
        return None
    from scipy import stats  # takes seconds that no other command should wait for

    found = stats.bootstrap((values,), np.mean, n_resamples=_RESAMPLES, method="percentile", rng=seed)
    return [float(found.confidence_interval.low), float(found.confidence_interval.high)]
