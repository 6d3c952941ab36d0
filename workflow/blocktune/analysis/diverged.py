"""What to look at where most runs diverged: a study of such runs says nothing of layers."""

LOOK_AT = (
    "training.learning_rate (try a tenth of it)",
    "pixels.range (what the weights were trained on)",
    "the labels (the right images in each class)",
)


def most_diverged(diverged: int, runs: int, what: str = "runs") -> str | None:
    """Return that more than half of some runs, called `what`, diverged; None if no more than that did."""
    return f"{diverged} of {runs} {what} diverged" if 2 * diverged > runs else None


def look_at() -> str:
    """Return what to look at as one sentence."""
    *first, last = LOOK_AT
    return f"Look at {', '.join(first)} and {last}."
