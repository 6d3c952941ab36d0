"""Does one block beat a tail, everything, the head alone, the probe? Paired differences from a table of arms.

Seed by seed, each strategy takes the arm of its own that validation chooses, its rate with it. The intervals are those
of `practice_findings.py`. `span_table.npz` has stretches of merged blocks by the practice recipe, `paper_table.npz` the
blocks, layers and windows of the paper's.
"""

import argparse
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from practice_cells import HERE
from practice_findings import in_each_cell, markdown
from scipy.stats import spearmanr

from blocktune.files.plain import write_json, write_text
from blocktune.search.arm_table import Arm, Table, read_tables

PROBE = "linear probe"
NAMES = {
    "baseline1": "head alone",
    "bw": "one block",
    "lw": "one layer",
    "bwsw": "one window",
    "baseline2": "everything",
}
PAIRS = (
    ("one block", PROBE),
    ("one block", "head alone"),
    ("one block", "tail"),
    ("one block", "everything"),
    ("one block", "any span"),
    ("tail", PROBE),
    ("tail", "everything"),
    ("tail", "any span"),
    ("one layer", PROBE),
    ("one layer", "head alone"),
    ("one block", "one layer"),
    ("one block", "one window"),
)


def main() -> None:
    """Parse, read, compute, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=HERE / "results" / "span_table.npz")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "span_findings.json")
    options = parser.parse_args()
    tables = read_tables(options.table)
    chosen = [_each_seed(table) for table in tables]
    pairs = [pair for pair in PAIRS if all(name in chosen[0] or name == PROBE for name in pair)]
    found = [_differences(pair, tables, chosen) for pair in pairs]
    cells = [_cell(table, arms) for table, arms in zip(tables, chosen, strict=True)]
    write_json(options.output, {"what": __doc__.split("\n", 1)[0], "cells": cells, "pairs": found})
    write_text(options.output.with_suffix(".md"), f"{_accuracies(cells)}\n{markdown(found)}")


def strategies_of(table: Table) -> dict[str, Callable[[Arm], bool]]:
    """Return which arms of a table are each strategy's.

    Where there are spans, a block is one that holds no smaller one.
    """
    strategies = {strategy for arm in table.arms for strategy, _ in arm.names}
    if "span" not in strategies:
        return {name: lambda arm, key=key: key in dict(arm.names) for key, name in NAMES.items() if key in strategies}
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

    def worse(arm: Arm, seed: int) -> float:
        return table.loss(arm, seed) if table.about["choose_by"] == "loss" else -table.accuracy(arm, seed)

    return {
        name: {
            seed: min(
                (arm for arm in table.arms if fits(arm) and not table.diverged(arm, seed)),
                key=lambda arm, seed=seed: worse(arm, seed),
            )
            for seed in table.seeds
        }
        for name, fits in strategies_of(table).items()
    }


def _differences(pair: tuple[str, str], tables: list[Table], chosen: list[dict[str, dict[int, Arm]]]) -> dict[str, Any]:
    gains = [
        np.array([np.subtract(*(_hits(table, arms, name, seed) for name in pair)) for seed in table.seeds])
        for table, arms in zip(tables, chosen, strict=True)
    ]
    return {"strategy": pair[0], "minus": pair[1], "cells": in_each_cell([_about(table) for table in tables], gains)}


def _hits(table: Table, chosen: dict[str, dict[int, Arm]], name: str, seed: int) -> np.ndarray:
    right = table.probe_right(seed, "test") if name == PROBE else table.right(chosen[name][seed], seed, "test")
    return right.astype(float)


def _about(table: Table) -> dict[str, Any]:
    facts = table.about
    return {
        "target": facts["dataset"],
        "backbone": facts["backbone"],
        "image_size": facts["image_size"],
        "seeds": len(table.seeds),
    }


def _cell(table: Table, chosen: dict[str, dict[int, Arm]]) -> dict[str, Any]:
    """Return what each strategy came to, and how far its arms lie apart beside the noise of a training."""
    accuracy = {
        name: float(np.mean([table.accuracy(arm, seed, "test") for seed, arm in arms.items()]))
        for name, arms in chosen.items()
    }
    names = {name: [arm.name for arm in arms.values()] for name, arms in chosen.items()}
    probe = float(np.mean([table.probe(seed, "test") for seed in table.seeds]))
    spread = {name: found for name, fits in strategies_of(table).items() if (found := _spread(table, fits))}
    return _about(table) | {"probe": probe, "accuracy": accuracy, "chosen": names, "spread": spread}


def _spread(table: Table, fits: Callable[[Arm], bool]) -> dict[str, float] | None:
    """Points of test accuracy: a training's noise, and how far the means of arms lie apart; means over the rates."""
    rates = sorted({arm.rate for arm in table.arms if fits(arm)})
    at_rates = [[arm for arm in table.arms if fits(arm) and arm.rate == rate] for rate in rates]
    if min(map(len, at_rates)) < 3:
        return None
    tests = np.array([[[table.accuracy(arm, seed, "test") for seed in table.seeds] for arm in at] for at in at_rates])
    pairs = [pair for at in tests for pair in combinations(at.T, 2)]
    return {
        "arms": tests.shape[1],
        "of_one_training": float(100 * np.sqrt(tests.var(axis=2, ddof=1).mean())),
        "between_arms": float(100 * np.sqrt(tests.mean(axis=2).var(axis=1, ddof=1).mean())),
        "rank_correlation_of_two_seeds": float(np.mean([spearmanr(*pair).statistic for pair in pairs])),
    }


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
