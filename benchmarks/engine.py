"""What a run takes of the processor, and what of it goes where: before and after a change of the engine.

Two searches: the paper's recipe (whole jobs spread over the depth) and the recipe for practice (presets/practice.yaml:
all its arms, at all its rates, with two seeds). Runs are trained as the workflow trains them, job by job, and all that
runs below a job is counted. `--label before --clone OLDER` measures an older clone with this very script; with
`--beside OLDER` both take turns (A B A B). Each call puts its labels into the same file and leaves the others alone.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from extrapolate import sample_jobs
from machine import machine_facts
from quiet import Round, fresh, headline, in_turn, marks
from study import REPOSITORY, Files, Network, environment, plan_search, plan_with, train_jobs

from blocktune.files.plain import read_json, write_json
from blocktune.files.plan import Plan

HERE = Path(__file__).parent
LABELS = ("before", "after")
RECIPES = ("paper", "practice")
SEEDS = (1, 2)
PARTS = ("start", "building", "tracing", "steady")


@dataclass(frozen=True)
class Planned:
    """A search that was planned, and what of it is trained.

    Attributes:
        files: where it lies.
        jobs: ids of runs, by job.
        weights: how many runs of the search each run of a job stands for, by job.
    """

    files: Files
    jobs: dict[str, list[str]]
    weights: dict[str, float]


def main() -> None:
    """Parse, measure, merge, say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="archive of class folders, e.g. flower_photos.tgz")
    parser.add_argument("--weights", type=Path, required=True, help="weights of MobileNet 0.25 without top (.h5)")
    parser.add_argument("--label", choices=LABELS, default="after", help="what the clone is called (default after)")
    parser.add_argument("--clone", type=Path, default=REPOSITORY, help="repository to measure (default: this one)")
    parser.add_argument("--beside", type=Path, metavar="CLONE", help="another one, in turn; it gets the other label")
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--image-size", type=int, default=96)
    parser.add_argument("--share", type=float, default=0.1, help="of the images, to train on (default 0.1)")
    parser.add_argument("--epochs", type=int, default=10, help="of the paper's recipe (default 10)")
    parser.add_argument("--practice-epochs", type=int, help="of the recipe for practice (default: as in the preset)")
    parser.add_argument("--arms", type=int, default=8, help="borders of the recipe for practice (default 8)")
    parser.add_argument("--jobs", type=int, default=4, help="whole jobs of the paper's search (default 4)")
    parser.add_argument("--rounds", type=int, default=3, help="of each side (default 3)")
    parser.add_argument("--force", action="store_true", help="measure beside other work too, and mark the result")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "engine.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        entries = measure(options, Path(temporary))
    result = merged(read_json(options.output) if options.output.exists() else {}, entries)
    write_json(options.output, result)
    for name, entry in entries.items():
        parts = ", ".join(f"{part} {entry['of_which'][part]:.1f}" for part in PARTS)
        print(headline(f"{name}: {entry['cpu_seconds']:.1f} processor seconds a run ({parts})", entry))
    for recipe, ratio in result["times_less"].items():
        print(f"{recipe}: {ratio['times_less']:.2f} times less" + (" (FORCED)" if ratio["forced"] else ""))


