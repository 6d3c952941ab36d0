"""Is the answer of the recipe for practice worth taking home? Every strategy, on three targets and several networks.

For each cell and seed the study of `presets/practice.yaml` is trained: its race, and its baselines at every rate. The
answer is chosen as `blocktune recommend` does: by the race, on the validation images alone. What the recipe does not
train is trained besides, and its time is not counted: every tail (what an exhaustive search would choose from), and the
best block (bw) and single layer (lw), with as many candidates and rates: searched with every seed, or with the first
alone (`--blocks-with-first-seed`), whose winners are then trained with the others. The answer of the paper's recipe
comes from studies that the workflow ran (`--paper`, a JSON file of cells).
Runs are kept in `--work`: the same command goes on where it stopped. Each cell is written as soon as it is whole.
"""

import argparse
import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from machine import machine_facts
from practice_cells import CELLS, HERE, Open, open_cell

from blocktune.analysis.by_rounds import answering
from blocktune.analysis.keep_frozen import lead_over
from blocktune.analysis.recommend import CLEARLY
from blocktune.candidates.searched import SEARCHED
from blocktune.files.answer import AgainstProbe
from blocktune.files.dataset import SplitSummary
from blocktune.files.plain import read_json, write_json, write_text
from blocktune.files.plan import Plan, ScoredImages
from blocktune.files.spec import RunSpec
from blocktune.runs.history import read_history
from blocktune.runs.store import Store
from blocktune.search.by_rounds import RoundSearch
from blocktune.search.method import BUDGET
from blocktune.search.ranking import ScoredRow, score_rows
from blocktune.search.rounds_found import rounds_found
from blocktune.search.schedule import Planner, search_candidates
from blocktune.training.process import one_thread_per_process

# What a cell tells, and the strategy that it is the test accuracy of
COLUMNS = {"probe": "probe", "head": "baseline1", "everything": "baseline2", "quarter": "quarter", "tail": "tail"}
BESIDE = ("bw", "lw")
EXHAUSTIVE = {"search": {"method": "exhaustive", "budget": BUDGET}}
BLOCKS = {"search": EXHAUSTIVE["search"] | {"strategies": list(BESIDE)}, "baselines": {"also": []}}
GUIDES = ("by_accuracy", "by_plain_loss", "by_scaled_loss")


class Raced(NamedTuple):
    """What a race found: the strategy of its answer, and how many trainings it took beside the baselines."""

    strategy: str | None
    trainings: int


