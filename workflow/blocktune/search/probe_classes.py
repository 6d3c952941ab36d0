"""Whether every class is large enough for the linear probe, told before anything trains."""

from collections.abc import Mapping

from ..errors import BlocktuneError
from ..files.dataset import PartSummary
from ..settings.model import Settings

FEWEST = 2
"""Images of each class: one to fit to and one to check on."""


def _fitted_to(settings: Settings) -> dict[str, str]:
    """Return the parts that a probe is fitted to, each with the setting that asks for it; empty without a probe."""
    if settings.head.start == "probe":
        return dict.fromkeys(("search", "final"), "head.start is probe")
    return {"final": "baselines.also has probe"} if "probe" in settings.baselines.also else {}


def check_probe_classes(settings: Settings, parts: Mapping[str, PartSummary]) -> None:
    """Check the parts that a probe is fitted to, as the summary of the split tells of them.

    Raises:
        BlocktuneError: a class is too small for the cross-validation that chooses the penalty.
    """
    for part, key in _fitted_to(settings).items():
        small = [f"{name!r} ({count})" for name, count in parts[part].classes.items() if count < FEWEST]
        if small:
            more = f" and {len(small) - 5} more" if len(small) > 5 else ""
            raise BlocktuneError(
                f"{key}: cross-validation chooses the probe's penalty and needs at least {FEWEST} images of each "
                f"class in the training set (split.{part}); too small: {', '.join(small[:5])}{more}. Add images, raise "
                f"split.{part}, or leave the probe out"
            )
