"""A linear ridge classifier in closed form."""

import numpy as np

# Ridge penalties that are tried, as multiples of the features' mean squared singular value
_PENALTIES = np.logspace(-4, 2, 13)


def ridge_guesses(known: np.ndarray, labels: np.ndarray, unknown: np.ndarray) -> tuple[np.ndarray, float]:
    """Classify with a linear ridge classifier that is fitted in closed form.

    Least squares on one target per class, features standardised. The penalty is the one with the smallest squared
    leave-one-out error on the known images, which ridge regression has in closed form (Allen's PRESS); the
    unknown ones have no say in it. Solved through the images' scalar products, because there are fewer
    images than features.

    Args:
        known: features of the images with labels, (n, features).
        labels: their classes, (n,).
        unknown: features of the images to classify, (m, features).

    Returns:
        The classes of the unknown images (m,), and the penalty as a multiple of the mean squared singular value.
    """
    classes = np.unique(labels)
    targets = (labels[:, None] == classes).astype(np.float64)
    middle, spread = known.mean(axis=0), known.std(axis=0)
    # A feature that never moves says nothing; dividing by its rounding errors would make noise of it
    spread = np.where(spread > 1e-7 * (1 + np.abs(middle)), spread, np.inf)
    inputs, shares = (known - middle) / spread, targets.mean(axis=0)
    squares, left = np.linalg.eigh((inputs @ inputs.T).astype(np.float64))
    squares = np.maximum(squares, 0.0)
    scale = squares.mean() * len(known) / min(inputs.shape) or 1.0
    projected = left.T @ (targets - shares)

    def error(penalty: float) -> float:
        shrunk = squares / (squares + penalty * scale)
        leverage = 1 / len(known) + np.square(left) @ shrunk
        residual = targets - shares - left @ (shrunk[:, None] * projected)
        return float(np.mean(np.square(residual / np.maximum(1 - leverage, 1e-9)[:, None])))

    penalty = float(min(_PENALTIES, key=error))
    weights = left @ (projected / (squares + penalty * scale)[:, None])
    guesses = ((unknown - middle) / spread) @ inputs.T @ weights.astype(inputs.dtype) + shares
    return classes[np.argmax(guesses, axis=1)], penalty
