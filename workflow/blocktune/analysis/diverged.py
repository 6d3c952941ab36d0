"""What to look at where most runs diverged: a study of such runs says nothing of layers."""

LOOK_AT = (
    "training.learning_rate (try a tenth of it), pixels.range (what the weights were trained on), floatx in "
    "~/.keras/keras.json (float16 overflows) and the labels (the right images in each class)"
)


def most_diverged(diverged: int, runs: int, what: str = "runs") -> str | None:
    """Return a warning if more than half of some runs diverged, None otherwise.

    Args:
        diverged: How many diverged.
        runs: How many there are.
        what: What they are called.
    """
    if 2 * diverged <= runs:
        return None
    return f"{diverged} of {runs} {what} diverged. Look at {LOOK_AT}."
