"""What is said under Table I, whatever it is printed in."""

import math
from collections.abc import Sequence
from string import ascii_lowercase

from ..document.blocks import Varied, Words
from ..files.study import Study
from .diverged import look_at, most_diverged
from .layers import Network
from .protocol import protocol, weights_words
from .strategies import label
from .table import Table
from .untrained import guess_words


def caption(study: Study) -> str:
    """Return what the table shows and under which conditions."""
    part, _ = study.scored_on("final")
    return f"{part.capitalize()} accuracy of the fine-tuned networks, study {study.name}. {protocol(study, 'final')}."


def footnotes(backbones: Sequence[Network]) -> dict[str, tuple[str, str]]:
    """Return (letter, text) of each backbone that needs a footnote for its weights, by its key, in order."""
    noted = [(backbone.key, words) for backbone in backbones if (words := weights_words(backbone))]
    return {
        key: (ascii_lowercase[place % 26] * (place // 26 + 1), f"{words[0].upper()}{words[1:]}")
        for place, (key, words) in enumerate(noted)
    }


def weights_note(backbones: Sequence[Network]) -> list[str]:
    """Return a paragraph on backbones whose weights are not Keras' ImageNet weights, if there are any."""
    noted = [f"{backbone.title}: {words}" for backbone in backbones if (words := weights_words(backbone))]
    return [f"Weights. {'; '.join(noted)}."] if noted else []


def remarks(study: Study, table: Table) -> list[Words]:
    """Return how to read the table: what its numbers can't tell."""
    part, images = study.scored_on("final")
    chose = "nothing else has read them" if study.holdout else "they also chose the winners, as in the paper"
    # The widest binomial interval is that of an accuracy of a half (normal approximation, 1.96 standard errors).
    widest = 100 * 1.96 * math.sqrt(0.25 / images)
    several = len(table.cells) > 1
    training = "one training" if study.repeats < 2 else f"one training, the first of {study.repeats} repeats"
    found: list[Words] = [
        (
            f"Bold: the best accuracy of a row{', the lowest variance, the highest mean' if several else ''}; ",
            Varied("italics", latex="underlined", html="underlined"),
            ": the second best.",
        ),
        f"Each cell is {training}. The {images} {part} images alone leave an accuracy uncertain by up "
        f"to {widest:.1f} points either way (95 %), and {chose}.",
    ]
    if study.choose_by != "accuracy":
        found.append(f"Winners are chosen by validation {study.choose_by}, lower is better, not by accuracy.")
    if study.holdout:
        found.append("The answer is chosen on the validation set, not on the test set, so it may not be the bold one.")
    elif study.repeats > 1:
        found.append("The answer rests on the mean of all repeats, so it may not be the bold one.")
    if study.rates:
        found.append(f"Learning rates that were chosen: {_rates(table)}.")
    cells = [cell for row in table.cells for cell in row]
    if any(cell.untrained for cell in cells):
        found.append(
            f"untrained: not better than {guess_words(study)}. Such a run has learnt nothing; it is left out of "
            "comparisons."
        )
    if any(cell.diverged for cell in cells):
        found.append("diverged: the loss left the numbers, so there is no accuracy.")
    if warning := most_diverged(sum(cell.diverged for cell in cells), len(cells), "cells"):
        found.append(f"{warning}. {look_at()}")
    if several and any(cell.accuracy is None for cell in cells):
        found.append("A column has neither variance nor mean where a backbone has no accuracy.")
    return found


def _rates(table: Table) -> str:
    """The learning rate in each cell, backbone by backbone; one rate is named once for all strategies that have it."""
    parts = []
    for title, row in zip(table.titles, table.cells, strict=True):
        by_rate: dict[float, list[str]] = {}
        for strategy, cell in zip(table.strategies, row, strict=True):
            if cell.learning_rate is not None:
                by_rate.setdefault(cell.learning_rate, []).append(label(strategy))
        parts.append(f"{title}: " + "; ".join(f"{rate:g} {', '.join(by_rate[rate])}" for rate in sorted(by_rate)))
    return ". ".join(parts)
