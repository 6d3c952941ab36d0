"""Search methods side by side on tables of arms: what each loses, what it costs, how often it beats the linear probe.

The truth on an arm is its mean accuracy over the seeds that the method has not trained with: on the test images, or
without any on the validation images. The oracle is the arm that is best over all seeds.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..analysis.bootstrap import bootstrap_interval
from ..errors import BlocktuneError
from ..files.replayed import CellFacts, Replayed, ReplayedCell, ReplayedMethod
from ..search.arm_table import Table
from ..search.method import SearchMethod
from .play import Player


@dataclass(frozen=True)
class Contestant:
    """A method with what it may use.

    Attributes:
        name: of the method.
        method: the method.
        seeds: with how many seeds it may train.
        budget: in whole trainings; None for a method that takes none.
    """

    name: str
    method: SearchMethod
    seeds: int
    budget: float | None

    @property
    def key(self) -> str:
        """Name in reports."""
        told = ([f"{self.seeds} seeds"] if self.seeds > 1 else []) + (
            [f"budget {self.budget:g}"] if self.budget is not None else []
        )
        return self.name + (f" ({', '.join(told)})" if told else "")


class TrueTable:
    """A table with its truth.

    Attributes:
        table: the table.
        images: the part that the truth is of, `test` or `validation`.
        truth: accuracy by arm and seed; a training that diverged classifies nothing rightly.
        oracle: index of the arm that is best over all seeds.
        reference: processor seconds of the exhaustive search with one seed at one rate, a mean over seeds and rates.
    """

    def __init__(self, table: Table) -> None:
        self.table, self.player = table, Player(table)
        self.images = "test" if table.says_which("test") else "validation"
        found = [[table.accuracy(arm, seed, self.images) for seed in table.seeds] for arm in table.arms]
        self.truth = np.nan_to_num(np.array(found), nan=0.0)
        self.oracle = int(np.argmax(self.truth.mean(axis=1)))
        prices = [table.price(arm, seed) for arm in table.arms for seed in table.seeds]
        rates = {arm.rate for arm in table.arms} - {None}
        self.reference = sum(prices) / len(table.seeds) / max(len(rates), 1)
        if not self.reference > 0:
            raise BlocktuneError(f"{table.cell}: the table's trainings have no cost, so no search has a share of it")

    def probe(self, unseen: Sequence[int]) -> float | None:
        """Return the probe's accuracy; None without one."""
        if not self.table.has_probe:
            return None
        return float(np.mean([self.table.probe(seed, self.images) for seed in unseen]))


def referee(tables: Sequence[Table], contestants: Sequence[Contestant], replays: int) -> Replayed:
    """Replay every method on the table of every cell, at least so often; every choice of seeds comes equally often.

    Raises:
        BlocktuneError: a table has too few seeds or is not whole, or a method can't be replayed on it.
    """
    cells = [TrueTable(table) for table in tables]
    found = {one.key: [_replayed(cell, one, replays) for cell in cells] for one in contestants}
    oracle = [_fixed(cell, cell.truth[cell.oracle], cell.table.arms[cell.oracle].name) for cell in cells]
    return Replayed(
        methods={name: _summary(cells, of_cells) for name, of_cells in found.items()},
        oracle=_summary(cells, oracle),
        probe=_summary(cells, [_probe(cell) for cell in cells]) if all(c.table.has_probe for c in cells) else None,
        cells={cell.table.cell: _facts(cell) for cell in cells},
        replays=replays,
    )


def choices(seeds: Sequence[int], count: int, replays: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Return number and seeds of each search: every choice of so many seeds equally often, `replays` times at least.

    Which seed comes first changes too, as methods that train with one use that.
    """
    every = [(*ours[place:], *ours[:place]) for ours in itertools.combinations(seeds, count) for place in range(count)]
    rounds = -(-replays // len(every))
    return enumerate(every * rounds)


def _replayed(cell: TrueTable, one: Contestant, replays: int) -> ReplayedCell:
    table = cell.table
    if one.seeds >= len(table.seeds):
        raise BlocktuneError(
            f"{one.name} may train with {one.seeds} seeds, but the table of {table.cell} has {len(table.seeds)}: at "
            "least one must be left to score the answer"
        )
    regrets, costs, beats, accuracies, models, answers = [], [], [], [], [], []
    for draw, seeds in choices(table.seeds, one.seeds, replays):
        played = cell.player.play(one.name, one.method, seeds, one.budget, draw)
        unseen = [place for place, seed in enumerate(table.seeds) if seed not in seeds]
        accuracy, best = (cell.truth[arm, unseen].mean() for arm in (played.answer, cell.oracle))
        regrets.append(100 * (best - accuracy))
        accuracies.append(accuracy)
        models.append(cell.truth[played.answer, table.seeds.index(seeds[0])])
        costs.append(played.seconds / cell.reference)
        probe = cell.probe([table.seeds[place] for place in unseen])
        beats.append(None if probe is None else accuracy > probe)
        answers.append(played.answer)
    often = max(set(answers), key=lambda arm: (answers.count(arm), -arm))
    return {
        "out_of_seed_regret_points": float(np.mean(regrets)),
        "cost_share": float(np.mean(costs)),
        "beats_probe_share": None if None in beats else float(np.mean(beats)),
        "accuracy": float(np.mean(accuracies)),
        "model_accuracy": float(np.mean(models)),
        "replays": len(answers),
        "answer": table.arms[often].name,
        "answer_share": answers.count(often) / len(answers),
    }


def _fixed(cell: TrueTable, truth: np.ndarray, answer: str) -> ReplayedCell:
    """What an answer that needs no search comes to."""
    best, probe = cell.truth[cell.oracle].mean(), cell.probe(cell.table.seeds)
    return {
        "out_of_seed_regret_points": float(100 * (best - truth.mean())),
        "cost_share": None,
        "beats_probe_share": None if probe is None else float(truth.mean() > probe),
        "accuracy": float(truth.mean()),
        "model_accuracy": float(truth.mean()),
        "answer": answer,
    }


def _probe(cell: TrueTable) -> ReplayedCell:
    table = cell.table
    truth = np.array([table.probe(seed, cell.images) for seed in table.seeds])
    seconds = np.mean([table.probe(seed, "seconds") for seed in table.seeds])
    return _fixed(cell, truth, "linear probe") | {"cost_share": float(seconds / cell.reference)}


def _facts(cell: TrueTable) -> CellFacts:
    table = cell.table
    return {
        "arms": len(table.arms),
        "seeds": len(table.seeds),
        "truth": cell.images,
        "images": table.about["images"][cell.images],
        "exhaustive_cpu_seconds": cell.reference,
    }


def _summary(cells: Sequence[TrueTable], found: Sequence[ReplayedCell]) -> ReplayedMethod:
    regrets = [one["out_of_seed_regret_points"] for one in found]
    means = {name: _mean(found, name) for name in ("cost_share", "beats_probe_share", "accuracy", "model_accuracy")}
    return {
        "out_of_seed_regret_points": float(np.mean(regrets)),
        "interval": bootstrap_interval(regrets, seed=0),
        **means,
        "cells": {cell.table.cell: one for cell, one in zip(cells, found, strict=True)},
    }


def _mean(found: Sequence[ReplayedCell], name: str) -> float | None:
    values = [one[name] for one in found]
    return None if None in values else float(np.mean(values))
