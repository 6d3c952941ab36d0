"""Runs that have learnt nothing: their accuracy is not better than guessing, so they are left out of comparisons."""

from ..files.study import Study

_LEVEL = 0.01


def is_untrained(study: Study, accuracy: float | None, stage: str = "final") -> bool:
    """Whether an accuracy is not above that of the best constant guess (exact binomial test, one-sided, 1 %).

    The best constant guess answers every image with the most frequent class of the images that score.

    Args:
        study: The study.
        accuracy: A run's accuracy, or the mean of its repeats; None (it diverged) is another failure than this one.
        stage: `search` or `final`: which images score.
    """
    part, images = study.scored_on(stage)
    guess = study.guesses.get(part)
    if accuracy is None or guess is None:
        return False
    from scipy.stats import binomtest  # takes half a second that no other command should wait for

    return float(binomtest(round(accuracy * images), images, guess, alternative="greater").pvalue) > _LEVEL


def guess_words(study: Study, stage: str = "final") -> str:
    """Return what an untrained run is not better than, in words."""
    part, _ = study.scored_on(stage)
    return f"always answering with the most frequent class ({study.guesses[part]:.3f}; exact binomial test, 1 %)"
