"""Runs that have learnt nothing: their accuracy is not better than guessing, so they are left out of comparisons."""

from ..files.study import Study

_LEVEL = 0.01


def is_untrained(study: Study, accuracy: float | None) -> bool:
    """Whether a final run is not better than the best constant guess (exact binomial test, one-sided, 1 %).

    The best constant guess answers every image with the most frequent class of the images that score. None, the
    accuracy of a run that diverged, is another failure than this one.
    """
    part, images = study.scored_on("final")
    guess = study.guesses.get(part)
    if accuracy is None or guess is None:
        return False
    from scipy.stats import binomtest  # takes half a second that no other command should wait for

    return float(binomtest(round(accuracy * images), images, guess, alternative="greater").pvalue) > _LEVEL


def guess_words(study: Study) -> str:
    """Return what an untrained run is not better than, in words."""
    part, _ = study.scored_on("final")
    return f"always answering with the most frequent class ({study.guesses[part]:.3f}; exact binomial test, 1 %)"
