"""Does a block beat everything, a tail, the head alone, the probe? Paired differences of what `practice.py` found.

Each strategy stands at the candidate and rate that validation chose for it, seed by seed. An interval holds the noise
of the test images and of training, as those of the workflow (`analysis/paired.py`); training noise is pooled over
cells.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from practice_cells import HERE

from blocktune.analysis.paired import around, of_mean, of_training, pooled
from blocktune.files.plain import read_json, write_json, write_text
from blocktune.runs.store import Store

NAMES = {
    "probe": "linear probe",
    "baseline1": "head alone",
    "baseline2": "everything",
    "quarter": "last quarter",
    "tail": "tail",
    "bw": "best block",
    "lw": "best layer",
    "answer": "the answer",
}
PAIRS = (
    ("bw", "probe"),
    ("bw", "baseline1"),
    ("bw", "quarter"),
    ("bw", "tail"),
    ("bw", "baseline2"),
    ("bw", "lw"),
    ("tail", "baseline2"),
    ("answer", "probe"),
)


def main() -> None:
    """Parse, read, compute, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of the runs, practice.py's")
    parser.add_argument("--input", type=Path, default=HERE / "results" / "practice.json")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "practice_findings.json")
    options = parser.parse_args()
    cells = [cell for cell in read_json(options.input)["cells"] if cell["seeds"] > 1 and cell["bw"] is not None]
    store = Store(options.work / "store")
    found = [differences(pair, cells, store) for pair in PAIRS]
    write_json(options.output, {"what": __doc__.split("\n", 1)[0], "pairs": found})
    write_text(options.output.with_suffix(".md"), markdown(found))


def differences(pair: tuple[str, str], cells: list[dict[str, Any]], store: Store) -> dict[str, Any]:
    """Return one strategy's test accuracy minus another's in each cell, in points, with its 95 % interval."""
    gains = [np.array([_right(cell, seed, pair, store) for seed in cell["each_seed"]]) for cell in cells]
    facts = [{name: cell[name] for name in ("target", "backbone", "image_size", "seeds")} for cell in cells]
    return {"strategy": pair[0], "minus": pair[1], "cells": in_each_cell(facts, gains)}


def in_each_cell(facts: list[dict[str, Any]], gains: list[np.ndarray]) -> list[dict[str, Any]]:
    """Return the mean gain of each cell in points, with its interval over images and seeds.

    Args:
        facts: what each cell is.
        gains: of each cell, by seed and test image, whether one training was right minus whether the other was.
    """
    by_seed = [100 * gain.mean(axis=1) for gain in gains]
    training = pooled([list(points) for points in by_seed])
    found = []
    for about, gain, points in zip(facts, gains, by_seed, strict=True):
        parts = of_mean(100 * gain.mean(axis=0)), of_training(list(points), training)
        middle = float(points.mean())
        found.append(about | {"points": middle, "by_seed": list(points), "interval": around(middle, *parts)})
    return found


def _right(cell: dict[str, Any], seed: dict[str, Any], pair: tuple[str, str], store: Store) -> np.ndarray:
    """Of each test image, whether the first was right minus whether the second was."""
    ours, theirs = (_hits(_best(seed, strategy)["run"], store) for strategy in pair)
    return ours - theirs


def _hits(run: str, store: Store) -> np.ndarray:
    score = read_json(store.path(run) / "metrics.json")["test"]["last"]
    bits = np.unpackbits(np.frombuffer(bytes.fromhex(score["right"]), np.uint8))
    count = round(bits.sum() / score["accuracy"])
    return bits[:count].astype(float)


def _best(seed: dict[str, Any], strategy: str) -> dict[str, Any]:
    """The arm that validation chose for a strategy, or as the answer."""
    arms = [arm for arm in seed["arms"] if not arm.get("diverged")]
    if strategy == "answer":
        return next(arm for arm in arms if _told(arm) == seed["answer_is"])
    return min((arm for arm in arms if arm["strategy"] == strategy), key=lambda arm: arm["loss"])


def _told(arm: dict[str, Any]) -> str:
    rate = "" if arm["learning_rate"] is None else f" at {arm['learning_rate']:g}"
    return f"{arm['strategy']} {arm['candidate']}{rate}"


def markdown(found: list[dict[str, Any]]) -> str:
    """Return the differences as a table, a row per cell and a column per pair."""
    head = ["Target", "Network", *(f"{_named(pair['strategy'])} minus {_named(pair['minus'])}" for pair in found)]
    lines = [f"| {' | '.join(head)} |", f"|:--|:--|{'--:|' * len(found)}"]
    for same_cell in zip(*(pair["cells"] for pair in found), strict=True):
        told = [same_cell[0]["target"], same_cell[0]["backbone"]]
        for cell in same_cell:
            low, high = cell["interval"]
            told.append(f"{cell['points']:+.1f} ({low:+.1f} to {high:+.1f})")
        lines.append(f"| {' | '.join(told)} |")
    return "\n".join(lines) + "\n"


def _named(strategy: str) -> str:
    return NAMES.get(strategy, strategy)


if __name__ == "__main__":
    main()
