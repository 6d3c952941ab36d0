"""Drawing the parts of a dataset: which images a search run and a final run train on, which ones score them.

The training side (`final`, with `search` inside it), `validation` and `test` share no image, not even as a copy:
one of equal pixels, whatever its file looks like.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..settings.data import Split


@dataclass(frozen=True)
class Parts:
    """One boolean mask (N,) per part, and the copies that were left out of training because validation has the same.

    Attributes:
        search: what search runs train on, inside `final`.
        final: what final runs train on.
        validation: what every run is scored on; with a test part, what chooses and lowers the learning rate.
        dropped: images that `final` lost because a copy is in `validation` or `test`.
        test: what final runs are scored on, and nothing else reads; None where `validation` does both.
    """

    search: np.ndarray
    final: np.ndarray
    validation: np.ndarray
    dropped: int
    test: np.ndarray | None = None

    def masks(self) -> dict[str, np.ndarray]:
        """Return the parts that there are, by name."""
        found = {"search": self.search, "final": self.final, "validation": self.validation, "test": self.test}
        return {name: mask for name, mask in found.items() if mask is not None}


def totals(settings: Split, count: int) -> tuple[int, int, int]:
    """Return how many of `count` images search, final and validation get.

    Rounded as tensorflow-datasets rounds the percentages of a slice; final and validation never exceed `count`.
    """
    validation = _round(settings.validation, count)
    # Shares that add up to all must leave nothing over, whichever way they round.
    everything = settings.final + settings.validation > 1 - 1e-9
    final = count - validation if everything else min(_round(settings.final, count), count - validation)
    search = final if settings.search == settings.final else min(_round(settings.search, count), final)
    return search, final, validation


def in_order(settings: Split, groups: np.ndarray) -> Parts:
    """Slice the dataset's own order as `train[:10%]`, `train[:70%]` and `train[70%:]` do; nothing is random.

    `groups`: int (N,), equal for copies.
    """
    count = len(groups)
    search_count, final_count, validation_count = totals(settings, count)
    rows = np.arange(count)
    validation = rows >= count - validation_count
    final = rows < final_count
    copies = final & np.isin(groups, groups[validation])
    final &= ~copies
    return Parts(final & (rows < search_count), final, validation, int(copies.sum()))


def stratified(settings: Split, labels: np.ndarray, groups: np.ndarray, seed: int) -> Parts:
    """Draw each class in the same shares; totals are exact.

    Copies go to one side together. Only where that is impossible (almost everything is a copy) are
    copies left out of training instead.

    Args:
        settings: the shares.
        labels: int (N,), 0 to classes - 1.
        groups: int (N,), equal for copies, of any class.
        seed: of the split.
    """
    generator = np.random.default_rng(seed)
    search_count, final_count, validation_count = totals(settings, len(labels))
    validation = _draw_validation(labels, groups, validation_count, generator)
    copies = ~validation & np.isin(groups, groups[validation])
    sizes = np.bincount(labels)
    open_to_training = ~validation & ~copies
    final = _draw(labels, open_to_training, min(final_count, int(open_to_training.sum())), sizes, generator)
    search = _draw(labels, final, min(search_count, int(final.sum())), sizes, generator)
    return Parts(search, final, validation, int(copies.sum()))


def held_out(parts: Parts, labels: np.ndarray, groups: np.ndarray, selection: int, seed: int | None) -> Parts:
    """Make the validation part the test part, and take a new validation part out of what only final runs train on.

    So `search` and `test` hold the images that `search` and `validation` hold without a holdout. Where the search
    trains on all that final runs train on, it still does: both lose the new part.

    Args:
        parts: the split without a test set.
        labels: int (N,), 0 to classes - 1.
        groups: int (N,), equal for copies.
        selection: how many images the new part takes, at most.
        seed: of the split, in the classes' shares; None takes the last ones in the dataset's order.
    """
    whole = bool(np.array_equal(parts.search, parts.final))
    free = parts.final if whole else parts.final & ~parts.search & ~np.isin(groups, groups[parts.search])
    selection = min(selection, int(free.sum()))
    if seed is None:
        validation = np.zeros(len(labels), bool)
        validation[np.flatnonzero(free)[len(np.flatnonzero(free)) - selection :]] = True
    else:
        # A stream of its own: the other sets must not depend on whether there is this one
        validation = _draw(labels, free, selection, np.bincount(labels), np.random.default_rng([seed, 1]))
    rest = parts.final & ~validation
    copies = rest & np.isin(groups, groups[validation])
    final = rest & ~copies
    return replace(
        parts,
        search=final if whole else parts.search,
        final=final,
        validation=validation,
        dropped=parts.dropped + int(copies.sum()),
        test=parts.validation,
    )


def distribute(total: int, sizes: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Distribute `total` over classes in proportion to `sizes`, by largest remainder, within `room`.

    Args:
        total: at most the sum of `room`.
        sizes: int (classes,), not negative.
        room: int (classes,), the most that each class can take.

    Returns:
        int (classes,), of sum `total`.
    """
    sizes = sizes if sizes.sum() else room
    whole, remainder = np.divmod(total * sizes, max(int(sizes.sum()), 1))
    given = np.minimum(whole, room)
    order = sorted(range(len(sizes)), key=lambda label: (-remainder[label], label))
    while (left := total - int(given.sum())) > 0:
        takers = [label for label in order if given[label] < room[label]]
        given[takers[:left]] += 1
    return given


