"""What halving trained besides the winners: every candidate with the accuracy it had when it was dropped."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..candidates.searched import SEARCHED
from ..errors import BlocktuneError
from ..files.plan import Plan
from ..files.search_scores import HalvingScores
from ..files.study import Study
from .scores import Score, Scores, unranked


def with_dropped(study: Study, search: Scores, plans: Sequence[Path], halved: Sequence[Path]) -> Scores:
    """Return the scores of a search by halving with those of all candidates that it trained.

    The winners stay the winners: what is added has no rank, since accuracies of different epochs are never compared.
    The search's plans and what `halve` wrote are in the same order of the backbones.

    Raises:
        BlocktuneError: A file can't be read, or the two don't fit together.
    """
    if len(plans) != len(halved):
        raise BlocktuneError(f"--halved: {len(halved)} files, but there are {len(plans)} plans of the search")
    rows: list[Score] = []
    for plan, file in zip(map(Plan.read, plans), halved, strict=True):
        found = HalvingScores.read(file)
        if found.backbone != plan.backbone:
            raise BlocktuneError(f"{file}: is of {found.backbone}, scores of {plan.backbone} are needed here")
        reached = {entry.run: entry for entry in found.details.runs}
        for entry in plan.candidates:
            if entry.run in reached and entry.strategy in SEARCHED:
                run = reached[entry.run]
                dropped = run.epochs if run.epochs < study.epochs else None
                rows.append(unranked(plan.backbone, entry, run.accuracy, epochs=dropped))
    return search.joined(rows)


def dropped_after(scores: Iterable[Score]) -> list[int]:
    """Return after how many epochs candidates with an accuracy were dropped, the longest trained first."""
    return sorted({row.epochs for row in scores if row.epochs is not None and not row.diverged}, reverse=True)


def dropped_words(study: Study, epochs: int) -> str:
    """Return what a faint point is."""
    return f"dropped after {epochs} of {study.epochs} epochs"


def strength(study: Study, epochs: int | None) -> float:
    """Return how opaque a candidate is drawn: the fainter, the shorter it was trained."""
    return 1.0 if epochs is None else 0.2 + 0.6 * epochs / study.epochs
