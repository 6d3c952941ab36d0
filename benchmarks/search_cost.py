"""What the exhaustive search costs: a plain Keras loop against ours, same images, seeds and hyperparameters.

Some whole jobs of the search, spread evenly over depth, are trained by all sides in turn (A B C A B C ...), and the
cost of all candidates is extrapolated (`extrapolate.HOW`). Two comparisons, in wall and in processor time. `as_is`:
with a loop as one would write it, TensorFlow's own flags, one process on all cores. `same_flags`: with as many such
loops side by side as there are cores, each under our flags, so that what is left is no flag's. Every history is
compared with the loop's, in a pass that is not timed.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from extrapolate import HOW, Sampled, all_of_ours, all_of_the_loop, sample_jobs
from machine import machine_facts
from quiet import Round, fresh, headline, in_turn, marks
from study import REPOSITORY, Files, Network, environment, plan_search, train_jobs, training_flags
from timed import run_timed

from blocktune.files.plain import write_json
from blocktune.files.plan import Plan

HERE = Path(__file__).parent
COMPARED = ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
LOOP, OURS, LOOP_SAME_FLAGS = "loop", "ours", "loop_same_flags"


def main() -> None:
    """Parse, measure, write, say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="archive of class folders, e.g. flower_photos.tgz")
    parser.add_argument("--weights", type=Path, required=True, help="weights of the network without top (.h5)")
    parser.add_argument("--name", default="MobileNet")
    parser.add_argument("--alpha", type=float, default=0.25)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--share", type=float, default=0.1, help="of the images, to search on (default 0.1)")
    parser.add_argument("--jobs", type=int, default=4, help="whole jobs that are really trained (default 4)")
    parser.add_argument("--runs-per-job", default="auto", help="as the setting (default auto)")
    parser.add_argument("--rounds", type=int, default=3, help="of each side (default 3)")
    parser.add_argument("--force", action="store_true", help="measure beside other work too, and mark the result")
    parser.add_argument("--work", type=Path, help="folder to work in (default: a temporary one)")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "search_cost.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        result = measure(options, options.work or Path(temporary))
    write_json(options.output, result)
    for name, pair in result["pairs"].items():
        words = f"{name}: {pair['wall_ratio']:.2f} times less wall, {pair['cpu_ratio']:.2f} times less processor time"
        print(headline(words, result))
    print(f"identical histories: {result['identical_histories']}")