def _round(share: float, count: int) -> int:
    return round(round(share * 100, 9) * count / 100)


def _draw(
    labels: np.ndarray, candidates: np.ndarray, total: int, sizes: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Draw `total` of the candidates (a mask), stratified; return a mask."""
    quota = distribute(total, sizes, np.bincount(labels[candidates], minlength=len(sizes)))
    drawn = np.zeros(len(labels), bool)
    for label, number in enumerate(quota):
        drawn[generator.permutation(np.flatnonzero(candidates & (labels == label)))[:number]] = True
    return drawn


def _draw_validation(labels: np.ndarray, groups: np.ndarray, total: int, generator: np.random.Generator) -> np.ndarray:
    """Place whole groups of copies first, then fill up with single images to exactly `total`."""
    sizes = np.bincount(labels)
    validation_left = distribute(total, sizes, sizes)
    training_left = sizes - validation_left
    validation, placed = np.zeros(len(labels), bool), np.zeros(len(labels), bool)
    for members in _copies(groups, generator):
        needed = np.bincount(labels[members], minlength=len(sizes))
        side = _choose_side(needed, validation_left, training_left, generator)
        if side is None:
            continue  # fits nowhere as a whole: its members are placed singly, and the caller sorts out the copies
        left = validation_left if side == "validation" else training_left
        left -= needed
        placed[members] = True
        validation[members] = side == "validation"
    wanted = np.maximum(validation_left, 0)
    return validation | _draw(labels, ~placed, total - int(validation.sum()), wanted, generator)


def _copies(groups: np.ndarray, generator: np.random.Generator) -> list[np.ndarray]:
    """Return the rows of each group of two or more, in random order, large groups first."""
    names, counts = np.unique(groups, return_counts=True)
    several = [np.flatnonzero(groups == name) for name in generator.permutation(names[counts > 1])]
    return sorted(several, key=len, reverse=True)


def _choose_side(
    needed: np.ndarray, validation_left: np.ndarray, training_left: np.ndarray, generator: np.random.Generator
) -> str | None:
    """Return where a group goes: by chance where both sides have room in its classes, else wherever it fits."""
    in_validation, in_training = bool(np.all(needed <= validation_left)), bool(np.all(needed <= training_left))
    if in_validation and in_training:
        share = validation_left.sum() / (validation_left.sum() + training_left.sum())
        return "validation" if generator.random() < share else "training"
    if in_validation or in_training:
        return "validation" if in_validation else "training"
    # No class quota has room; the total may still, at the cost of a slightly uneven class.
    if needed.sum() <= training_left.sum():
        return "training"
    return "validation" if needed.sum() <= validation_left.sum() else None
