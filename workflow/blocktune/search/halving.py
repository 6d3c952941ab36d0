"""Successive halving on epochs: all candidates train for a few epochs, the best of each strategy are resumed.

Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter Optimization" (AISTATS 2016). Unlike
there, a round that says nothing yet of a strategy's candidates (`search.evidence`) discards none of them.
Survivors resume from their checkpoint. A run that pauses after epoch e equals the first e epochs of the whole run bit
for bit, because the order of images, dropout and the plateau look back only; so halving can be replayed exactly on
an exhaustive map without training anything.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..candidates.searched import SEARCHED
from ..errors import BlocktuneError
from ..files.plan import Plan, ScoredImages
from ..files.record import RunRecord
from ..runs.history import accuracies
from ..settings.model import Settings
from .evidence import beat_guessing, scored_by
from .evidence import undecided as why_undecided
from .ranking import ScoredRow
from .rounds import Rules, share_of


@dataclass(frozen=True)
class Halved:
    """What a halving found.

    Attributes:
        ranking: rows of each strategy, best first, with the `epochs` they were trained and the `accuracy` and
            `diverged` they had then. Who was trained longer stands before who was dropped earlier.
        epochs_by_run: epochs that each run was trained; runs that strategies share count once.
        alive: runs that train in the next round; none after the last.
        rungs: (epochs, runs that trained in it) of every round.
        undecided: by strategy why it discarded nobody, in words, of every round; empty where it discarded.
    """

    ranking: dict[str, list[ScoredRow]]
    epochs_by_run: dict[str, int]
    alive: set[str]
    rungs: list[tuple[int, int]]
    undecided: list[dict[str, str]]

    def rounds_of(self, run: str) -> int:
        """In how many rounds a run trained."""
        return sum(self.epochs_by_run[run] > before for before in (0, *(epochs for epochs, _ in self.rungs[:-1])))

    def undecided_words(self) -> list[str]:
        """Say of every round in which strategies discarded no candidate which ones, and why."""
        return [
            f"round {number} (epoch {epochs}): "
            + "; ".join(f"{strategy}: no candidate discarded: {why}" for strategy, why in found.items())
            for number, ((epochs, _), found) in enumerate(zip(self.rungs, self.undecided, strict=True), 1)
            if found
        ]

    def scores(self) -> dict[tuple[int, ...], float | None]:
        """Score by a candidate's layers, None if it diverged: longer trained above shorter, then by accuracy."""
        rows = [row for ranked in self.ranking.values() for row in ranked]
        # Half an accuracy stays below the step of one epoch
        return {tuple(row["layers"]): None if row["diverged"] else row["epochs"] + row["accuracy"] / 2 for row in rows}


def halving_ranked(rows: Sequence[ScoredRow], strategy: str) -> list[ScoredRow]:
    """Return a strategy's rows, best first: longer trained before shorter, then by accuracy, then in search order.

    Accuracies of different rounds are never compared: those who went on beat those who did not when both had had as
    many epochs. Diverged runs come last. `epochs` of a row is how long it was trained so far; rows without it count as
    equally long.
    """
    mine = [row for row in rows if row["strategy"] == strategy]
    return sorted(
        mine,
        key=lambda row: (row["diverged"], -row.get("epochs", 0), -(row["accuracy"] or 0.0), row["candidate"]),
    )


def survivors(
    rows: Sequence[ScoredRow], strategies: Sequence[str], share: float, minimum: Mapping[str, int] | None = None
) -> dict[str, list[ScoredRow]]:
    """Return by strategy the rows that are resumed, best first; a diverged run never does.

    The next round trains the union of their runs: a run that is resumed for one strategy is no concern of the others.

    Args:
        rows: every candidate's row, dropped ones included, see `halving_ranked`.
        strategies: which strategies choose.
        share: share of all candidates of a strategy that are resumed, rounded up.
        minimum: at least so many by strategy, 1 unless told (lw: the largest `top_k`, whose set is built from its
            ranking).
    """
    chosen = {}
    for strategy in strategies:
        ranked = halving_ranked(rows, strategy)
        count = max(share_of(len(ranked), share), (minimum or {}).get(strategy, 1))
        chosen[strategy] = [row for row in ranked[:count] if not row["diverged"]]
    return chosen


