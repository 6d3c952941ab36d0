"""What do searches lose that know the recipe's baselines from the start? Replayed on the stored runs of `practice.py`.

A study trains everything, the last quarter and the head alone at every rate in any case, so its search begins with what
they came to. Here every study's trainings are in a table (tails and baselines, three rates, three seeds), and a search
takes them from there instead of training. Its answer is scored by the seeds that it has not seen.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine_facts
from practice import EXHAUSTIVE, planned
from practice_cells import CELLS, HERE, Open, open_cell
from practice_table import collected

from blocktune.files.plain import read_json, write_json, write_text
from blocktune.files.plan import Plan
from blocktune.replay.play import Played, Player
from blocktune.search.arm_table import Table
from blocktune.search.method import Known, SearchMethod, Training
from blocktune.search.methods import method_named
from blocktune.training.process import one_thread_per_process

BASELINES = {"baseline1", "baseline2", "quarter"}
BUDGETS, DRAWS = (4, 6, 8, 12, 16), 2


def main() -> None:
    """Parse, replay, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of flower_photos, sign_digits and trashnet")
    parser.add_argument("--weights", type=Path, required=True, help="folder of the networks' weights files")
    parser.add_argument("--work", type=Path, required=True, help="folder with the runs in `store`")
    parser.add_argument("--cells", type=int, nargs="+", default=range(9), help="numbers of the cells (default: 0 to 8)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "practice_race.json")
    options = parser.parse_args()
    one_thread_per_process()
    opened = [open_cell(CELLS[number], options.data, options.weights, options.work) for number in options.cells]
    found = [one for cell in opened for one in searches(collected(cell, [1, 2, 3], tails_alone, []))]
    result = {"what": __doc__.split("\n", 1)[0], "machine": machine_facts(), "methods": summary(found)}
    write_json(options.output, result)
    write_text(options.output.with_suffix(".md"), markdown(read_json(options.output)["methods"]))


def tails_alone(opened: Open, seed: int) -> Plan:
    """Return the plan of an exhaustive search over the recipe's candidates."""
    return planned(opened, seed, EXHAUSTIVE)[1]


def searches(table: Table) -> Iterator[dict[str, Any]]:
    """Replay every search with every choice of seeds; yield what each lost and cost."""
    player, seeds = Player(table), table.seeds
    baselines = [arm.index for arm in table.arms if any(name in BASELINES for name, _ in arm.names)]
    everything = [arm for arm in baselines if ("baseline2", 1) in table.arms[arm].names]
    for seed in seeds:

        def play(method: str, seeds: Sequence[int], given: Sequence[int], *how: int) -> Played:
            known = [Training(arm, seeds[0], table.epochs) for arm in given]
            return player.play(method, METHODS[method], seeds, *how, given=known)

        yield scored("exhaustive", table, play("exhaustive", [seed], baselines))
        yield scored("everything at its best rate", table, play("nothing more", [seed], everything))
        for other in seeds:
            for budget, draw in ((budget, draw) for budget in BUDGETS for draw in range(DRAWS)):
                if other != seed:
                    yield scored(f"race, budget {budget}", table, play("race", [seed, other], baselines, budget, draw))


class NothingMore(SearchMethod):
    """Answers with the best of what is trained in any case."""

    about = "the best of what is trained in any case"

    def ask(self, known: Known) -> list[Training]:
        """Ask for nothing."""
        return []


METHODS = {"exhaustive": method_named("exhaustive"), "race": method_named("race"), "nothing more": NothingMore()}


def scored(method: str, table: Table, played: Played) -> dict[str, Any]:
    """What an answer loses to the arm that is best over all seeds, on the seeds that the search has not seen."""
    accuracies = np.array([[table.accuracy(arm, seed, "test") for seed in table.seeds] for arm in table.arms])
    seen = list(played.known.seen)
    unseen = [place for place, seed in enumerate(table.seeds) if seed not in {seed for _, seed in seen}]
    lost = accuracies[accuracies.mean(axis=1).argmax(), unseen] - accuracies[played.answer, unseen]
    whole = float(np.mean([sum(table.price(arm, seed) for arm in table.arms) for seed in table.seeds]))
    about = {"method": method, "cell": table.cell, "trainings": len(seen), "price": played.seconds / whole}
    own = table.accuracy(table.arms[played.answer], seen[0][1], "test")
    return about | {"lost": 100 * float(lost.mean()), "own": own}


def summary(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return means over a cell's replays, and over the cells."""
    cells = list(dict.fromkeys(one["cell"] for one in found))
    methods = []
    for method in dict.fromkeys(one["method"] for one in found):
        mine = {cell: [one for one in found if (one["method"], one["cell"]) == (method, cell)] for cell in cells}
        by_cell = {
            cell: {name: float(np.mean([one[name] for one in ones])) for name in ("lost", "own", "trainings", "price")}
            for cell, ones in mine.items()
        }
        means = {name: float(np.mean([one[name] for one in by_cell.values()])) for name in by_cell[cells[0]]}
        methods.append({"method": method} | means | {"cells": by_cell})
    return methods


def markdown(methods: list[dict[str, Any]]) -> str:
    """Return the methods as a table."""
    head = (
        "Search",
        "Out-of-seed regret (points)",
        "In the worst cell",
        "Test accuracy of its model",
        "Trainings",
        "Price",
    )
    lines = [f"| {' | '.join(head)} |", f"|:--|{'--:|' * (len(head) - 1)}"]
    for one in methods:
        worst = max(cell["lost"] for cell in one["cells"].values())
        numbers = f"{one['lost']:.2f} | {worst:.2f} | {one['own']:.4f} | {one['trainings']:.1f} | {one['price']:.0%}"
        lines.append(f"| {one['method']} | {numbers.replace('%', ' %')} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
