"""Put the stored runs of `practice.py` into a table of arms, on which searches are replayed (`blocktune replay`).

Tails, blocks and layers of MobileNet 0.25 at three rates with three seeds, on three targets. No arm is trained:
`--work` holds the runs, as `practice_runs.tar.xz` unpacks them. Methods that score candidates without training each do
so once a seed, some after one training of their own.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from practice import BLOCKS, EXHAUSTIVE, planned
from practice_cells import CELLS, HERE, MEMORY_GB, Open, open_cell

from blocktune.candidates.candidate import Candidate
from blocktune.document.blocks import code
from blocktune.files.dataset import Dataset, SplitSummary
from blocktune.files.plan import Plan
from blocktune.files.search_scores import LayersScore, ScorerScores
from blocktune.gpus.use import GpuUse
from blocktune.replay.collect import collect
from blocktune.replay.sheet import facts_of, publish
from blocktune.runs.store import Store
from blocktune.scorers import Task, scorer_named
from blocktune.search.arm_table import Table
from blocktune.settings.members import scorers
from blocktune.training.process import one_thread_per_process

LICENCE = "MIT"
"""This repository's own."""
MADE_BY = ("An example: ", code("benchmarks/practice.py"), ", which compares strategies under the practice recipe,")


def main() -> None:
    """Parse, collect, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of flower_photos, sign_digits and trashnet")
    parser.add_argument("--weights", type=Path, required=True, help="folder of the networks' weights files")
    parser.add_argument("--work", type=Path, required=True, help="folder with the runs in `store`")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="seeds of the studies (default 1 2 3)")
    parser.add_argument("--cells", type=int, nargs="+", default=[0, 1, 2], help="numbers of the cells (default 0 1 2)")
    parser.add_argument("--scorers", nargs="*", default=scorers(), help="methods that score (default: all of them)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "practice_table.npz")
    options = parser.parse_args()
    one_thread_per_process()
    tables = []
    for number in options.cells:
        opened = open_cell(CELLS[number], options.data, options.weights, options.work)
        tables.append(table_of(opened, options.seeds, options.scorers))
    sheet, croissant = (options.output.with_suffix(ending) for ending in (".md", ".croissant.json"))
    publish(tables, options.output, sheet, croissant, MADE_BY)


def table_of(opened: Open, seeds: list[int], methods: list[str]) -> Table:
    """Return a cell's table of tails, blocks and layers."""
    return collected(opened, seeds, both, methods, BLOCKS["search"]["strategies"])


def collected(
    opened: Open,
    seeds: list[int],
    plan_of: Callable[[Open, int], Plan],
    methods: list[str],
    strategies: Sequence[str] = (),
) -> Table:
    """Return a cell's table of what a seed's plan lists; `strategies`: those that the recipe does not search."""
    plans = [plan_of(opened, seed) for seed in seeds]
    store = Store(opened.store)
    records = {run: store.record(spec) for plan in plans for run, spec in plan.runs.items()}
    settings = opened.study(EXHAUSTIVE, seeds[0]).settings
    dataset = Dataset.read(opened.prepared / "dataset.json")
    parts = SplitSummary.read(opened.prepared / "splits.json").parts
    about = facts_of(settings, opened.table, dataset, parts, LICENCE)
    about["recipe"]["search"]["strategies"] += strategies
    scores = [scored(opened, plan, method) for plan in plans for method in methods]
    return collect(about, opened.table, settings.search.delimiters, plans, records, scores)


def scored(opened: Open, plan: Plan, method: str) -> ScorerScores:
    """Return how a method scores all candidates of a seed's plan, as the step `proxy` does; kept in `--work`."""
    listed = [entry for entry in plan.candidates if entry.strategy != "probe"]
    spec = next(spec for spec in plan.runs.values() if not spec.is_probe)
    kept = opened.store.parent / "scores" / f"{opened.cell.name}-{method}-{spec.seed}.json"
    if not kept.is_file():
        candidates = [Candidate(one.strategy, one.candidate, one.layers, one.first, one.last) for one in listed]
        place = opened.layers, opened.prepared, opened.splits, None, MEMORY_GB
        task = Task(spec, opened.table, candidates, *place, GpuUse, method)
        found = scorer_named(method).score(task)
        scores = tuple(LayersScore(layers, value) for layers, value in found.scores.items())
        kept.parent.mkdir(parents=True, exist_ok=True)
        about = {"method": method, "backbone": plan.backbone, "seed": spec.seed, "details": found.details}
        ScorerScores(**about, cpu_seconds=found.cpu_seconds, epochs=found.epochs, scores=scores).write(kept)
    return ScorerScores.read(kept)


def both(opened: Open, seed: int) -> Plan:
    """Return one plan of what a seed's study trained and of what was trained beside it."""
    _, plan, _ = planned(opened, seed, EXHAUSTIVE)
    _, beside, _ = planned(opened, seed, BLOCKS)
    # Each seed drew other layers at random: these are no arms
    listed = [entry for entry in plan.candidates + beside.candidates if not entry.strategy.startswith("random")]
    return replace(plan, candidates=tuple(dict.fromkeys(listed)), runs=plan.runs | beside.runs)


if __name__ == "__main__":
    main()
