"""Tables of arms whose truth is known, made by hand."""

import numpy as np

from blocktune.search.arm_table import Arm, Table

EPOCHS = 4


def arms(count, rates=(1e-3,)):
    """So many tails, each at every rate; the first is the last block alone."""
    return [
        Arm(
            index=number * len(rates) + place,
            names=(("tail", number + 1),) if number else (("tail", 1), ("bw", 1)),
            layers=tuple(range(2 * (count - number), 2 * count + 2, 2)),
            first=2 * (count - number),
            last=2 * count,
            blocks=(count - number, count),
            rate=rate,
            parameters=10 * (number + 1),
        )
        for number in range(count)
        for place, rate in enumerate(rates)
    ]


def bits(shares, images):
    """Bits of which the given share is set, (..., bytes)."""
    right = np.arange(images) < np.rint(np.asarray(shares) * images)[..., None]
    return np.packbits(right, axis=-1)


def table(
    validation,
    test=None,
    rates=(1e-3,),
    cell="flowers, Net",
    validated=(1, 2, 3, 4),
    choose_by="accuracy",
    probe=None,
    scores=None,
    images=(100, 200),
    **changes,
):
    """A table from final accuracies by arm and seed, NaN for a run that diverged in its first epoch.

    Curves rise to them evenly. What is no epoch costs 10 seconds, epochs cost 1, 2, 3 and 4.
    """
    validation = np.asarray(validation, float)
    test = validation if test is None else np.asarray(test, float)
    count, seeds = validation.shape
    diverged = np.isnan(validation)
    accuracy = validation[..., None] * np.array([epoch / EPOCHS for epoch in validated])
    seconds = np.tile(np.array([10.0, *range(1, EPOCHS + 1)]), (count, seeds, 1))
    arrays = {
        "accuracy": accuracy,
        "loss": 1 - accuracy,
        "scaled_loss": 0.5 - validation / 2,
        "seconds": seconds,
        "trained": np.ones((count, seeds), bool),
        "diverged": diverged,
        "validation_right": bits(np.nan_to_num(validation), images[0]),
        "test_right": bits(np.nan_to_num(test), images[1]),
    }
    if probe is not None:
        arrays["probe"] = np.tile([probe, probe, 0.7, 2.0], (seeds, 1))
        arrays["probe_validation_right"] = np.tile(bits(probe, images[0]), (seeds, 1))
        arrays["probe_test_right"] = np.tile(bits(probe, images[1]), (seeds, 1))
    for method, given in (scores or {}).items():
        arrays[f"scores/{method}"] = np.tile(np.asarray(given, float)[:, None], (1, seeds))
        arrays[f"scores_seconds/{method}"] = np.full(seeds, 3.0)
    about = {
        "cell": cell,
        "dataset": "flowers",
        "backbone": "Net",
        "recipe": {},
        "epochs": EPOCHS,
        "validated": list(validated),
        "counts": "last",
        "choose_by": choose_by,
        "images": {"validation": images[0], "test": images[1]},
        "largest_class": 5,
        "blocks": count // len(rates),
        "versions": {},
        "licence": "not stated",
    }
    return Table(about | changes, arms(count // len(rates), rates), range(1, seeds + 1), arrays)
