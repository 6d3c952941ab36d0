"""Words for times."""

import shlex

from ..runs.estimate import CALIBRATION, Range, taken
from ..settings.backbone import Backbone
from ..settings.model import Settings
from ..settings.own import is_function
from .progress import Progress


def duration(seconds: float) -> str:
    """Return seconds as people say them: `40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def durations(seconds: Range) -> str:
    """Return a range of seconds as people say it: `12 min`, `40 min to 1 h 10 min`."""
    least, most = map(duration, seconds)
    return least if least == most else f"{least} to {most}"


def expected(seconds: Range, cores: int, basis: str) -> str:
    """Return how long a study is expected to take, and the basis that this rests on.

    `seconds` are those of one processor core, `cores` trainings at once: 1 where that is not known.
    """
    wall = f", {durations(seconds.times(1 / cores))} on {cores}" if cores > 1 else ""
    return f"about {durations(seconds)} on one core{wall} ({basis})"


def still_expected(progress: Progress, settings: Settings, cores: int) -> list[str]:
    """Return what is known of the time that a study still takes, before it is run; a sentence each."""
    known = [entry.training_seconds_left for entry in progress.backbones if entry.training_seconds_left is not None]
    unknown = {entry.backbone for entry in progress.backbones if entry.training_seconds_left is None}
    networks = list(
        {repeat.backbone.key: repeat.backbone for repeat in settings.backbone_repeats if repeat.key in unknown}.values()
    )
    sentences = []
    if known and not any(left.most for left in known):
        sentences.append("nothing is left to train")
    elif known:
        left = Range.total(known)
        measured = progress.measured_runs
        basis = f"measured on {measured} runs" if measured else CALIBRATION
        if settings.search.by_rounds:
            # Rounds of a backbone follow each other
            cores = min(cores, settings.search.together * len(progress.backbones))
        sentences.append(expected(left if measured else taken(left), cores, basis))
    if networks:
        titles = ", ".join(network.title for network in networks)
        sentences.append(
            f"not known before the network is looked at and its runs are planned: {titles}; without training, "
            f"`{_plan_command(networks[0], settings)}` tells it"
        )
    return sentences


def _plan_command(network: Backbone, settings: Settings) -> str:
    """The command that estimates the time of a network's study; how many images there are only the user knows."""
    width = "" if network.alpha is None else f" --alpha {network.alpha:g}"
    code = " --allow-code" if is_function(network.name) else ""
    search = settings.search
    # The paper's strategies are none for a search by rounds
    rounds = f" --budget {search.budget} --strategies {' '.join(search.strategies)}" if search.by_rounds else ""
    return (
        f"blocktune plan {shlex.quote(network.name)}{width} --image-size {settings.data.image_size} "
        f"--epochs {settings.training.epochs} --method {search.method}{code} --images N{rounds}"
    )


def time_left(progress: Progress) -> str:
    """Return how long the study still takes, and on what that rests; nothing if nobody can know or nothing is left."""
    left, measured = progress.training_seconds_left, progress.measured_runs
    if progress.state in ("finished", "planning") or left is None or not left.most:
        return ""
    basis = f"measured on {measured} runs" if measured else "estimated, nothing measured yet"
    if progress.seconds_left is not None:
        return f"about {durations(progress.seconds_left)} left ({basis})"
    return f"about {durations(left)} of training left, one run at a time ({basis})"