def main() -> None:
    """Parse, train what is missing, write after every cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of flower_photos, sign_digits and trashnet")
    parser.add_argument("--weights", type=Path, required=True, help="folder of the networks' weights files")
    parser.add_argument("--work", type=Path, required=True, help="folder of images, layer tables and runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="seeds of the studies (default 1 2 3)")
    parser.add_argument("--cells", type=int, nargs="+", help="numbers of the cells, from 0 (default: all)")
    parser.add_argument("--without", choices=["tails", "blocks"], nargs="+", default=[], help="columns to leave empty")
    parser.add_argument("--blocks-with-first-seed", action="store_true", help="search bw and lw with one seed alone")
    parser.add_argument("--paper", type=Path, default=HERE / "results" / "practice_paper.json")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "practice.json")
    options = parser.parse_args()
    one_thread_per_process()
    known = read_json(options.output)["cells"] if options.output.is_file() else []
    cells = {(cell["target"], cell["backbone"], cell["image_size"]): cell for cell in known}
    for number in range(len(CELLS)) if options.cells is None else options.cells:
        opened = open_cell(CELLS[number], options.data, options.weights, options.work)
        tails = [] if "tails" in options.without else options.seeds
        blocks = options.seeds[:1] if options.blocks_with_first_seed else options.seeds
        blocks = [] if "blocks" in options.without else blocks
        train(opened, [({}, options.seeds), (EXHAUSTIVE, tails), (BLOCKS, blocks)])
        found = [one_seed(opened, seed, exhaustive=bool(tails), blocks=blocks) for seed in options.seeds]
        cell = cell_of(opened, options.seeds, found) | {"blocks_searched_with": len(blocks)}
        cells[cell["target"], cell["backbone"], cell["image_size"]] = cell
        result = whole(list(cells.values()), options.paper)
        write_json(options.output, result)
        write_text(options.output.with_suffix(".md"), markdown(result["cells"]))
        write_text(options.output.with_name(f"{options.output.stem}_guides.md"), guides_markdown(result["cells"]))


def whole(cells: list[dict[str, Any]], paper: Path) -> dict[str, Any]:
    """Return the file's content: cells with the paper's answers beside, and the facts of the machine."""
    answers = {_key(cell): cell for cell in read_json(paper)["cells"]} if paper.is_file() else {}
    for cell in cells:
        cell |= {name: answers.get(_key(cell), {}).get(name) for name in ("paper_answer", "paper_cpu_seconds")}
    return {"what": __doc__.split("\n", 1)[0], "machine": machine_facts(), "cells": cells}


def _key(cell: dict[str, Any]) -> tuple[Any, ...]:
    return cell["target"], cell["backbone"], cell["image_size"]


def one_seed(opened: Open, seed: int, *, exhaustive: bool, blocks: list[int]) -> dict[str, Any]:
    """Read one study, and what was trained beside it; return test accuracies by column, the answer, and every arm.

    Args:
        opened: the cell.
        seed: the study's.
        exhaustive: every tail was trained.
        blocks: the seeds with which bw and lw were searched.
    """
    rows, records, race = raced(opened, seed)
    best = {row["strategy"]: row for row in rows if row["rank"] == 1}
    answer = answer_of(best, records, race.strategy)
    found = {name: _test(records, best[strategy]) for name, strategy in COLUMNS.items()}
    found |= {"answer": _test(records, answer), "answer_is": _told(answer), "trainings": race.trainings}
    found["cpu_seconds"] = sum(record["resources"]["cpu_seconds"] for record in records.values())
    found |= dict.fromkeys([*BESIDE, "exhaustive", "exhaustive_cpu_seconds", *GUIDES])
    arms = {row["run"]: _arm(opened, row, records[row["run"]]) for row in rows}
    if exhaustive:
        rows, records = searched(opened, seed, EXHAUSTIVE)
        best = {row["strategy"]: row for row in rows if row["rank"] == 1}
        found["exhaustive"] = _test(records, answer_of(best, records))
        found["exhaustive_cpu_seconds"] = sum(record["resources"]["cpu_seconds"] for record in records.values())
        found |= {f"by_{guide}": _test(records, row) for guide, row in other_guides(rows, records).items()}
        arms = {(row["strategy"], row["run"]): _arm(opened, row, records[row["run"]]) for row in rows}
    if blocks:
        rows, records = searched_blocks(opened, seed, blocks)
        found |= {row["strategy"]: _test(records, row) for row in rows if row["rank"] == 1}
        arms |= {(row["strategy"], row["run"]): _arm(opened, row, records[row["run"]]) for row in rows}
    return found | {"arms": list(arms.values())}


def raced(opened: Open, seed: int) -> tuple[list[ScoredRow], dict[str, dict[str, Any]], Raced]:
    """Train a study as the workflow does, round by round.

    Returns:
        The winners' rows and those of the baselines, ranked; the records of all runs; and what the race found.
    """
    study, plan, specs = planned(opened, seed, {})
    chosen_on = SplitSummary.read(opened.splits.with_suffix(".json")).parts["validation"]
    plan = replace(plan, scored=ScoredImages(chosen_on.images, chosen_on.largest_class))
    records = {record["run"]: record for record in opened.train(specs)}
    rounds: list[Plan] = []
    while asked := (search := RoundSearch(plan, opened.table, study.settings, rounds, records)).ask():
        candidates = search.candidates(asked)
        rounds.append(study.plan(f"round{len(rounds) + 1}", "search", opened.table, candidates))
        specs = [rounds[-1].runs[run] for runs in rounds[-1].jobs.values() for run in runs]
        records |= {record["run"]: record for record in opened.train(specs)}
    found = rounds_found(search)
    won = {(entry.strategy, entry.run) for entry in found.strategies}
    listed = [one for one in plan.candidates if one.strategy not in SEARCHED or (one.strategy, one.run) in won]
    rows = _ranked(study, replace(plan, candidates=tuple(listed)), records)
    first = {row["strategy"]: row["run"] for row in rows if row["rank"] == 1}
    final = replace(plan, candidates=tuple(one for one in listed if first[one.strategy] == one.run))
    return rows, records, Raced(answering(found, final), found.trainings)


def answer_of(best: dict[str, ScoredRow], records: dict[str, dict[str, Any]], searched: str | None = None) -> ScoredRow:
    """Return what `blocktune recommend` chooses among the strategies' best; `searched`: that of the race's answer."""
    ranked = sorted((best[strategy] for strategy in COLUMNS.values()), key=lambda row: (row["diverged"], row["loss"]))

    def lead(ours: ScoredRow, theirs: ScoredRow) -> AgainstProbe:
        return lead_over(_ANALYSED, [records[ours["run"]]], [records[theirs["run"]]])

    answer = best.get(searched, ranked[0])
    over = lead(ranked[0], answer)
    if over["gain"] > CLEARLY * over["standard_error"]:
        answer = ranked[0]
    return answer if answer is best["probe"] or lead(answer, best["probe"])["more_than_noise"] else best["probe"]


def other_guides(rows: list[ScoredRow], records: dict[str, dict[str, Any]]) -> dict[str, ScoredRow]:
    """Return what accuracy, the plain validation loss, and the loss alone (no rule for the probe) would have chosen."""
    usable = [row for row in rows if not row["diverged"]]
    return {
        "accuracy": max(usable, key=lambda row: records[row["run"]]["metrics"]["last_accuracy"]),
        "plain_loss": min(usable, key=lambda row: _plain_loss(records[row["run"]])),
        "scaled_loss": min(usable, key=lambda row: row["loss"]),
    }


def _plain_loss(record: dict[str, Any]) -> float:
    return read_history(record["history"], record["run"])[-1].val_loss


def _arm(opened: Open, row: ScoredRow, record: dict[str, Any]) -> dict[str, Any]:
    """What one arm came to: on the images that choose, and on the test images."""
    about = {name: row[name] for name in ("strategy", "candidate", "learning_rate", "weighted_layers", "run")}
    if row["diverged"]:
        return about | {"diverged": True}
    kept = read_json(Store(opened.store).path(row["run"]) / "validation.json")
    said = {"validation": record["metrics"]["last_accuracy"], "plain_loss": _plain_loss(record), "loss": row["loss"]}
    return about | said | {"temperature": kept["temperature"], "test": _test({row["run"]: record}, row)}


def planned(opened: Open, seed: int, changes: dict[str, Any]) -> tuple[Planner, Plan, list[RunSpec]]:
    """Return a seed's study, the plan of its search, and what that trains."""
    study = opened.study(changes, seed)
    plan = study.plan("search", "search", opened.table, search_candidates(study.settings, opened.table))
    return study, plan, [plan.runs[run] for runs in plan.jobs.values() for run in runs]