def measure(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Run all sides in turn and compare."""
    network = Network(options.archive, options.weights, options.name, options.alpha)
    files = plan_search(
        network, work, options.epochs, options.image_size, options.share, runs_per_job=options.runs_per_job
    )
    plan = Plan.read(files.plan)
    sample = sample_jobs(plan, options.jobs)
    runs = [run for one in sample for run in one.runs]
    cores = len(os.sched_getaffinity(0))
    # Every run's history, of all rounds of ours
    histories: list[dict[str, Any]] = []

    def loop(number: int) -> Round:
        return loops(network, files, [runs], work / f"loop{number}", {})

    def ours(number: int) -> Round:
        trained = train_jobs(files, {one.job: one.runs for one in sample}, cores, fresh(work / f"ours{number}"))
        found = {run: entry for job in trained.values() for run, entry in job["runs"].items()}
        histories.append({run: entry["history"] for run, entry in found.items()})
        return {
            "jobs": {job: entry["usage"] for job, entry in trained.items()},
            "runs": {run: profile(entry["resources"]) for run, entry in found.items()},
        }

    def loop_same_flags(number: int) -> Round:
        return loops(network, files, dealt(runs, cores), work / f"flags{number}", training_flags())

    rounds = in_turn({LOOP: loop, OURS: ours, LOOP_SAME_FLAGS: loop_same_flags}, options.rounds, options.force)
    kept = loops(network, files, dealt(runs, cores), work / "same", training_flags(), same_order=True, histories=True)
    identical = {
        run: all(same(kept["runs"][run]["history"], found[run]) for found in histories if run in found) for run in runs
    }
    return {
        "what": f"{options.name} alpha {options.alpha}, {options.image_size} px, {options.epochs} epochs",
        "how": HOW,
        "machine": machine_facts(),
        "flags": training_flags(),
        "candidates_of_the_loop": len(plan.candidates),
        "distinct_runs": sum(len(job) for job in plan.jobs.values()),
        "jobs": len(plan.jobs),
        "sample": [described(one, plan) for one in sample],
        "rounds": rounds,
        **marks([entry for side in rounds.values() for entry in side], options.rounds),
        **compare(sample, rounds, cores),
        "identical_histories": all(identical.values()),
        "identical_by_run": identical,
    }


def described(one: Sampled, plan: Plan) -> dict[str, Any]:
    """Return a sampled job as the result tells it; depths are the first layer that a run trains."""
    depths = [min(plan.runs[run].unfrozen, default=None) for run in one.runs]
    shares = {"stands_for_runs": one.of_runs, "stands_for_candidates": one.of_candidates}
    return {"job": one.job, "runs": one.runs, "depths": depths, **shares}


def compare(sample: Sequence[Sampled], rounds: Mapping[str, Sequence[Round]], cores: int) -> dict[str, Any]:
    """Return hours of the whole search on each side (medians over the rounds) and how many times less ours are.

    On so many cores jobs of ours, or loops under our flags, ran side by side.
    """
    hours = {
        LOOP: [loop_hours(sample, entry) for entry in rounds[LOOP]],
        OURS: [our_hours(sample, entry["jobs"], cores) for entry in rounds[OURS]],
        LOOP_SAME_FLAGS: [loop_hours(sample, entry) for entry in rounds[LOOP_SAME_FLAGS]],
    }
    pairs = {"as_is": pair(hours[LOOP], hours[OURS]), "same_flags": pair(hours[LOOP_SAME_FLAGS], hours[OURS])}
    return {"hours": hours, "pairs": pairs, **{name: pairs["as_is"][name] for name in ("wall_ratio", "cpu_ratio")}}


def pair(theirs: Sequence[Mapping[str, float]], ours: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return the ratio of the medians, and that of each round, of wall and of processor time."""
    found: dict[str, Any] = {}
    for kind in ("wall", "cpu"):
        loop, own = ([entry[kind] for entry in side] for side in (theirs, ours))
        found |= {f"loop_{kind}_hours": median(loop), f"our_{kind}_hours": median(own)}
        found[f"{kind}_ratio"] = median(loop) / median(own)
        found[f"{kind}_ratio_by_round"] = [a / b for a, b in zip(loop, own, strict=True)]
    return found


def our_hours(sample: Sequence[Sampled], jobs: Mapping[str, Mapping[str, float]], cores: int) -> dict[str, float]:
    """Return wall and processor hours of the whole search in jobs side by side."""
    return {
        "wall": all_of_ours(sample, {job: usage["wall_seconds"] for job, usage in jobs.items()}) / cores / 3600,
        "cpu": all_of_ours(sample, {job: usage["cpu_seconds"] for job, usage in jobs.items()}) / 3600,
    }


def loop_hours(sample: Sequence[Sampled], measured: Round) -> dict[str, float]:
    """Return wall and processor hours of the loop over all candidates, its processes side by side."""

    def hours(kind: str) -> float:
        seconds = {run: entry[kind] for run, entry in measured["runs"].items()}
        return all_of_the_loop(sample, seconds, measured["start"][f"{kind}_seconds"]) / 3600

    return {"wall": hours("wall") / measured["processes"], "cpu": hours("cpu")}


def dealt(runs: Sequence[str], hands: int) -> list[list[str]]:
    """Return the runs dealt out in turn, so that each hand has deep and shallow ones; no hand is empty."""
    return [list(runs[hand::hands]) for hand in range(min(hands, len(runs)))]


def loops(
    network: Network,
    files: Files,
    hands: Sequence[Sequence[str]],
    work: Path,
    flags: Mapping[str, str],
    same_order: bool = False,
    histories: bool = False,
) -> Round:
    """Run plain loops side by side, each over its hand of runs, in processes of their own.

    TensorFlow's flags are set in their environment; with `same_order` they feed the images in our order.

    Returns:
        `runs`: by id wall and processor seconds and peak memory; `start`: what the processes took beside, added up;
        `processes`: how many.
    """
    fresh(work)

    def one(number: int) -> tuple[dict[str, Any], dict[str, float]]:
        command = [sys.executable, HERE / "plain_loop.py", "--plan", files.plan, "--prepared", files.dataset.parent]
        command += ["--splits", files.splits, "--name", network.name, "--alpha", network.alpha]
        command += ["--weights", network.weights, *(["--same-order"] if same_order else [])]
        command += ["--lines", work / f"{number}.jsonl", "--runs", *hands[number]]
        log = work / f"{number}.log"
        usage = run_timed(command, work / f"{number}.usage.json", environment(REPOSITORY, flags), log)
        lines = [json.loads(line) for line in (work / f"{number}.jsonl").read_text(encoding="utf-8").splitlines()]
        return {line.pop("run"): line for line in lines}, usage

    with ThreadPoolExecutor(len(hands)) as pool:
        done = list(pool.map(one, range(len(hands))))
    runs = {run: line for found, _ in done for run, line in found.items()}
    start = {
        f"{kind}_seconds": sum(usage[f"{kind}_seconds"] for _, usage in done)
        - sum(line[kind] for line in runs.values())
        for kind in ("wall", "cpu")
    }
    for line in runs.values():
        if not histories:
            del line["history"]
    return {"runs": runs, "start": start, "processes": len(hands)}


def profile(resources: Mapping[str, Any]) -> dict[str, float]:
    """Seconds of a run by what they went into; the rest of its job is the start of its process."""
    epochs = sum(resources["seconds_epochs"])
    return {
        "building and frozen part": resources["seconds_preparing"],
        "epochs": epochs,
        "tracing, proof, writing": resources["seconds"] - resources["seconds_preparing"] - epochs,
        "cpu_seconds": resources["cpu_seconds"],
        "peak_memory_mb": resources["peak_memory_mb"],
    }


def same(loop: Mapping[str, Sequence[float]], ours: Mapping[str, Sequence[float]]) -> bool:
    """Whether every number of every epoch agrees as float32."""
    return all(np.array_equal(np.float32(loop[name]), np.float32(ours[name])) for name in COMPARED)


if __name__ == "__main__":
    main()
