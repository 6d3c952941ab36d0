"""How often luck is called an effect by the tests of a study of factors, and how often a real one is found.

Nothing is trained: the numbers are drawn. A made-up study is a screening of five factors, crossed with three strategies
and three seeds; runs scatter by one unit, in two of three cases those at the highest learning rate by ten.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from blocktune.analysis.factors.terms import ALPHA, SEED, explain, one_hot, split
from blocktune.runs.files import write_json

HERE = Path(__file__).parent
LEVELS = {"learning_rate": 5, "photographs": 6, "imbalance": 4, "optimizer": 2, "batch_norm": 3}
STRATEGIES, SEEDS = 3, 3
CASES = {
    "even": {"wild": 1, "effect": 0},
    "wild": {"wild": 10, "effect": 0},
    "wild_and_effect": {"wild": 10, "effect": 2},
}


def main() -> None:
    """Parse, draw, test, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=300, help="made-up studies of each case (default 300)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "factors_luck.json")
    options = parser.parse_args()
    with threadpool_limits(1):
        cases = {name: case | shares(options.studies, **case) for name, case in CASES.items()}
    write_json(
        options.output,
        {
            "what": "shares of made-up studies in which a term has p < 0.05",
            "studies": options.studies,
            "levels": LEVELS,
            "strategies": STRATEGIES,
            "seeds": SEEDS,
            "cases": cases,
        },
    )


def settings() -> list[dict[str, int]]:
    """Return the runs of a screening: the reference, and every other level of every factor, by strategy and seed."""
    reference = dict.fromkeys(LEVELS, 0)
    settings = [reference, *(reference | {name: level} for name, count in LEVELS.items() for level in range(1, count))]
    return [
        setting | {"strategy": strategy, "seed": seed}
        for setting in settings
        for strategy in range(STRATEGIES)
        for seed in range(SEEDS)
    ]


def shares(studies: int, wild: float, effect: float) -> dict[str, Any]:
    """Return how often terms are called effects.

    Args:
        studies: how many to draw.
        wild: standard deviation at the highest rate; elsewhere it is 1.
        effect: by how much the second optimizer is worse.

    Returns:
        By term `f` and `own_spread`: shares of p < 0.05 of the F test and of the one that lets spreads differ; and
        `any`, the share of studies in which anything but a planted term is called larger than noise.
    """
    luck, runs = np.random.default_rng(0), settings()
    columns = {SEED: one_hot([run["seed"] for run in runs]), ("strategy",): one_hot([run["strategy"] for run in runs])}
    for name in LEVELS:
        columns[name,] = one_hot([run[name] for run in runs])
        columns[name, "strategy"] = one_hot([(run[name], run["strategy"]) for run in runs])
    cells = [tuple(value for name, value in run.items() if name != "seed") for run in runs]
    spread = np.array([wild if run["learning_rate"] == LEVELS["learning_rate"] - 1 else 1.0 for run in runs])
    means = np.array([-effect * run["optimizer"] for run in runs])
    found: dict[str, dict[str, float]] = {}
    terms, anything = split(columns), 0
    for _ in range(studies):
        outcome = means + spread * luck.normal(size=len(runs))
        tests, _ = explain(outcome, terms, cells)
        for entry in tests:
            seen = found.setdefault(" x ".join(entry["term"]), {"f": 0.0, "own_spread": 0.0})
            seen["f"] += (entry["p"] < ALPHA) / studies
            seen["own_spread"] += (entry["p_own_spread"] < ALPHA) / studies
        planted = ["optimizer"] if effect else None
        anything += any(entry["larger_than_noise"] for entry in tests if entry["term"] != planted)
    rounded = {term: {test: round(share, 4) for test, share in seen.items()} for term, seen in found.items()}
    return {"terms": rounded, "any": anything / studies}


if __name__ == "__main__":
    main()