def measure(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Plan, train in turn, and return an entry for each recipe and label."""
    clones = {options.label: options.clone.absolute()}
    if options.beside is not None:
        other = next(label for label in LABELS if label != options.label)
        clones[other] = options.beside.absolute()
    for clone in clones.values():
        check_imports_from(clone)
    keys = [(recipe, label) for recipe in options.recipes for label in LABELS if label in clones]
    sides: dict[str, Callable[[int], Round]] = {}
    plans: dict[str, list[Planned]] = {}
    for recipe, label in keys:
        name = f"{recipe}_{label}"
        plans[name] = planned(recipe, options, clones[label], work / name)
        sides[name] = side(plans[name], clones[label], work / "runs" / name)
    rounds = in_turn(sides, options.rounds, options.force)
    return {
        f"{recipe}_{label}": {
            "what": what(recipe, options),
            "commit": commit(clones[label]),
            "machine": machine_facts(),
            **summary(rounds[f"{recipe}_{label}"]),
        }
        for recipe, label in keys
    }


def what(recipe: str, options: argparse.Namespace) -> str:
    """Return what is trained, in words; entries that differ in it are not compared."""
    size = f"MobileNet alpha 0.25, {options.image_size} px, {options.share:g} of the images"
    if recipe == "paper":
        return f"{size}, the paper's recipe, {options.epochs} epochs, {options.jobs} whole jobs spread over the depth"
    epochs = options.practice_epochs or "the preset's"
    return f"{size}, the recipe for practice, {epochs} epochs, {options.arms} borders, seeds {SEEDS}"


def planned(recipe: str, options: argparse.Namespace, clone: Path, work: Path) -> list[Planned]:
    """Plan a recipe's searches with the clone's own workflow and settings."""
    network = Network(options.archive, options.weights)
    if recipe == "paper":
        size, share = options.image_size, options.share
        files = plan_search(network, work, options.epochs, size, share, runs_per_job="auto", clone=clone)
        sample = sample_jobs(Plan.read(files.plan), options.jobs)
        weights = {one.job: one.of_runs / len(one.runs) for one in sample}
        return [Planned(files, {one.job: list(one.runs) for one in sample}, weights)]
    return [practice(network, options, seed, clone, work / f"seed{seed}") for seed in SEEDS]


def practice(network: Network, options: argparse.Namespace, seed: int, clone: Path, work: Path) -> Planned:
    """Plan the recipe for practice with a seed; all its jobs are trained."""
    changes = ["runs_per_job=auto", f"seed={seed}", f"split={{search: {options.share}}}"]
    changes += [f"search={{candidates: {options.arms}}}"]
    if options.practice_epochs is not None:
        changes.append(f"training={{epochs: {options.practice_epochs}}}")
    settings = ["params.yaml", "presets/practice.yaml"]
    files = plan_with(network, work, settings, changes, options.image_size, clone)
    jobs = Plan.read(files.plan).jobs
    return Planned(files, jobs, dict.fromkeys(jobs, 1.0))


def side(plans: Sequence[Planned], clone: Path, work: Path) -> Callable[[int], Round]:
    """Return what trains a recipe's jobs once and says what they took, per run."""

    def measured(number: int) -> Round:
        here, cores = fresh(work / str(number)), len(os.sched_getaffinity(0))
        done = []
        for place, plan in enumerate(plans):
            trained = train_jobs(plan.files, plan.jobs, cores, here / str(place), clone=clone)
            done += [(job, plan.weights[name]) for name, job in trained.items()]
        return per_run(done)

    return measured


def per_run(jobs: Sequence[tuple[Mapping[str, Any], float]]) -> Round:
    """Return processor seconds a run: all that the processes of the jobs took, and where it went.

    Args:
        jobs: what `train_jobs` found of a job, and how many runs of the search each of its runs stands for.

    Returns:
        `cpu_seconds`, and its parts: `start` (of the job: Python and Keras), `building` (the network, its features,
        the proof that the rest stayed frozen, writing), `tracing` (what the first epoch of a kind takes beyond the
        others), `steady` (epochs). Also `runs` and `jobs`: how many were trained.
    """
    sums = dict.fromkeys(PARTS, 0.0)
    count = sum(weight * len(job["runs"]) for job, weight in jobs)
    for job, weight in jobs:
        split = [split_run(run) for run in job["runs"].values()]
        inside = {part: sum(one[part] for one in split) for part in PARTS[1:]}
        inside["start"] = job["usage"]["cpu_seconds"] - sum(inside.values())
        for part in PARTS:
            sums[part] += weight * inside[part] / count
    runs = sum(len(job["runs"]) for job, _ in jobs)
    return {"cpu_seconds": sum(sums.values()), "of_which": sums, "runs": runs, "jobs": len(jobs)}


def split_run(run: Mapping[str, Any]) -> dict[str, float]:
    """Return the processor seconds of one run by part: building, tracing, steady."""
    epochs = run["resources"]["cpu_seconds_epochs"]
    traced = tracing(epochs, run["history"].get("val_loss", []))
    return {
        "building": run["resources"]["cpu_seconds"] - sum(epochs),
        "tracing": traced,
        "steady": sum(epochs) - traced,
    }


def tracing(epochs: Sequence[float], scores: Sequence[float | None]) -> float:
    """Return what tracing took: the excess of the first epoch, and of the first that is validated, over their like.

    Args:
        epochs: processor seconds of each epoch.
        scores: what validation said of it, None where there was none; epochs beyond these were validated.
    """
    validated = [score is not None for score in scores] + [True] * (len(epochs) - len(scores))
    found = 0.0
    for kind in (False, True):
        first, *rest = [took for took, is_so in zip(epochs, validated, strict=False) if is_so == kind] or [0.0]
        # One epoch alone has none to be held against
        found += max(0.0, first - median(rest)) if rest else 0.0
    return found


def summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """Return the medians over the rounds, with the rounds themselves and whether they were forced."""
    return {
        "cpu_seconds": median(one["cpu_seconds"] for one in rounds),
        "of_which": {part: median(one["of_which"][part] for one in rounds) for part in PARTS},
        "runs": rounds[0]["runs"],
        "jobs": rounds[0]["jobs"],
        "rounds": list(rounds),
        **marks(rounds, len(rounds)),
    }


def merged(before: Mapping[str, Any], entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file's content with these entries in it, and how many times less is taken after than before.

    Entries that trained something else, or on another machine, are not compared.
    """
    found = {name: entry for name, entry in before.items() if name != "times_less"} | dict(entries)
    ratios = {}
    for recipe in RECIPES:
        old, new = (found.get(f"{recipe}_{label}") for label in LABELS)
        if old and new and all(old[name] == new[name] for name in ("what", "machine")):
            forced = old["forced"] or new["forced"]
            ratios[recipe] = {"times_less": old["cpu_seconds"] / new["cpu_seconds"], "forced": forced}
    return found | {"times_less": ratios}


def commit(clone: Path) -> str:
    """Return the commit that a clone stands at, marked if its files differ from it."""
    said = [
        subprocess.run(["git", "-C", clone, *command], check=True, capture_output=True, text=True).stdout.strip()
        for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--", "workflow", "presets", "params.yaml"])
    ]
    return said[0] + (" with changes" if said[1] else "")


def check_imports_from(clone: Path) -> None:
    """Make sure that it is a clone's package that is measured.

    Raises:
        SystemExit: another would be.
    """
    command = [sys.executable, "-c", "import blocktune; print(blocktune.__file__)"]
    done = subprocess.run(command, env=environment(clone), capture_output=True, text=True)
    if not done.stdout or clone not in Path(done.stdout.strip()).parents:
        sys.exit(f"{clone}: not a clone of blocktune: Python imports {done.stdout.strip() or 'nothing'} there")


if __name__ == "__main__":
    main()
