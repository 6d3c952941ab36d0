"""What the exhaustive search costs: a plain Keras loop against ours, same photographs, seeds and hyperparameters.

A sample of candidates, spread evenly over depth, is trained by both sides in one call; the cost of all candidates is
extrapolated by depth. The loop trains every layer, block and window of the paper's algorithms; ours trains the distinct
ones. Two comparisons: wall time on the same cores (the loop with TensorFlow's own threads), and processor time with one
thread a side, together with the equality of every history.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from machine import machine_facts
from study import Files, Network, depth_of, distinct_by_depth, plan_search, train

from blocktune.runs.files import write_json
from blocktune.runs.plan import read_plan

HERE = Path(__file__).parent


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="archive of class folders, e.g. flower_photos.tgz")
    parser.add_argument("--weights", type=Path, required=True, help="weights of the network without top (.h5)")
    parser.add_argument("--name", default="MobileNet")
    parser.add_argument("--alpha", type=float, default=0.25)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--sample", type=int, default=6, help="candidates that are really trained (default 6)")
    parser.add_argument("--work", type=Path, help="folder to work in (default: a temporary one)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "search_cost.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        write_json(options.output, measure(options, options.work or Path(temporary)))


def measure(options: argparse.Namespace, work: Path) -> dict[str, object]:
    """Run both sides and compare."""
    network = Network(options.archive, options.weights, options.name, options.alpha)
    files = plan_search(network, work, options.epochs, options.image_size)
    plan = read_plan(files.plan)
    depth, distinct = depth_of(plan), distinct_by_depth(plan)
    searched = [entry["run"] for entry in plan["candidates"] if entry["strategy"] in ("lw", "bw", "bwsw")]
    places = np.linspace(0, len(distinct) - 1, options.sample).round().astype(int)
    sample = [distinct[place] for place in places]
    cores = len(os.sched_getaffinity(0))
    loop = plain_loop(network, files, sample, one_thread=False)
    loop_one = plain_loop(network, files, sample, one_thread=True)
    wall, ours = train(files, sample, cores, work / "ours")
    print(f"our side: {wall:.0f} s for {len(sample)} runs", file=sys.stderr)
    identical = {run: same(loop_one[run]["history"], ours[run]["history"]) for run in sample}
    x = [depth[run] for run in sample]

    def total(seconds: list[float], runs: list[str]) -> float:
        return float(sum(np.interp([depth[run] for run in runs], x, seconds)))

    loop_wall = total([loop[run]["wall"] for run in sample], searched)
    loop_cpu = total([loop_one[run]["cpu"] for run in sample], searched)
    # The first run of each job waits for Keras' import; in so small a sample that weighs more than in full jobs
    our_wall = total([ours[run]["seconds"] for run in sample], distinct) / cores
    our_cpu = total([ours[run]["resources"]["cpu_seconds"] for run in sample], distinct)
    return {
        "what": f"{options.name} alpha {options.alpha}, {options.image_size} px, {options.epochs} epochs",
        "machine": machine_facts(),
        "candidates_of_the_loop": len(searched),
        "distinct_runs": len(distinct),
        "sample_depths": x,
        "loop_wall_seconds": [loop[run]["wall"] for run in sample],
        "loop_peak_memory_mb": [loop[run]["peak_memory_mb"] for run in sample],
        "loop_one_thread_cpu_seconds": [loop_one[run]["cpu"] for run in sample],
        "our_wall_seconds_per_run": [ours[run]["seconds"] for run in sample],
        "our_cpu_seconds": [ours[run]["resources"]["cpu_seconds"] for run in sample],
        "our_profile": [profile(ours[run]["resources"]) for run in sample],
        "our_peak_memory_mb": [ours[run]["resources"]["peak_memory_mb"] for run in sample],
        "loop_hours_extrapolated": loop_wall / 3600,
        "our_hours_extrapolated": our_wall / 3600,
        "wall_ratio": loop_wall / our_wall,
        "cpu_ratio": loop_cpu / our_cpu,
        "identical_histories": all(identical.values()),
        "identical_by_run": identical,
    }


def profile(resources: dict) -> dict[str, float]:
    """Seconds of a run by what they went into; the rest of its job is the start of its process."""
    epochs = sum(resources["seconds_epochs"])
    return {
        "building and frozen part": resources["seconds_preparing"],
        "epochs": epochs,
        "tracing, proof, writing": resources["seconds"] - resources["seconds_preparing"] - epochs,
    }


def plain_loop(network: Network, files: Files, sample: list[str], one_thread: bool) -> dict:
    """Run the loop in a process of its own."""
    command = [sys.executable, HERE / "plain_loop.py", "--plan", files.plan, "--prepared", files.dataset.parent]
    command += ["--splits", files.splits, "--name", network.name, "--alpha", network.alpha]
    command += ["--weights", network.weights, "--runs", *sample, *(["--one-thread"] if one_thread else [])]
    printed = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout
    return {(line := json.loads(text))["run"]: line for text in printed.splitlines()}


def same(loop: dict[str, list[float]], ours: dict[str, list[float]]) -> bool:
    """Whether every number of every epoch agrees as float32."""
    return all(
        np.array_equal(np.float32(loop[name]), np.float32(ours[name]))
        for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
    )


if __name__ == "__main__":
    main()
