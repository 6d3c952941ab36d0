"""Whether a round of training can tell candidates from guessing, and from each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import BlocktuneError

LEVEL = 0.05
"""Level of both tests."""


@dataclass(frozen=True)
class Scored:
    """The images that score the candidates.

    Attributes:
        images: how many there are.
        largest_class: how many of them are in the largest class: what always guessing this class gets right.
    """

    images: int
    largest_class: int

    @classmethod
    def of_plan(cls, plan: dict[str, Any]) -> "Scored":
        """Return what the search's plan says.

        Raises:
            BlocktuneError: the plan does not say it.
        """
        try:
            return cls(plan["scored"]["images"], plan["scored"]["largest_class"])
        except KeyError:
            raise BlocktuneError(
                f"the search's plan of {plan['backbone']} has no entry `scored`: it was made by an older blocktune; "
                "run `snakemake` again, which makes it anew"
            ) from None

    @property
    def guessing(self) -> float:
        """Accuracy of the best constant guess."""
        return self.largest_class / self.images

    def right(self, accuracy: float) -> int:
        """How many images a candidate of this accuracy classifies rightly."""
        return round(accuracy * self.images)


def beat_guessing(accuracies: Sequence[float], scored: Scored, among: int | None = None) -> list[bool]:
    """Return which of several candidates are better than the best constant guess.

    One-sided exact binomial tests, Bonferroni-corrected for the number of candidates (`among` if these are only some).
    """
    from scipy.stats import binom  # takes seconds that no other command should wait for

    level = LEVEL / (among or len(accuracies) or 1)
    right = np.array([scored.right(accuracy) for accuracy in accuracies], int)
    return (binom.sf(right - 1, scored.images, scored.guessing) < level).tolist()


def differ(accuracies: Sequence[float], scored: Scored) -> bool:
    """Return whether several candidates differ by more than the noise of the images that score them.

    Pearson's chi-square test of homogeneity on the numbers of images classified rightly. It takes the candidates'
    mistakes for independent. All are scored on the same images and share most mistakes, so it is conservative: equally
    good candidates are called different in at most 5 % of rounds. The noise between seeds is not in it.
    """
    from scipy.stats import chi2_contingency

    counts = [(right := scored.right(accuracy), scored.images - right) for accuracy in accuracies]
    if len(counts) < 2 or 0 in (sum(column) for column in zip(*counts, strict=True)):
        return False
    return bool(chi2_contingency(counts, correction=False).pvalue < LEVEL)


def undecided(accuracies: Sequence[float], kept: int, scored: Scored, started: bool) -> str | None:
    """Return why a round must not discard any of a strategy's candidates, in words; None if it may.

    Args:
        accuracies: of the candidates that trained in the round, best first.
        kept: how many would go on.
        scored: the images that scored them.
        started: whether the best candidate was better than guessing in an earlier round. Then one that still is not
            has had several times as many epochs as the best one needed, and may go.
    """
    if len(accuracies) <= kept:
        return None
    learnt = beat_guessing(accuracies, scored)
    guessing = [accuracy for accuracy, better in zip(accuracies[kept:], learnt[kept:], strict=True) if not better]
    if not started and 2 * len(guessing) > len(accuracies) - kept:
        return (
            f"{len(guessing)} of {len(accuracies)} candidates score like guessing ({guessing[-1]:.3f} to "
            f"{guessing[0]:.3f}; guessing {scored.guessing:.3f})"
        )
    if not differ(accuracies, scored):
        return (
            f"{len(accuracies)} candidates can't be told from each other ({accuracies[-1]:.3f} to {accuracies[0]:.3f}, "
            f"scored on {scored.images} images)"
        )
    return None
