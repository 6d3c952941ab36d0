"""The triangle of spans: first block against last block, and what each reaches at its best learning rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from ..candidates.candidate import Candidate
from ..candidates.searched import SEARCHED
from ..candidates.strategies import span_ends, spans
from ..files.study import Study
from ..search.ranking import rank_key
from .layers import Network
from .paired import Part, pooled, score_interval
from .scores import Score, Scores

GAP = 0.4
"""Blocks between the triangle and the head alone, which has none."""
_NAMED = 14
"""At most so many blocks are named along an axis."""


@dataclass(frozen=True)
class End:
    """Where spans begin or end: the layer there, and the number of its block counted from the head."""

    layer: str
    block: int


@dataclass(frozen=True)
class Square:
    """A span, or the head alone, and what was trained of it.

    Attributes:
        across: Place of its first block, from 0 at the input.
        up: Place of its last block, from 0 at the input.
        what: What it unfreezes, in words.
        first: Index of its first layer, None for the head alone.
        last: Index of its last layer.
        runs: Its runs at the best rate, one a repeat; none where it was not trained.
        accuracy: Their mean validation accuracy, without those that diverged; None where there is none.
        interval: The 95 % interval of that: noise of the images, with repeats that of training as well.
    """

    across: int
    up: int
    what: str
    first: int | None
    last: int | None
    runs: tuple[Score, ...]
    accuracy: float | None
    interval: tuple[float, float] | None

    @property
    def rate(self) -> float | None:
        """The learning rate that is best; None where nothing was trained, or where it is not known."""
        return self.runs[0].learning_rate if self.runs else None

    @property
    def loss(self) -> float | None:
        """Mean validation loss, None if it is not known of every run."""
        losses = [run.loss for run in self.runs if run.loss is not None]
        return fmean(losses) if losses and len(losses) == len(self.runs) else None

    @property
    def epochs(self) -> int | None:
        """After how many epochs halving dropped it, None if it was trained to the end or not at all."""
        return self.runs[0].epochs if self.runs else None

    @property
    def diverged(self) -> bool:
        """Whether it was trained, and has no accuracy."""
        return bool(self.runs) and self.accuracy is None


@dataclass(frozen=True)
class Triangle:
    """All spans of a backbone that the search chooses from.

    Attributes:
        firsts: Where spans begin, from the input to the head.
        lasts: Where they end, from the input to the head.
        squares: Every span, trained or not.
        head: The head alone, the span without a block: as if it ended where those with the last block end.
    """

    firsts: tuple[End, ...]
    lasts: tuple[End, ...]
    squares: tuple[Square, ...]
    head: Square

    def of(self, score: Score) -> Square:
        """Return the square of a span's score."""
        return next(square for square in self.squares if any(run.candidate == score.candidate for run in square.runs))


def triangle(study: Study, backbone: Network, searches: Sequence[Scores]) -> Triangle:
    """Return the triangle of a backbone from the scores of the search stage of each repeat."""
    found = spans(backbone.layers, study.delimiters, study.span_blocks, study.candidates)
    begins = {span.first: span_ends(span.number)[0] for span in found}
    ends = {span.last: span_ends(span.number)[1] for span in found}
    firsts, lasts = sorted(begins), sorted(ends)
    trained = {number: _best(study, scores) for number, scores in _by_candidate(backbone, searches, "span").items()}
    alone = _best(study, _by_candidate(backbone, searches, "baseline1").get(1, []))
    noise = pooled([known for runs in (*trained.values(), alone) if (known := _known(runs))])

    def square(across: int, up: int, candidate: Candidate, runs: tuple[Score, ...]) -> Square:
        known = _known(runs)
        accuracy, interval = (fmean(known), _interval(study, known, noise)) if known else (None, None)
        what = _told(backbone, candidate)
        return Square(across, up, what, candidate.first, candidate.last, runs, accuracy, interval)

    return Triangle(
        tuple(End(backbone.layers[first].name, begins[first]) for first in firsts),
        tuple(End(backbone.layers[last].name, ends[last]) for last in lasts),
        tuple(
            square(firsts.index(span.first), lasts.index(span.last), span, trained.get(span.number, ()))
            for span in found
        ),
        square(len(firsts), len(lasts) - 1, Candidate("baseline1", 1, (), None, None), alone),
    )


def sure_words(study: Study, found: Triangle, repeats: int) -> str:
    """Return how sure the accuracies are: how far the intervals reach, and what noise they hold; empty for none."""
    reaches = [100 * (square.interval[1] - square.interval[0]) / 2 for square in found.squares if square.interval]
    if not reaches:
        return ""
    low, high = f"{min(reaches):.1f}", f"{max(reaches):.1f}"
    over = f"{study.scored_on('search')[1]} images" + (f" and {repeats} repeats" if repeats > 1 else "")
    return f"95 % intervals of \N{PLUS-MINUS SIGN} {low if low == high else f'{low} to {high}'} points ({over})"


def _told(backbone: Network, candidate: Candidate) -> str:
    names = [backbone.layers[index].name for index in candidate.layers]
    if not names:
        return "nothing but the new head"
    if len(names) == len(backbone.weighted):
        return "everything"
    return SEARCHED["span"].told(candidate.number, names) or ""


def _by_candidate(backbone: Network, searches: Sequence[Scores], strategy: str) -> dict[int, list[Score]]:
    found: dict[int, list[Score]] = {}
    for search in searches:
        for score in search.arms(backbone.key, strategy):
            found.setdefault(score.candidate, []).append(score)
    return found


def _best(study: Study, scores: Sequence[Score]) -> tuple[Score, ...]:
    """The runs at the rate that is best on the mean of the repeats; one that diverged in fewer of them comes first."""
    rates: dict[float | None, list[Score]] = {}
    # Runs that halving dropped say nothing beside whole ones
    for score in [score for score in scores if score.epochs is None] or scores:
        rates.setdefault(score.learning_rate, []).append(score)

    def place(runs: Sequence[Score]) -> tuple[int, float]:
        known = [rank_key(run.accuracy, run.loss, study.choose_by) for run in runs if not run.diverged]
        return len(runs) - len(known), fmean(known) if known else 0.0

    return tuple(min(rates.values(), key=place, default=()))


def _known(runs: Sequence[Score]) -> list[float]:
    return [run.accuracy for run in runs if run.accuracy is not None]


def _interval(study: Study, accuracies: Sequence[float], noise: Part | None) -> tuple[float, float]:
    _, images = study.scored_on("search")
    overlap = images / study.images["search"] if study.each_repeat == "new" else 0.0
    low, high = score_interval(accuracies, images, noise, overlap)
    return low, high


def shown_ends(ends: Sequence[End]) -> dict[float, str]:
    """Return as many ends as an axis has room for, evenly spread, as it names them, by their places."""
    step = -(-len(ends) // _NAMED)
    return {place: f"{end.layer} ({end.block})" for place, end in enumerate(ends) if place % step == 0}