def halve(records: Mapping[str, RunRecord], plan: Plan, settings: Settings, rounds: int | None = None) -> Halved:
    """Go through the rounds of halving as far as the runs came, or replay them on an exhaustive search.

    A strategy discards nobody in a round that can't tell its candidates from guessing or from each other. A run's score
    at a pause is its latest or its best accuracy so far (`training.counts`). Enough single layers stay in for the
    largest ranked set (`search.top_k`).

    Args:
        records: of every run that trained so far; one that diverged may have fewer epochs.
        plan: the search stage's plan.
        settings: the study's settings.
        rounds: how many rounds; all of them if left out.

    Raises:
        BlocktuneError: a run has no record, or the plan has no candidates to choose from or was made by an older
            version.
    """
    rows, scored = _rows(plan), scored_by(plan)
    if not rows:
        raise BlocktuneError(f"halving: the plan of {plan.backbone} has no candidates of {', '.join(SEARCHED)}")
    histories = {run: accuracies(record) for run, record in records.items()}
    # Also those that have a whole history: weights that left the numbers unseen
    diverged = {run for run, record in records.items() if record["metrics"]["diverged"]}
    return _halved(histories, rows, scored, Rules.of(settings), rounds, diverged, plan.backbone)


def alive_after(
    histories: Mapping[int, Sequence[float | None]],
    arms: Sequence[int],
    scored: ScoredImages,
    rules: Rules,
    rounds: int,
) -> set[int]:
    """Return which of several arms, all in one pool and in search order, train in the round after so many.

    Histories are validation accuracies by epoch of what trained so far, None where it was not scored.
    """
    rows = [{"strategy": "arm", "candidate": arm, "run": arm, "layers": [arm]} for arm in arms]
    return _halved(histories, rows, scored, rules, rounds).alive


def _halved(
    histories: Mapping[Any, Sequence[float | None]],
    rows: list[ScoredRow],
    scored: ScoredImages,
    rules: Rules,
    rounds: int | None,
    diverged: Collection[str] = (),
    backbone: str = "the table",
) -> Halved:
    """What `halve` does, with the rows of its candidates."""
    # In the order of the strategies, as in every plan
    strategies = list(dict.fromkeys(row["strategy"] for row in rows))
    total = rules.ends[-1]
    runs = {row["run"] for row in rows}
    alive, spent, done = runs, dict.fromkeys(runs, 0), []
    started: set[str] = set()
    undecided: list[dict[str, str]] = []
    for number, end in enumerate(rules.ends[:rounds], 1):
        if missing := sorted(alive - set(histories)):
            raise BlocktuneError(f"halving needs the history of run {missing[0]} of {backbone}")
        for run in alive:
            spent[run] = min(end, len(histories[run]))
        done.append((end, len(alive)))
        for row in rows:
            if row["run"] in alive:
                _score(row, histories[row["run"]], end, rules.counts, row["run"] in diverged and end == total)
        trained, alive = alive, set()
        undecided.append({})
        if end == total:
            break
        for strategy, kept in survivors(rows, strategies, rules.factor**-number, rules.minimum).items():
            usable = [row for row in halving_ranked(rows, strategy) if row["run"] in trained and not row["diverged"]]
            accuracies = [row["accuracy"] for row in usable]
            why = why_undecided(accuracies, len(kept), scored, strategy in started)
            if why is not None:
                undecided[-1][strategy] = why
            if any(beat_guessing(accuracies[:1], scored, among=len(accuracies))):
                started.add(strategy)
            alive |= {row["run"] for row in (kept if why is None else usable)}
    ranking = {strategy: halving_ranked(rows, strategy) for strategy in strategies} if done else {}
    return Halved(
        ranking=ranking,
        epochs_by_run=spent,
        alive=alive,
        rungs=done,
        undecided=undecided,
    )


def _rows(plan: Plan) -> list[ScoredRow]:
    return [
        {
            "strategy": candidate.strategy,
            "candidate": candidate.candidate,
            "run": candidate.run,
            "layers": candidate.layers,
        }
        for candidate in plan.candidates
        if candidate.strategy in SEARCHED
    ]


def _score(row: ScoredRow, history: Sequence[float | None], epochs: int, counts: str, diverged: bool) -> None:
    """Write down what a run shows after so many epochs; one that stopped before them has diverged."""
    seen = history[:epochs]
    failed = diverged or len(seen) < epochs
    accuracy: Any = None if failed else (max(seen) if counts == "best" else seen[-1])
    row.update(epochs=len(seen), diverged=int(failed), accuracy=accuracy)
