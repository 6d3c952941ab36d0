"""What BatchNormalization's policy does to every block: the search over blocks under each policy, with several seeds.

No speed is measured here; it stands beside the benchmarks because it needs the same two files and writes the same kind
of record. With `--store` runs that a study has trained are taken from there.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from machine import machine_facts
from scipy.stats import spearmanr
from study import Network, distinct_by_depth, plan_search, train

from blocktune.files.plain import write_json, write_text
from blocktune.files.plan import Plan

HERE = Path(__file__).parent
POLICIES = ("layer", "frozen", "adapt")


def main() -> None:
    """Parse, train, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="archive of class folders, e.g. flower_photos.tgz")
    parser.add_argument("--weights", type=Path, required=True, help="weights of MobileNet 0.25 without top (.h5)")
    parser.add_argument("--image-size", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2], help="seeds of the runs (default 1 2)")
    parser.add_argument("--jobs", type=int, default=2, help="jobs side by side (default 2)")
    parser.add_argument("--store", type=Path, help="store of finished runs (default: a new one)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "batch_norm.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = {
            policy: [search(options, Path(temporary), policy, seed) for seed in options.seeds] for policy in POLICIES
        }
    result = {
        "what": f"MobileNet alpha 0.25, {options.image_size} px, {options.epochs} epochs, blocks",
        "machine": machine_facts(),
        "seeds": options.seeds,
        "policies": found,
        "between_seeds": {policy: agreement(maps) for policy, maps in found.items()},
        "above_layer": {policy: difference(found[policy], found["layer"]) for policy in POLICIES[1:]},
    }
    write_json(options.output, result)
    write_text(options.output.with_suffix(".md"), markdown(result))


def search(options: argparse.Namespace, work: Path, policy: str, seed: int) -> list[dict[str, Any]]:
    """Return the blocks of a search, number 1 nearest the head: layers and validation accuracy after the last epoch."""
    here = work / f"{policy}{seed}"
    network = Network(options.archive, options.weights)
    files = plan_search(network, here, options.epochs, options.image_size, seed=seed, batch_norm=policy)
    plan = Plan.read(files.plan)
    blocks = [entry for entry in plan.candidates if entry.strategy == "bw"]
    runs = distinct_by_depth(plan, ["bw"])
    _, trained = train(files, runs, options.jobs, here, options.store)
    accuracies = {run: trained[run]["metrics"]["last_accuracy"] for run in runs}
    return [{"block": block.candidate, "layers": block.names, "accuracy": accuracies[block.run]} for block in blocks]


def accuracies_of(maps: list[list[dict[str, Any]]]) -> np.ndarray:
    """Return accuracies (seeds, blocks)."""
    return np.array([[block["accuracy"] for block in blocks] for blocks in maps])


def agreement(maps: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """How far the seeds' maps agree: rank correlation of the first two, best block and its accuracy by seed."""
    values = accuracies_of(maps)
    return {
        "best_block": [int(row.argmax()) + 1 for row in values],
        "best_accuracy": [float(row.max()) for row in values],
        "mean_accuracy": [float(row.mean()) for row in values],
        "rank_correlation": float(spearmanr(values[0], values[1]).statistic) if len(values) > 1 else None,
    }


def difference(maps: list[list[dict[str, Any]]], layer: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """A policy's accuracy above that of `layer`, in points: by block (mean over seeds) and the spread over seeds."""
    points = 100 * (accuracies_of(maps) - accuracies_of(layer))
    return {
        "by_block": points.mean(axis=0).tolist(),
        "mean": float(points.mean()),
        "standard_deviation_between_seeds": float(points.std(axis=0, ddof=1).mean()) if len(points) > 1 else None,
        "rank_correlation": [
            float(spearmanr(ours, theirs).statistic)
            for ours, theirs in zip(accuracies_of(maps), accuracies_of(layer), strict=True)
        ],
    }


def markdown(found: dict[str, Any]) -> str:
    """Return the comparison as a table; blocks count from the head."""
    seeds = ", ".join(map(str, found["seeds"]))
    head = [
        "Policy",
        f"Best block (seeds {seeds})",
        "Its accuracy",
        "Mean of all blocks",
        "Rank correlation of the seeds",
    ]
    head += ["Points above layer: all blocks", "third at the head", "middle", "third at the input"]
    lines = [f"| {' | '.join(head)} |", f"|{':--|' + '--:|' * (len(head) - 1)}"]
    for policy, entry in found["between_seeds"].items():
        cells = [
            policy,
            ", ".join(map(str, entry["best_block"])),
            ", ".join(f"{value:.3f}" for value in entry["best_accuracy"]),
            ", ".join(f"{value:.3f}" for value in entry["mean_accuracy"]),
            "n/a" if entry["rank_correlation"] is None else f"{entry['rank_correlation']:.2f}",
        ]
        above = found["above_layer"].get(policy)
        thirds = [] if above is None else np.array_split(np.array(above["by_block"]), 3)
        cells += ["", "", "", ""] if above is None else [f"{above['mean']:+.1f}", *(f"{t.mean():+.1f}" for t in thirds)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