def train(opened: Open, searches: list[tuple[dict[str, Any], list[int]]]) -> None:
    """Train what needs no result with all seeds, those that share a graph one after the other: it is traced once."""
    for changes, seeds in searches:
        specs = [planned(opened, seed, changes)[2] for seed in seeds]
        # A study's own runs come first in its graphs: what it costs is told by the first seed
        opened.train(
            sorted(itertools.chain(*specs), key=lambda spec: (min(spec.unfrozen, default=10**6), _graph(spec)))
        )


def _graph(spec: RunSpec) -> tuple[str, int]:
    return spec.graph or "", spec.seed


def searched(opened: Open, seed: int, changes: dict[str, Any]) -> tuple[list[ScoredRow], dict[str, dict[str, Any]]]:
    """Return a search's candidates as ranked rows, and the records by run id."""
    study, plan, specs = planned(opened, seed, changes)
    records = {record["run"]: record for record in opened.train(specs)}
    return _ranked(study, plan, records), records


def _ranked(study: Planner, plan: Plan, records: dict[str, dict[str, Any]]) -> list[ScoredRow]:
    return score_rows(plan, records, study.settings.training.counts, choose_by=study.settings.evaluation.choose_by)


def searched_blocks(opened: Open, seed: int, blocks: list[int]) -> tuple[list[ScoredRow], dict[str, dict[str, Any]]]:
    """Return the blocks and layers that a seed trained as ranked rows, and their records: all, or what was chosen."""
    if seed in blocks:
        rows, records = searched(opened, seed, BLOCKS)
        return [row for row in rows if row["strategy"] in BESIDE], records
    found, _ = searched(opened, blocks[0], BLOCKS)
    best = {(row["strategy"], row["candidate"]): row["learning_rate"] for row in found if row["rank"] == 1}
    study, plan, _ = planned(opened, seed, BLOCKS)
    rates = {run: spec.training["learning_rate"] for run, spec in plan.runs.items()}
    mine = [one for one in plan.candidates if one.strategy in BESIDE]
    again = [one for one in mine if best.get((one.strategy, one.candidate)) == rates[one.run]]
    records = {record["run"]: record for record in opened.train([plan.runs[one.run] for one in again])}
    return _ranked(study, replace(plan, candidates=tuple(again)), records), records


