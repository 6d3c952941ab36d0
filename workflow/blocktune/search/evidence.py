"""Whether a round of training can tell candidates from guessing, and from each other."""

from collections.abc import Sequence

import numpy as np

from ..errors import BlocktuneError
from ..files.plan import Plan, ScoredImages

LEVEL = 0.05
"""Level of both tests."""


def scored_by(plan: Plan) -> ScoredImages:
    """Return the images that score the candidates of a search.

    Raises:
        BlocktuneError: the plan does not say.
    """
    if plan.scored is None:
        raise BlocktuneError(
            f"the plan of {plan.backbone} for the stage {plan.stage} has no entry `scored`, as a search's plan has: it "
            "is of another stage or was made by an older blocktune; run `snakemake` again, which makes it anew"
        )
    return plan.scored


def beat_guessing(accuracies: Sequence[float], scored: ScoredImages, among: int | None = None) -> list[bool]:
    """Return which of several candidates are better than the best constant guess.

    One-sided exact binomial tests, Bonferroni-corrected for the number of candidates (`among` if these are only some).
    """
    from scipy.stats import binom  # takes seconds that no other command should wait for

    level = LEVEL / (among or len(accuracies) or 1)
    right = np.array([scored.right(accuracy) for accuracy in accuracies], int)
    return (binom.sf(right - 1, scored.images, scored.guessing) < level).tolist()


def differ(accuracies: Sequence[float], scored: ScoredImages) -> bool:
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


def undecided(accuracies: Sequence[float], kept: int, scored: ScoredImages, started: bool) -> str | None:
    """Return why a round must not discard any of a strategy's candidates, in words; None if it may.

    Args:
        accuracies: of the candidates that trained in the round, best first.
        kept: how many would be resumed.
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
            f"{len(accuracies)} candidates can't be distinguished ({accuracies[-1]:.3f} to {accuracies[0]:.3f}, "
            f"scored on {scored.images} images)"
        )
    return None
