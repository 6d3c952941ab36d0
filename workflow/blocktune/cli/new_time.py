"""How long a study that `blocktune new` writes takes, and on how many images it searches to end within hours."""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import NamedTuple

from ..errors import BlocktuneError
from ..runs.estimate import CALIBRATION, taken
from ..runs.speed import OFF_BY, Speed
from ..search.duration import study_jobs, study_seconds
from ..settings.model import Settings
from ..steps.backbones import build_table
from ..watch.words import duration, expected
from .common import usable_cores

_MOST_SECONDS = 2 * 3600
_LEAST_SEARCHED_PER_CLASS = 5


class Share(NamedTuple):
    """What the search trains on, as a share of all images, and why, in words."""

    search: float
    why: str


WHOLE = Share(0.7, "As much as `final`: the search trains on the whole training set, and nothing is trained twice")
# Where that takes too long
_SMALLER = (0.5, 0.3, 0.2, 0.1)


class Estimate(NamedTuple):
    """How long a study takes: on all cores, in seconds, and in words."""

    wall: float
    words: str


def settled(
    settings_at: Callable[[Share], Settings], images: int, classes: Sequence[int], measured: bool
) -> tuple[Share, str]:
    """Return what the search trains on, and what to say of the time, as lines.

    `classes` says how many images each class has. Where this machine is not measured, operations are counted.
    """
    estimate = _estimator(settings_at(WHOLE), images, len(classes), measured)
    whole = estimate(settings_at(WHOLE))
    share, found, said = WHOLE, whole, ""
    smaller = [search for search in _SMALLER if search * min(classes) >= _LEAST_SEARCHED_PER_CLASS]
    for search in smaller if whole.wall > _MOST_SECONDS else ():
        took = f"on the whole training set the study would take about {duration(whole.wall)}"
        part = Share(search, f"A share of the training set: {took}")
        estimated = estimate(settings_at(part))
        # Winners are then trained once more, on all: a share that is hardly smaller saves nothing
        if estimated.wall < found.wall:
            share, found = part, estimated
            said = f"\nsplit.search is {search:g} and not {WHOLE.search:g}: {took}"
        if found.wall <= _MOST_SECONDS:
            break
    if found.wall > _MOST_SECONDS:
        said += (
            f"\nwarning: the study takes more than {duration(_MOST_SECONDS)} even so. A GPU, a smaller "
            "data.image_size, fewer search.rates or search.candidates make it shorter"
        )
    return share, f"{said}\n{found.words}"


def _estimator(settings: Settings, images: int, classes: int, measured: bool) -> Callable[[Settings], Estimate]:
    """Return what estimates the study's time: from a short measurement, or where there is none from operations."""
    cores = usable_cores()
    speed: Speed | None = None
    if measured:
        print(f"\nmeasuring how fast this machine trains {settings.backbones[0].title} ...", flush=True)
        from ..training.speed import measure

        try:
            table, speed = measure(settings, images, classes)
        except BlocktuneError as error:
            print(f"not measured, so operations are counted instead: {error}")
    if speed is None:
        table = build_table(settings.backbones[0].model_copy(update={"weights": "none"}), settings.data.image_size)

    def estimate(settings: Settings) -> Estimate:
        seconds = study_seconds(settings, table, images, speed)
        at_once = min(cores, study_jobs(settings, table, images))
        if speed is None:
            seconds = taken(seconds)
            return Estimate(sqrt(seconds.least * seconds.most) / at_once, expected(seconds, cores, CALIBRATION))
        wall = seconds.most / at_once
        on_all = f", {duration(wall)} on {cores} cores" if cores > 1 else ""
        return Estimate(
            wall,
            f"about {duration(seconds.most)} of processor time on one core{on_all} (measured on this machine for "
            f"{speed.measured:.0f} s; right within a factor of {OFF_BY:g})",
        )

    return estimate