_ANALYSED = SimpleNamespace(choose_by="loss", counts="last", each_repeat="same")
"""What `lead_over` reads of a study."""


def _test(records: dict[str, dict[str, Any]], row: ScoredRow) -> float | None:
    metrics = records[row["run"]]["metrics"]
    return None if metrics["diverged"] else metrics["test"]["last"]["accuracy"]


def _told(row: ScoredRow) -> str:
    rate = "" if row["learning_rate"] is None else f" at {row['learning_rate']:g}"
    return f"{row['strategy']} {row['candidate']}{rate}"


def cell_of(opened: Open, seeds: list[int], found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a cell: means over the seeds, and every seed's own numbers."""
    cell = opened.cell
    means = {
        name: None if any(one[name] is None for one in found) else float(np.mean([one[name] for one in found]))
        for name in (*COLUMNS, *BESIDE, "answer", "exhaustive", *GUIDES)
    }
    # Later seeds found the graphs traced
    means |= {name: found[0][name] for name in ("cpu_seconds", "exhaustive_cpu_seconds")}
    about = {"target": cell.target, "backbone": f"{cell.network} {cell.alpha:g}", "image_size": cell.image_size}
    return about | {"seeds": len(seeds)} | means | {"each_seed": found}


def markdown(cells: list[dict[str, Any]]) -> str:
    """Return the cells as a table; what was not measured stays empty."""
    names = (*COLUMNS, *BESIDE, "answer", "exhaustive", "paper_answer")
    seconds = ("cpu_seconds", "exhaustive_cpu_seconds", "paper_cpu_seconds")
    titles = (
        "Linear probe",
        "Head only",
        "Everything",
        "Last quarter",
        "Tail",
        "BW",
        "LW",
        "The answer",
        "Exhaustive search",
        "Paper's recipe",
    )
    prices = ("Processor seconds", "of the exhaustive search", "of the paper's recipe")
    head = ["Target", "Network", "Pixels", "Seeds", *titles, *prices]
    lines = [f"| {' | '.join(head)} |", f"|:--|:--|{'--:|' * (len(head) - 2)}"]
    for cell in sorted(cells, key=_key):
        told = [cell["target"], cell["backbone"], str(cell["image_size"]), str(cell["seeds"])]
        told += ["" if cell.get(name) is None else f"{cell[name]:.3f}" for name in names]
        told += ["" if cell.get(name) is None else f"{cell[name]:.0f}" for name in seconds]
        lines.append(f"| {' | '.join(told)} |")
    return "\n".join(lines) + "\n"


def guides_markdown(cells: list[dict[str, Any]]) -> str:
    """Return what each guide's choice scores on the test images as a table, and the best that there was to choose."""
    titles = ("Validation accuracy", "Plain loss", "Loss after scaling", "The answer", "Best arm on the test images")
    head = ["Target", "Network", "Pixels", "Seeds", *titles]
    lines = [f"| {' | '.join(head)} |", f"|:--|:--|{'--:|' * (len(head) - 2)}"]
    for cell in sorted((cell for cell in cells if cell.get(GUIDES[0]) is not None), key=_key):
        told = [cell["target"], cell["backbone"], str(cell["image_size"]), str(cell["seeds"])]
        told += [f"{cell[name]:.3f}" for name in (*GUIDES, "answer")]
        told.append(f"{np.mean([max(_searched_tests(one)) for one in cell['each_seed']]):.3f}")
        lines.append(f"| {' | '.join(told)} |")
    return "\n".join(lines) + "\n"


def _searched_tests(one: dict[str, Any]) -> list[float]:
    """Test accuracies of a seed's arms that the recipe tries."""
    return [arm["test"] for arm in one["arms"] if arm["strategy"] in COLUMNS.values() and not arm.get("diverged")]


if __name__ == "__main__":
    main()
