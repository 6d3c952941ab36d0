"""Words for times."""

from .progress import Progress, Range


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


def time_left(progress: Progress) -> str:
    """Return how long the study still takes, and on what that rests; nothing if nobody can know or nothing is left."""
    left, measured = progress.training_seconds_left, progress.measured_runs
    if progress.state in ("finished", "planning") or left is None or not left.most:
        return ""
    basis = f"measured on {measured} runs" if measured else "estimated, nothing measured yet"
    if progress.seconds_left is not None:
        return f"about {durations(progress.seconds_left)} left ({basis})"
    return f"about {durations(left)} of training left, one run at a time ({basis})"
