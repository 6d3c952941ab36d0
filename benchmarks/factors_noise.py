"""How often noise is called an effect by the tests of a study of factors, and how often a real one is found.

Nothing is trained: the numbers are made up. Runs of one seed and setting share a part of their noise, since they share
images, order and head. In the wild cases noise at the highest learning rate is ten times as large.
"""

import argparse
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from blocktune.factors.crossing import strata_of, terms_of
from blocktune.factors.names import FACTORS, GRID
from blocktune.factors.terms import Split, split
from blocktune.factors.verdicts import ALPHA, tests_of
from blocktune.files.design import Design
from blocktune.files.plain import write_json

HERE = Path(__file__).parent
SCREENING = "screening"
LEVELS = {
    SCREENING: {"learning_rate": 5, "images": 6, "imbalance": 4, "optimizer": 2, "batch_norm": 3},
    GRID: {"learning_rate": 5, "optimizer": 2, "batch_norm": 3},
}
STRATEGIES = 3
SEEDS = (2, 3, 5)
SHARED = (0.0, 0.2, 0.5, 0.8)
WILD = {"wild": {"wild": 10, "effect": 0}, "wild_and_effect": {"wild": 10, "effect": 2}}


def main() -> None:
    """Parse, make up, test, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000, help="made-up studies of each case (default 2000)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "factors_noise.json")
    options = parser.parse_args()
    with threadpool_limits(1):
        sizes = [
            {"design": kind, "seeds": seeds, "shared": shared, **shares(options.studies, kind, seeds, shared)}
            for kind, seeds, shared in itertools.product(LEVELS, SEEDS, SHARED)
        ]
        wild = {name: case | shares(options.studies, SCREENING, 3, 0.5, **case) for name, case in WILD.items()}
    write_json(
        options.output,
        {
            "what": "shares of made-up studies in which a term has p < 0.05",
            "studies": options.studies,
            "levels": LEVELS,
            "strategies": STRATEGIES,
            "sizes": sizes,
            "wild": wild,
        },
    )


def settings(kind: str) -> list[dict[str, int]]:
    """Return the settings of a design: the reference and every other level of each factor, or all levels crossed."""
    levels = LEVELS[kind]
    if kind == GRID:
        crossed = itertools.product(*(range(count) for count in levels.values()))
        return [dict(zip(levels, combination, strict=True)) for combination in crossed]
    reference = dict.fromkeys(levels, 0)
    return [reference, *(reference | {name: level} for name, count in levels.items() for level in range(1, count))]


def runs_of(kind: str, seeds: int) -> pd.DataFrame:
    """Return the runs of a design, a row each."""
    rows = itertools.product(settings(kind), range(STRATEGIES), range(seeds))
    crossed = [setting | {"strategy": strategy, "seed": seed} for setting, strategy, seed in rows]
    return pd.DataFrame(crossed, columns=["strategy", "seed", *FACTORS]).fillna(0)


def splits(kind: str, runs: pd.DataFrame) -> dict[str, tuple[np.ndarray, Split]]:
    """Return what turns an outcome and the terms that explain it, by test: ours, F by stratum, F over all runs."""
    counts = {"classes": 1, "runs": len(runs), "grid_runs": len(runs), "estimated_seconds": 0}
    design = Design(study="", design=kind, **counts, seeds=(), strategies=(), reference={}, levels={}, notes=())
    columns, apart = terms_of(runs, design), strata_of(runs)
    turned = {term: apart.turn @ values for term, values in columns.items()}
    even = [("", stratum) for _, stratum in apart.groups]
    return {
        "ours": (apart.turn, split(turned, apart.groups, apart.constant)),
        "f": (apart.turn, split(turned, even, apart.constant)),
        "pooled": (np.eye(len(runs)), split(columns, [("", "")] * len(runs))),
    }


def shares(
    studies: int, kind: str, seeds: int, shared: float, wild: float = 1, effect: float = 0
) -> dict[str, dict[str, float] | float]:
    """Return how often terms are called effects.

    Args:
        studies: how many to make up.
        kind: `screening` or `grid`.
        seeds: how many there are.
        shared: part of the noise's variance that runs of one seed and setting share.
        wild: standard deviation of the noise at the highest rate; elsewhere it is 1.
        effect: by how much the second optimizer is worse.

    Returns:
        By test (`ours`; `f`, by stratum, all settings with one spread; `pooled`, all runs independent) and term the
        share of studies with p < 0.05; and `any`, the share in which ours calls anything but a planted term larger
        than noise, with Holm's correction.
    """
    noise, runs = np.random.default_rng(0), runs_of(kind, seeds)
    plots = runs.groupby(["seed", *FACTORS], sort=False).ngroup().to_numpy()
    spread = np.where(runs["learning_rate"] == LEVELS[kind]["learning_rate"] - 1, wild, 1.0)
    tests = splits(kind, runs)
    found: dict[str, dict[str, float]] = {test: {} for test in tests}
    planted, anything = ["optimizer"] if effect else None, 0
    for _ in range(studies):
        together, own = noise.normal(size=plots.max() + 1)[plots], noise.normal(size=len(runs))
        values = spread * (np.sqrt(shared) * together + np.sqrt(1 - shared) * own)
        values -= effect * runs["optimizer"].to_numpy()
        for test, (turn, terms) in tests.items():
            told, _ = tests_of(turn @ values, terms)
            for entry in told:
                name = " x ".join(entry["term"])
                found[test][name] = found[test].get(name, 0) + (entry["p"] < ALPHA)
            if test == "ours":
                # What Holm asks of the smallest p
                anything += min(entry["p"] for entry in told if entry["term"] != planted) < ALPHA / len(told)
    by_test: dict[str, Any] = {
        test: {term: round(count / studies, 4) for term, count in seen.items()} for test, seen in found.items()
    }
    return by_test | {"any": round(anything / studies, 4)}


if __name__ == "__main__":
    main()
