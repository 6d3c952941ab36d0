"""What the workflow itself costs: Snakemake and start-up per run, and a dry run of a study of 10,000 runs.

The first part trains a small real study on the embedded digits with one run a job and with `runs_per_job=auto`, and
compares the wall time with the seconds that the trainings took. The second part copies one network's layer table under
many names, plans them all and lets Snakemake say what it would do. Each is measured once, on an idle machine (`quiet`).
"""

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

from machine import machine_facts
from quiet import Round, fresh, headline, marks, quiet_round
from study import REPOSITORY, environment
from timed import run_timed

from blocktune.files.plain import read_json, write_json
from blocktune.files.plan import Plan

HERE = Path(__file__).parent
SETTINGS = [REPOSITORY / "params.yaml", REPOSITORY / "presets" / "demo.yaml"]
NETWORK = "MobileNetV2"


def main() -> None:
    """Parse, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000, help="runs of the large study (default 10000)")
    parser.add_argument("--epochs", type=int, default=5, help="epochs of the small study's trainings (default 5)")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--force", action="store_true", help="measure beside other work too, and mark the result")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "overhead.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        small = [
            quiet_round(f"runs_per_job={size}", partial(small_study, options, work / str(size), size), options.force)
            for size in (1, "auto")
        ]
        large = quiet_round("dry run", partial(dry_run, options.runs, work / "large"), options.force)
    marked = marks([*small, large])
    write_json(options.output, {"machine": machine_facts(), "small_study": small, "dry_run": large, **marked})
    print(headline("measured", marked))


def small_study(options: argparse.Namespace, work: Path, runs_per_job: int | str) -> Round:
    """Train the tiny network's search on the digits and say where the time went."""
    fresh(work)
    changes = [f"training={{epochs: {options.epochs}}}", "backbones=[{name: TinyPlain, weights: digits}]"]
    # What comes before any training is not measured here
    planned = "results/plan/TinyPlain-digits/search.json"
    snakemake(work, changes, options.cores, runs_per_job, planned)
    wall, _ = snakemake(work, changes, options.cores, runs_per_job, "results/search/TinyPlain-digits/scores.csv")
    resources = [read_json(file) for file in (work / "data/store").glob("??/*/resources.json")]
    training = sum(entry["seconds"] for entry in resources)
    available = wall * options.cores
    return {
        "runs_per_job": runs_per_job,
        "cores": options.cores,
        "runs": len(resources),
        "jobs": len(Plan.read(work / planned).jobs),
        "wall_seconds": wall,
        "training_seconds": training,
        "overhead_seconds_per_run": (available - training) / len(resources),
        "overhead_share": 1 - training / available,
        "seconds_of_a_run": training / len(resources),
    }


def dry_run(runs: int, work: Path) -> Round:
    """Plan as many copies of a network as make so many runs, and let Snakemake list the jobs, one a run."""
    fresh(work)
    size = "data={image_size: 32}"
    original = f"results/plan/{NETWORK}-none"
    plan = f"{original}/search.json"
    snakemake(work, [f"backbones=[{{name: {NETWORK}, weights: none}}]", size], 2, 1, plan)
    count = -(-runs // len(Plan.read(work / plan).runs))
    weights = work / "weights"
    weights.mkdir()
    for number in range(count):
        (weights / f"{number}.h5").touch()
    names = ", ".join(f"{{name: {NETWORK}, weights: {weights}/{number}.h5}}" for number in range(count))
    changes = [f"backbones=[{names}]", size]
    # Writes the settings' files, so that the tables that come now are newer
    snakemake(work, changes, 2, 1, "-n")
    for number in range(count):
        copy_table(work, original, number)
    plans = [f"results/plan/{NETWORK}-{number}/search.json" for number in range(count)]
    planning, _ = snakemake(work, changes, 2, 1, *plans)
    wall, memory = snakemake(work, changes, 2, 1, "-n")
    return {
        "backbones": count,
        "runs": sum(len(Plan.read(work / plan).runs) for plan in plans),
        "planning_seconds": planning,
        "wall_seconds": wall,
        "peak_memory_mb": memory,
    }


def copy_table(work: Path, original: str, number: int) -> None:
    """Write the network's layer table under another name and another digest of its weights."""
    key = f"{NETWORK}-{number}"
    content = read_json(work / original / "layers.json")
    weights = f"{work}/weights/{number}.h5"
    content["backbone"] |= {"weights": weights, "weights_kind": "file", "key": key, "title": key}
    content["weights_digest"] = f"{number:064x}"
    write_json(work / f"results/plan/{key}/layers.json", content)


def snakemake(
    work: Path, changes: list[str], cores: int, runs_per_job: int | str, *targets: str
) -> tuple[float, float]:
    """Run Snakemake; return wall seconds and the peak memory of its main process in MB."""
    command = [Path(sys.executable).with_name("snakemake"), "--snakefile", REPOSITORY / "Snakefile"]
    command += ["--directory", work, "--cores", cores, "--quiet", "all", "--configfile", *SETTINGS]
    command += ["--config", f"runs_per_job={runs_per_job}", *changes, "--", *targets]
    if "-n" in targets:
        command = [*command[: command.index("--")], "-n"]
    # Not into the study's folder, where everything is the study's
    took = run_timed(command, work.with_suffix(".json"), environment(REPOSITORY), work.with_suffix(".log"))
    return took["wall_seconds"], took["peak_memory_mb"]


if __name__ == "__main__":
    main()
