"""Whether every class is large enough for the linear probe, told before anything trains."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import BlocktuneError
from ..settings.model import Settings

FEWEST = 2
"""Photographs of each class: one to fit to and one to check on."""


def fitted_to(settings: Settings) -> dict[str, str]:
    """Return the parts that a probe is fitted to, each with the setting that asks for it; empty without a probe."""
    if settings.head.start == "probe":
        return dict.fromkeys(("search", "final"), "head.start is probe")
    return {"final": "baselines.also has probe"} if "probe" in settings.baselines.also else {}


def check_probe_classes(
    settings: Settings, parts: Mapping[str, np.ndarray], labels: np.ndarray, classes: Sequence[str]
) -> None:
    """Check the parts that a probe is fitted to.

    Args:
        settings: the study's.
        parts: rows by part.
        labels: of all photographs, (N,).
        classes: their names.

    Raises:
        BlocktuneError: a class is too small for the cross-validation that chooses the penalty.
    """
    for part, key in fitted_to(settings).items():
        sizes = np.bincount(labels[parts[part]], minlength=len(classes))
        small = np.flatnonzero(sizes < FEWEST)
        if len(small):
            named = ", ".join(f"{classes[place]!r} ({sizes[place]})" for place in small[:5])
            more = f" and {len(small) - 5} more" if len(small) > 5 else ""
            raise BlocktuneError(
                f"{key}: cross-validation chooses the probe's penalty and needs at least {FEWEST} photographs of each "
                f"class in the part {part}; too small: {named}{more}. Add photographs, raise split.{part}, or leave "
                "the probe out"
            )
