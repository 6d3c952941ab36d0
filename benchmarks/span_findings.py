"""Does one block beat a tail, everything, or the head alone? Paired differences from the table of spans.

The table has six seeds of every arm. Seed by seed, each strategy takes the arm of its own whose validation loss is
lowest, its rate with it. The intervals are those of `practice_findings.py`. The table knows of the linear probe only
how many images it got right, so nothing is paired with it; the head alone starts from it.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from practice_cells import HERE
from practice_findings import in_each_cell, markdown

from blocktune.files.plain import write_json, write_text
from blocktune.search.arm_table import Arm, Table, read_tables

PAIRS = (
    ("one block", "head alone"),
    ("one block", "tail"),
    ("one block", "everything"),
    ("one block", "any span"),
    ("tail", "head alone"),
    ("tail", "everything"),
    ("tail", "any span"),
)


def main() -> None:
    """Parse, read, compute, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=HERE / "results" / "span_table.npz")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "span_findings.json")
    options = parser.parse_args()
    tables = read_tables(options.table)
    chosen = [_each_seed(table) for table in tables]
    found = [_differences(pair, tables, chosen) for pair in PAIRS]
    cells = [_cell(table, arms) for table, arms in zip(tables, chosen, strict=True)]
    write_json(options.output, {"what": __doc__.split("\n", 1)[0], "cells": cells, "pairs": found})
    write_text(options.output.with_suffix(".md"), f"{_accuracies(cells)}\n{markdown(found)}")


def strategies_of(table: Table) -> dict[str, Callable[[Arm], bool]]:
    """Return which arms of a table are each strategy's. The table's blocks are the spans that hold no smaller one."""
    spans = {arm.blocks for arm in table.arms if arm.blocks is not None}
    smallest = {(first, last) for first, last in spans if sum(first <= a and b <= last for a, b in spans) == 1}
    everything = 1, table.about["blocks"]
    return {
        "head alone": lambda arm: arm.blocks is None,
        "one block": lambda arm: arm.blocks in smallest,
        "tail": lambda arm: arm.blocks is not None and arm.blocks[1] == everything[1],
        "everything": lambda arm: arm.blocks == everything,
        "any span": lambda arm: arm.blocks is not None,
    }


def _each_seed(table: Table) -> dict[str, dict[int, Arm]]:
    """Of each strategy, the arm that validation chooses with each seed."""
    return {
        name: {
            seed: min(
                (arm for arm in table.arms if fits(arm) and not table.diverged(arm, seed)),
                key=lambda arm, seed=seed: table.loss(arm, seed),
            )
            for seed in table.seeds
        }
        for name, fits in strategies_of(table).items()
    }


def _differences(pair: tuple[str, str], tables: list[Table], chosen: list[dict[str, dict[int, Arm]]]) -> dict[str, Any]:
    gains = [
        np.array([_hits(table, arms[pair[0]], seed) - _hits(table, arms[pair[1]], seed) for seed in table.seeds])
        for table, arms in zip(tables, chosen, strict=True)
    ]
    return {"strategy": pair[0], "minus": pair[1], "cells": in_each_cell([_about(table) for table in tables], gains)}


def _hits(table: Table, arms: dict[int, Arm], seed: int) -> np.ndarray:
    return table.right(arms[seed], seed, "test").astype(float)


def _about(table: Table) -> dict[str, Any]:
    facts = table.about
    return {
        "target": facts["dataset"],
        "backbone": facts["backbone"],
        "image_size": facts["image_size"],
        "seeds": len(table.seeds),
    }


def _cell(table: Table, chosen: dict[str, dict[int, Arm]]) -> dict[str, Any]:
    accuracy = {
        name: float(np.mean([table.accuracy(arm, seed, "test") for seed, arm in arms.items()]))
        for name, arms in chosen.items()
    }
    probe = float(np.mean([table.probe(seed, "test") for seed in table.seeds]))
    names = {name: [arm.name for arm in arms.values()] for name, arms in chosen.items()}
    return _about(table) | {"probe": probe, "accuracy": accuracy, "chosen": names}


def _accuracies(cells: list[dict[str, Any]]) -> str:
    names = list(cells[0]["accuracy"])
    head = ["Target", "Network", "Linear probe", *(f"{name[0].upper()}{name[1:]}" for name in names)]
    lines = [f"| {' | '.join(head)} |", f"|:--|:--|{'--:|' * (len(names) + 1)}"]
    for cell in cells:
        told = [cell["probe"], *(cell["accuracy"][name] for name in names)]
        lines.append(f"| {cell['target']} | {cell['backbone']} | {' | '.join(f'{share:.3f}' for share in told)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
