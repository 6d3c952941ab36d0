"""What the exhaustive search costs: a plain Keras loop against ours, same photographs, seeds and hyperparameters.

A sample of candidates, spread evenly over depth, is trained by both sides in one call; the cost of all candidates is
extrapolated by depth. The loop trains every layer, block and window of the paper's algorithms; ours trains the distinct
ones. Two comparisons: wall time on the same cores (the loop with TensorFlow's own threads), and processor time with one
thread a side, together with the equality of every history.
"""

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from machine import machine_facts

from blocktune.runs.files import read_json, write_json

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
    files = make_plan(options, work)
    plan = read_json(files["plan"])
    depth = {run: min(spec["unfrozen"], default=10**6) for run, spec in plan["runs"].items()}
    searched = [c for c in plan["candidates"] if c["strategy"] in ("lw", "bw", "bwsw")]
    distinct = sorted({c["run"] for c in searched}, key=depth.get)
    places = np.linspace(0, len(distinct) - 1, options.sample).round().astype(int)
    sample = [distinct[place] for place in places]
    cores = len(os.sched_getaffinity(0))
    loop = plain_loop(options, files, sample, one_thread=False)
    loop_one = plain_loop(options, files, sample, one_thread=True)
    ours = our_side(files, sample, cores, work)
    x = [depth[run] for run in sample]

    def total(seconds: list[float], runs: list[str]) -> float:
        return float(sum(np.interp([depth[run] for run in runs], x, seconds)))

    trained_by_loop = [c["run"] for c in searched]
    loop_wall = total([loop[run]["wall"] for run in sample], trained_by_loop)
    loop_cpu = total([loop_one[run]["cpu"] for run in sample], trained_by_loop)
    our_seconds = total([ours[run]["seconds"] for run in sample], distinct)
    # The first run of each job waits for Keras' import; in so small a sample that weighs more than in full jobs
    our_wall = our_seconds / cores
    our_cpu = total([ours[run]["cpu"] for run in sample], distinct)
    return {
        "what": f"{options.name} alpha {options.alpha}, {options.image_size} px, {options.epochs} epochs",
        "machine": machine_facts(),
        "candidates_of_the_loop": len(trained_by_loop),
        "distinct_runs": len(distinct),
        "sample_depths": x,
        "loop_wall_seconds": [loop[run]["wall"] for run in sample],
        "loop_one_thread_cpu_seconds": [loop_one[run]["cpu"] for run in sample],
        "our_wall_seconds_per_run": [ours[run]["seconds"] for run in sample],
        "our_cpu_seconds": [ours[run]["cpu"] for run in sample],
        "loop_hours_extrapolated": loop_wall / 3600,
        "our_hours_extrapolated": our_wall / 3600,
        "wall_ratio": loop_wall / our_wall,
        "cpu_ratio": loop_cpu / our_cpu,
        "identical_histories": {run: same(loop_one[run]["history"], ours[run]["history"]) for run in sample},
    }


def make_plan(options: argparse.Namespace, work: Path) -> dict[str, Path]:
    """Prepare the photographs and plan the search with the workflow itself."""
    repository = HERE.parent
    command = ["snakemake", "--snakefile", repository / "Snakefile", "--directory", work, "--cores", "2", "--quiet"]
    command += ["--configfile", repository / "params.yaml", "--config", "runs_per_job=1"]
    command += [f"training={{epochs: {options.epochs}}}", "pixels={range: native}"]
    command += [f"data={{source: archive, path: {options.archive.absolute()}, image_size: {options.image_size}}}"]
    entry = f"name: {options.name}, alpha: {options.alpha}, weights: {options.weights.absolute()}"
    key = f"{options.name}-a{options.alpha:g}-{options.weights.stem}"
    command += [f"backbones=[{{{entry}}}]", "--", f"results/plan/{key}/search.json"]
    subprocess.run(list(map(str, command)), check=True)
    return {
        "plan": work / f"results/plan/{key}/search.json",
        "layers": work / f"results/plan/{key}/layers.json",
        "splits": work / "results/plan/splits.csv",
        "dataset": next((work / "data/prepared").glob("*/dataset.json")),
    }


def plain_loop(options: argparse.Namespace, files: dict[str, Path], sample: list[str], one_thread: bool) -> dict:
    """Run the loop in a process of its own."""
    command = [sys.executable, HERE / "plain_loop.py", "--plan", files["plan"], "--prepared", files["dataset"].parent]
    command += ["--splits", files["splits"], "--name", options.name, "--alpha", options.alpha]
    command += ["--weights", options.weights, "--runs", *sample, *(["--one-thread"] if one_thread else [])]
    printed = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout
    return {(line := json.loads(text))["run"]: line for text in printed.splitlines()}


def our_side(files: dict[str, Path], sample: list[str], cores: int, work: Path) -> dict:
    """Train the sample with one job a core, as the default profile would."""
    plan = read_json(files["plan"])
    jobs = {f"core{core}": sample[core::cores] for core in range(cores)}
    write_json(work / "plan.json", {**plan, "jobs": jobs})
    begun = time.perf_counter()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(lambda job: run_job(files, job, work), jobs))
    print(f"our side: {time.perf_counter() - begun:.0f} s for {len(sample)} runs", file=sys.stderr)
    found: dict = {}
    for job in jobs:
        for record in read_json(work / f"{job}.json")["runs"]:
            rows = list(csv.DictReader(io.StringIO(record["history"])))
            found[record["run"]] = {
                "cpu": record["resources"]["cpu_seconds"],
                "history": {name: [float(row[name]) for row in rows] for name in rows[0] if name != "epoch"},
            }
        times = (work / f"{job}.log").read_text().splitlines()
        for line in times:
            if line.startswith("run "):
                found[line.split()[1]]["seconds"] = float(line.rsplit(": ", 1)[1].removesuffix(" s"))
    return found


def run_job(files: dict[str, Path], job: str, work: Path) -> None:
    """Run one job with the command that the workflow calls."""
    command = [sys.executable, "-m", "blocktune", "train", "--plan", work / "plan.json", "--job", job]
    command += ["--layers", files["layers"], "--dataset", files["dataset"], "--splits", files["splits"]]
    command += ["--store", work / "store", "--output", work / f"{job}.json"]
    with (work / f"{job}.log").open("w") as log:
        subprocess.run(list(map(str, command)), check=True, stdout=log, stderr=subprocess.STDOUT)


def same(loop: dict[str, list[float]], ours: dict[str, list[float]]) -> bool:
    """Whether every number of every epoch agrees as float32."""
    return all(
        np.array_equal(np.float32(loop[name]), np.float32(ours[name]))
        for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
    )


if __name__ == "__main__":
    main()
